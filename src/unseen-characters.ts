/** Scripts whose letters are joined, or kept apart, by what does not show; an emoji is joined of several. */
const JOINED = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{Script=Arab}\p{Script=Syrc}\p{Script=Mong}\p{Script=Nkoo}\p{Script=Deva}\p{Script=Beng}\p{Script=Guru}\p{Script=Gujr}\p{Script=Orya}\p{Script=Taml}\p{Script=Telu}\p{Script=Knda}\p{Script=Mlym}\p{Script=Sinh}\p{Script=Khmr}`;

/** Soft hyphens, zero-width characters, marks and turns of the direction of writing, fillers, annotations, tags. */
const ALWAYS = String.raw`[\p{Bidi_Control}\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]`;

/**
 * Every character that does not show and lets a text pass for another: bidirectional controls, zero-width
 * characters, soft hyphens, byte order marks, tag characters. The joiners U+200C and U+200D count only where
 * nothing is joined: in Persian, in Hindi and within an emoji they are spelling. Control characters (`\p{Cc}`)
 * are not among them. A source for `RegExp` with the flag `u`.
 */
export const UNSEEN_CHARACTERS = String.raw`${ALWAYS}|(?<![${JOINED}])[\u200c\u200d]`;
