import fc from 'fast-check';
import { expect, test } from 'vitest';
import { embedJson } from './embed-json.ts';

test('whatever the texts, the same data comes out and no markup goes in', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const embedded = embedJson(value);
      expect(embedded).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(embedded)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what would end the element, or begin a comment in it, is only text', () => {
  const texts = ['</script><script>alert(1)</script>', '<!-- <script>', ']]>', '&lt;', '\u2028\u2029'];
  const embedded = embedJson({ texts });
  expect(embedded).toContain('\\u003c/script\\u003e');
  expect(JSON.parse(embedded)).toEqual({ texts });
});
