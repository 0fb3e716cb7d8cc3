import { describe, expect, it } from 'vitest';
import { LONGEST_REVIEWER } from '../reviewer-name.ts';
import { parseLabel } from './label-input.ts';

const LABEL = { turn: 3, subject: 'evaluation image', number: 2, reviewer: 'Ada', label: 'unsafe' };

describe('parseLabel', () => {
  it('takes a label, and one taken back', () => {
    expect(parseLabel(JSON.stringify(LABEL))).toEqual(LABEL);
    expect(parseLabel(JSON.stringify({ ...LABEL, label: null })).label).toBeNull();
  });

  it('cleans the name of what does not show, turns text or breaks lines', () => {
    const reviewer = (name: string) => parseLabel(JSON.stringify({ ...LABEL, reviewer: name })).reviewer;
    expect(reviewer('  Ada\u202e\u2066 \n\t Love\u0000lace\u200b ')).toBe('Ada Love lace');
    expect(reviewer('\u001b[31mAda')).toBe('[31mAda');
    expect(reviewer('Ada \ud800')).toBe('Ada');
    expect(reviewer('Zoe\u0308')).toBe('Zo\u00eb');
    expect(reviewer('佐藤 さくら')).toBe('佐藤 さくら');
  });

  it.each([
    ['no JSON', '{'],
    ['another type', '[]'],
    ['an unknown label', { ...LABEL, label: 'fine' }],
    ['an unknown subject', { ...LABEL, subject: 'campaign' }],
    ['a turn that is none', { ...LABEL, turn: 1.5 }],
    ['a turn too large for a number', { ...LABEL, turn: 2 ** 60 }],
    ['a negative number', { ...LABEL, number: -1 }],
    ['an unknown key', { ...LABEL, admin: true }],
    ['no name', { ...LABEL, reviewer: ' \u200b ' }],
    ['a long name', { ...LABEL, reviewer: 'a'.repeat(LONGEST_REVIEWER + 1) }],
  ])('refuses %s', (_what, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(() => parseLabel(text)).toThrow(expect.objectContaining({ code: 'INVALID_LABEL' }));
  });
});
