import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingsOf } from '../../test/support/canary.ts';
import { cleanText, redact, rememberSecret, shorten, withoutSecrets } from './redact.ts';

describe('withoutSecrets', () => {
  it('takes out the secrets of this process, and leaves what merely looks like one', () => {
    rememberSecret('blue-lantern-4711');
    expect(withoutSecrets('a blue-lantern-4711 b sk-proj-abc123DEF456')).toBe(
      'a [redacted] b sk-proj-abc123DEF456',
    );
  });

  it.each(['none', 'test', 'EMPTY', 'ollama'])('leaves words that are a short dummy key: %s', (key) => {
    rememberSecret(key);
    const text = `a ${key} of strength, ${key}`;
    expect(withoutSecrets(text)).toBe(text);
    expect(redact(`wrong key ${key}`)).toBe('wrong key [redacted]');
  });

  it('looks for whole tokens, whatever characters a secret has', () => {
    rememberSecret('candlelights');
    expect(withoutSecrets('candlelightsman, schöncandlelights')).toBe('candlelightsman, schöncandlelights');
    expect(withoutSecrets('"candlelights", candlelights.')).toBe('"[redacted]", [redacted].');
    rememberSecret('a+b/c(d)[e]$^{1}|-?.\\=');
    expect(withoutSecrets('Bearer a+b/c(d)[e]$^{1}|-?.\\= is wrong')).toBe('Bearer [redacted] is wrong');
  });
});

describe('redact', () => {
  it('takes out the secrets of this process, also encoded for a URL', () => {
    rememberSecret('correct horse/battery');
    expect(redact('a correct horse/battery b')).toBe('a [redacted] b');
    expect(redact('?x=correct%20horse%2Fbattery')).toBe('?x=[redacted]');
  });

  it('takes out the secrets of this process in whatever form a server shows them', () => {
    const key = 'tin-lantern/4711+x&y';
    rememberSecret(key);
    for (const shown of encodingsOf(key)) {
      expect(shown).not.toContain(key);
      const clean = redact(`<title>401 ${shown}</title>`);
      expect(clean, shown).toContain('[redacted]');
      expect(clean.length, clean).toBeLessThan(60);
    }
  });

  it.each([
    ['OpenAI', 'Incorrect API key provided: sk-proj-abc123DEF456.', 'sk-proj'],
    ['OpenAI, masked', 'Incorrect API key provided: sk-ab*****xyz9', 'xyz9'],
    ['Hugging Face', 'token hf_abcdefghijklmnop is wrong', 'abcdefghijklmnop'],
    ['Google', 'key=AIzaSyAbcdefghijk1234567', 'AbcdefghijK'],
    ['Replicate', 'r8_abcdefghijkl', 'abcdefghijkl'],
    ['a header', 'Authorization: Bearer abcdef123456', 'abcdef123456'],
    ['a header in JSON', '{"authorization":"Basic dXNlcjpwYXNz"}', 'dXNlcjpwYXNz'],
    ['another header', "x-api-key: 'q1w2e3r4t5'", 'q1w2e3r4t5'],
    ['a URL', 'GET http://user:hunter2@127.0.0.1:1/', 'hunter2'],
    ['a query', 'https://x.test/a?api_key=zyxwvut&b=1', 'zyxwvut'],
  ])('takes out what looks like a key: %s', (_, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it('leaves ordinary words alone', () => {
    const text =
      'The task-force asks 3 sky-blue questions at http://127.0.0.1:7860/sdapi (basic auth is on).';
    expect(redact(text)).toBe(text);
  });
});

describe('cleanText', () => {
  it('strips terminal escapes, control and direction-changing characters and line breaks', () => {
    expect(cleanText('\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\nb\u0000c \u202Egnp.exe')).toBe(
      'red a b c gnp.exe',
    );
  });

  it('finds a key that escapes hide', () => {
    expect(cleanText('sk-abc\u001b[1mdef123456')).toBe('[redacted]');
  });

  it('is bounded and clean whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const clean = cleanText(text, 100);
        expect(clean.length).toBeLessThanOrEqual(100);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(clean.isWellFormed()).toBe(true);
      }),
    );
  });

  it('does not cut a character in half', () => {
    expect(shorten('ab😀cd', 4)).toBe('ab…');
  });
});
