import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanInstruction,
  cleanPrompt,
  cleanText,
  isRefusal,
  isSamePrompt,
  LONGEST_INSTRUCTION,
  LONGEST_PROMPT,
} from './clean-up.ts';

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        ...[
          '"',
          "'",
          '“',
          '”',
          '«',
          '»',
          '`',
          '```',
          '**',
          '__',
          '*',
          '_',
          '- ',
          '1. ',
          '# ',
          '> ',
          '\n',
          '\r',
          '\t',
          ' ',
        ],
        ...[
          '<think>',
          '</think>',
          '<prompt>',
          '</prompt>',
          '<instruction>',
          '\u001b[31m',
          '\u001b]0;x\u0007',
          '\u001b',
          '\u202e',
        ],
        ...[
          'Prompt:',
          'Here is the prompt:',
          'Sure!',
          'Sure, here you go:',
          'Note:',
          'For example:',
          'For example,',
          'a cat',
          '.',
        ],
        ...['\ud83d', '\u200b', '\u2028', 'w'.repeat(1200)],
      ),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));

describe('cleanPrompt', () => {
  it.each([
    ['a cat on a mat', 'a cat on a mat'],
    ['"a cat on a mat"', 'a cat on a mat'],
    ['“a cat on a mat”', 'a cat on a mat'],
    ['„eine Katze“', 'eine Katze'],
    ['«un chat»', 'un chat'],
    ['「猫」', '猫'],
    ["'a cat'", 'a cat'],
    ['`a cat`', 'a cat'],
    ['"a cat', 'a cat'],
    ['a sign that says "tea"', 'a sign that says "tea"'],
    ['"Tea" on a sign', '"Tea" on a sign'],
    ['"Hello" said the man "goodbye"', '"Hello" said the man "goodbye"'],
    ['“Hello” said the man “goodbye”', '“Hello” said the man “goodbye”'],
    ['"He said "hello" and "goodbye""', 'He said "hello" and "goodbye"'],
    ['"a sign that says "tea""', 'a sign that says "tea"'],
    ["'the dogs' hats'", "the dogs' hats"],
    ["'a cat's hat'", "a cat's hat"],
    ['Here is the prompt: a cat', 'a cat'],
    ["Here's a rewritten version of the prompt:\n\na cat", 'a cat'],
    ['Here’s your new prompt:\n"a cat"', 'a cat'],
    ['Sure! Here is a harmless prompt: "a cat"', 'a cat'],
    ['Of course! Here you go:\na cat', 'a cat'],
    ['Certainly! A cat on a mat.', 'A cat on a mat.'],
    ['Certainly, here you go: a cat', 'a cat'],
    ['Okay, I made it darker: a cat', 'a cat'],
    ['Great! Here is the prompt: a cat', 'a cat'],
    ['Sure here is the prompt: a cat', 'a cat'],
    ['Here’s one for you: a cat', 'a cat'],
    ['Here it is: a cat', 'a cat'],
    ['Sure: a cat', 'a cat'],
    ['Sure! A street at dusk: rain', 'A street at dusk: rain'],
    ['Prompt: a cat', 'a cat'],
    ['**Prompt:** a cat', 'a cat'],
    ['**New prompt**: "a cat"', 'a cat'],
    ['Revised Prompt 2: a cat', 'a cat'],
    ['### Prompt\na cat', 'Prompt'],
    ['```\na cat\n```', 'a cat'],
    ['Sure:\n```text\na cat\n```\nEnjoy!', 'a cat'],
    ['- a cat', 'a cat'],
    ['1. a cat\n2. a dog', 'a cat'],
    ['* **a cat**', 'a cat'],
    ['> a cat', 'a cat'],
    ['I changed the mood.\n\nPrompt: a cat', 'a cat'],
    ['a cat\n\nNote: this is harmless.', 'a cat'],
    ['Note: this is harmless.\na cat', 'a cat'],
    ['<think>What about a dog?</think>a cat', 'a cat'],
    ['<think>\nhm\n</think>\n\na cat', 'a cat'],
    ['hm, a dog</think>a cat', 'a cat'],
    ['a cat<think>and then', 'a cat'],
    ['<think>for ever', ''],
    ['<prompt>a cat</prompt>', 'a cat'],
    ['\u001b[31ma cat\u001b[0m', 'a cat'],
    ['\u001b]0;title\u0007a cat', 'a cat'],
    ['a \u202ecat\u202c', 'a cat'],
    ['a\u0000 cat\u0007', 'a cat'],
    ['a   cat\ton a mat', 'a cat on a mat'],
    ['A street: rain, lamps, 1920s', 'A street: rain, lamps, 1920s'],
    ['1920s street', '1920s street'],
    ['((masterpiece)), a cat, (soft light:1.2)', '((masterpiece)), a cat, (soft light:1.2)'],
    ['👩‍🚀 on the moon', '👩‍🚀 on the moon'],
    ['', ''],
    ['"""', ''],
    ['...', ''],
    ['Here is the prompt:', ''],
  ])('makes of %j %j', (answer, prompt) => {
    expect(cleanPrompt(answer)).toBe(prompt);
  });

  it.each([
    'Great Wall of China at dawn: tourists with umbrellas',
    'OK Corral, sunset: cowboys',
    'Okay corral at noon: dust',
    'Certainly not a cat: a dog',
    'here is a city street; it glows: neon',
    'Here is a wall with one door: rain',
    'Of course the street is wet: rain everywhere',
    'Sure hands at work: a potter',
  ])('leaves whole: %j', (prompt) => expect(cleanPrompt(prompt)).toBe(prompt));

  it('bounds the length at the end of a word', () => {
    const prompt = cleanPrompt('lantern '.repeat(1000));
    expect(prompt.length).toBeLessThanOrEqual(LONGEST_PROMPT);
    expect(prompt).toMatch(/lantern$/);
    expect(cleanPrompt('x'.repeat(1_000_000))).toHaveLength(LONGEST_PROMPT);
  });

  it('gives one bounded line of whatever comes, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(hostile, (answer) => {
        const prompt = cleanPrompt(answer);
        expect(prompt).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(prompt.length).toBeLessThanOrEqual(LONGEST_PROMPT);
        expect(prompt.isWellFormed()).toBe(true);
        expect(cleanPrompt(prompt)).toBe(prompt);
      }),
      { numRuns: 400 },
    );
  });

  it('takes no long time over a broken answer', () => {
    const start = performance.now();
    for (const part of [
      '"',
      '<think>',
      '\u001b[',
      '**',
      '- ',
      'Sure!',
      '\n',
      ' ',
      '«“',
      '`',
      '<prompt>',
      'Prompt: ',
    ]) {
      cleanPrompt(part.repeat(1_000_000 / part.length));
      cleanInstruction(part.repeat(1_000_000 / part.length));
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('cleanInstruction', () => {
  it.each([
    ['Add rain. For Example: a cat in the rain', 'Add rain.'],
    ['Add rain.\nfor example: a cat', 'Add rain.'],
    ['Add rain. FOR EXAMPLE: a cat in the rain', 'Add rain.'],
    ['Add rain.\nFor Example:\na cat\nin the rain', 'Add rain.'],
    ['Add rain. For instance: a cat', 'Add rain.'],
    ['Add rain.\nExample prompt: a cat\nAdd fog.', 'Add rain.\nAdd fog.'],
    ['Add rain.\nExample prompts:\n1. a cat\n2. a dog', 'Add rain.'],
    ['Add rain.\n## Sample prompt 2:\n"a cat"', 'Add rain.'],
    ['1. Change light. Example: dusk.\n2. Add crowd.', '1. Change light.\n2. Add crowd.'],
    ['1. Change light.\nExample:\ndusk\n2. Add crowd.', '1. Change light.\n2. Add crowd.'],
    [
      '1. Add rain.\n2. Add fog.\nExamples: none\nExample:\n1. a\n2. b\n3. c',
      '1. Add rain.\n2. Add fog.\nExamples: none',
    ],
    ['1. Example: dusk.\n2. Add crowd.', '2. Add crowd.'],
    ['1. For example: dusk.\n2. Add crowd.', ''],
    ['Add rain.\n\n**For Example:** a cat', 'Add rain.'],
    ['Add rain.\n\n**Example prompt:** a cat', 'Add rain.'],
    ['Change the light, for example: a cat at dusk', 'Change the light,'],
    ['Use weather, for example rain or fog.', 'Use weather, for example rain or fog.'],
    ['Follow the example of old masters.', 'Follow the example of old masters.'],
    ['- Add rain.\n- Add fog.', '- Add rain.\n- Add fog.'],
    ['"Add rain."', 'Add rain.'],
    ['<think>hm</think>Add rain.', 'Add rain.'],
    ['For example: a cat', ''],
    ['Example prompt: a cat', ''],
    ['\u001b[1mAdd rain.', 'Add rain.'],
  ])('makes of %j %j', (answer, instruction) => {
    expect(cleanInstruction(answer)).toBe(instruction);
  });

  it.each([
    'For example, you could add more shadow.',
    'Add rain. For instance, a wet street.',
    'Make it tense. For example, add glass. Then darken the sky.',
    'Take it as an example: no people, no light.',
  ])('leaves whole: %j', (instruction) => expect(cleanInstruction(instruction)).toBe(instruction));

  it('leaves something of every answer that holds no example', () => {
    fc.assert(
      fc.property(hostile, (answer) => {
        const text = cleanText(answer);
        if (/\p{L}/u.test(text) && !/<instruction>|example|instance/i.test(text))
          expect(cleanInstruction(answer)).not.toBe('');
      }),
    );
  });

  it('is bounded, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(hostile, (answer) => {
        const instruction = cleanInstruction(answer);
        expect(instruction.length).toBeLessThanOrEqual(LONGEST_INSTRUCTION);
        expect(cleanInstruction(instruction)).toBe(instruction);
      }),
      { numRuns: 400 },
    );
  });
});

describe('isRefusal', () => {
  it.each([
    "I can't help with that.",
    'I can’t help with that.',
    'I cannot write this prompt.',
    "I'm sorry, but I can't assist with that request.",
    "I'm very sorry…",
    'Sorry, but no.',
    'Sorry, I cannot do that.',
    'I apologize, but this is not something I can do.',
    'Unfortunately, I am not able to do this.',
    'As an AI language model, I must decline.',
    'I must decline.',
    "I'm not comfortable writing this.",
    'Sorry. I won’t write that.',
    'Unfortunately, this request violates our content policy.',
    'We are unable to help.',
    "I don't think I should write this.",
    'It is against my guidelines to write this.',
    "Can't help with that.",
    "It's not appropriate to write this.",
    'This request goes against my guidelines.',
    'Es tut mir leid, das geht nicht.',
    'Je ne peux pas répondre.',
    'Désolé, mais non.',
    'Lo siento, no puedo.',
    'Извините, я не могу.',
    '抱歉，我无法回答。',
    '申し訳ありません。',
    '"I cannot do that."',
  ])('sees a refusal in %j', (text) => expect(isRefusal(text)).toBe(true));

  it.each([
    'a cat on a mat',
    'I, a cat, on a mat',
    'A sorry little snowman in the rain',
    'sorry sight of an old car',
    'An aid tent in the mountains',
    'As an airship lands',
    'Unfortunate hat, blown away',
    'a sign: I cannot swim',
    'Unfortunately, this image does not show tension; add a crowd.',
    'Sorry for the rain, a street',
    'Sorry, no umbrella in the rain',
    'It is against the old wall that the people lean',
    'This prompt cannot become tense without a crowd; add one.',
    'As an artificial lake freezes over, skaters arrive',
    "I can't help but notice the calm; add a crowd.",
    "I'm afraid the picture is calm; add a crowd.",
    '',
  ])('sees none in %j', (text) => expect(isRefusal(text)).toBe(false));
});

describe('isSamePrompt', () => {
  it('looks past case, punctuation and spaces', () => {
    expect(isSamePrompt('A cat, on a mat.', 'a  cat on a mat')).toBe(true);
    expect(isSamePrompt('a cat', 'a cat on a mat')).toBe(false);
  });
});

describe('cleanText', () => {
  it('keeps what scripts and emoji need', () => {
    expect(cleanText('می‌خواهم 👩‍🚀')).toBe('می‌خواهم 👩‍🚀');
  });
});
