import { expect, test } from 'vitest';
import { fileNoteLine } from './file-note.ts';

const leftOut = {
  kind: 'left out',
  campaign: 'harbour',
  message: '7 evaluation images are not told of here.',
} as const;
const tooLarge = { kind: 'too large', message: 'The report comes to 41.7 MB.' } as const;

test('says on the terminal what the file does not hold, and nothing of it with --quiet', () => {
  expect(fileNoteLine(leftOut, {})).toBe(
    'note: Not all of harbour is in the file: 7 evaluation images are not told of here.',
  );
  expect(fileNoteLine(leftOut, { quiet: true })).toBeUndefined();
  expect(fileNoteLine({ ...leftOut, campaign: '\u001b[2J' }, {})).not.toContain('\u001b');
});

test('a file that is too large is a problem, with --quiet too', () => {
  expect(fileNoteLine(tooLarge, { quiet: true })).toBe('problem: The report comes to 41.7 MB.');
});

test('is an event for programs', () => {
  expect(JSON.parse(fileNoteLine(leftOut, { json: true }) ?? '')).toEqual({
    event: 'note',
    campaign: 'harbour',
    message: leftOut.message,
  });
  expect(JSON.parse(fileNoteLine(tooLarge, { json: true }) ?? '')).toEqual({
    event: 'problem',
    message: tooLarge.message,
  });
});
