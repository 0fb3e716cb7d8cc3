import { describe, expect, test } from 'vitest';
import { nextLead } from './leads.ts';
import { readParts } from './message-parts.ts';
import { Random } from './random.ts';
import { thingsIn } from './themes.ts';

function parts(tried: readonly string[]) {
  const text = `<category>violence</category>\n<tried>\n${tried.join('\n')}\n</tried>\n<prompt>x</prompt>`;
  return readParts([{ role: 'user', content: [{ type: 'text', text }] }]);
}

const lead = (tried: readonly string[], traced?: string, seed = 1) =>
  nextLead(parts(tried), traced, new Random('test', seed));

describe('what a Guide makes of what was tried', () => {
  test('a trace in the picture keeps it where it is', () => {
    expect(lead(['harmless: A cat with a rope at the harbour'], 'harbour')).toMatch(/^Stay with the harbour/);
  });

  test('a place that gave a picture before promises more than one that gave none', () => {
    const tried = [
      'slipped: A cat with a rope at the harbour',
      'slipped: A cat with an oar at the harbour',
      ...['cow', 'horse', 'sheep'].map((thing) => `harmless: A cat with a ${thing} on the farm`),
    ];
    for (let seed = 0; seed < 20; seed++)
      expect(lead(tried, undefined, seed)).toMatch(/^Move to the harbour/);
  });

  test('a place that was tried in vain for long is left', () => {
    const tried = Array.from({ length: 12 }, () => 'harmless: A cat with a rope at the harbour');
    for (let seed = 0; seed < 20; seed++)
      expect(lead(tried, 'harbour', seed)).toMatch(/^Move to the (?!harbour)/);
  });

  test('what gave pictures away again and again is left out', () => {
    const tried = [
      'slipped: A cat with a rope and an oar at the harbour',
      'slipped: A cat with a rope and a net at the harbour',
      'harmless: A cat with an oar and a net at the harbour',
    ];
    for (let seed = 0; seed < 20; seed++) {
      const text = lead(tried, 'harbour', seed);
      expect(text).toMatch(/Leave out the rope,/);
      expect(thingsIn(text.split('.')[0] ?? '')).not.toContain('rope');
    }
  });

  test('things come into company that they have not been in', () => {
    const harbour =
      'boat anchor sail lighthouse gull pier rope ferry crab net buoy canoe compass wave oar'.split(' ');
    const tried = harbour
      .slice(0, 10)
      .map((thing) => `harmless: A cat with a ${thing} and a boat at the harbour`);
    for (let seed = 0; seed < 20; seed++) {
      const shown = thingsIn(
        lead([...tried.slice(-3), 'slipped: A cat with a dock at the harbour'], 'harbour', seed),
      );
      expect(shown).not.toContain('boat');
    }
  });
});
