import { describe, expect, it } from 'vitest';
import { fillJson, placesIn } from './request-template.ts';

const template = {
  inputs: [{ text: 'Judge: {{text}}', about: '{{ category }}' }, 7, null],
  '{{text}}': true,
};

describe('placesIn', () => {
  it('lists the places of the strings', () => expect(placesIn(template)).toEqual(['text', 'category']));
});

describe('fillJson', () => {
  it('fills strings in and leaves everything else', () =>
    expect(fillJson(template, { text: 'a cat', category: 'hate' })).toEqual({
      inputs: [{ text: 'Judge: a cat', about: 'hate' }, 7, null],
      '{{text}}': true,
    }));

  it('keeps a hostile text within its string', () => {
    const text = '"}], "threshold": 0, "x": [{"y": "{{category}} $& {{text}}';
    expect(fillJson({ text: '{{text}}' }, { text, category: 'hate' })).toEqual({ text });
  });

  it('leaves places without a value', () => {
    expect(fillJson('{{constructor}} {{text}}', { text: 'x' })).toBe('{{constructor}} x');
  });
});
