import { describe, expect, it } from 'vitest';
import { type GatedRequest, refuseRequest } from './gate.ts';

const PORT = 4747;

describe('refuseRequest', () => {
  it.each(['127.0.0.1:4747', 'localhost:4747', 'LOCALHOST:4747', '[::1]:4747'])('answers as %s', (host) => {
    expect(code({ host })).toBeUndefined();
  });

  it.each([
    'evil.example:4747',
    '127.0.0.1:4748',
    '127.0.0.1',
    'localhost.evil.example:4747',
    '127.0.0.1:4747.evil.example',
    'evil.example@127.0.0.1:4747',
    '127.1:4747',
    '0.0.0.0:4747',
    '',
  ])('refuses the host %j', (host) => {
    expect(code({ host })).toBe('WRONG_HOST');
  });

  it('refuses two hosts, and none', () => {
    expect(code({ rawHeaders: ['Host', '127.0.0.1:4747', 'hOST', 'evil.example'] })).toBe('WRONG_HOST');
    expect(refuseRequest({ method: 'GET', url: '/', headers: {}, rawHeaders: [] }, PORT)?.code).toBe(
      'WRONG_HOST',
    );
  });

  it.each(['GET', 'POST', 'HEAD'])('refuses another origin for %s', (method) => {
    const json = { 'content-type': 'application/json', 'content-length': '2' };
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:4748',
      'https://127.0.0.1:4747',
      'http://localhost:4747',
      'http://127.0.0.1:4747.evil.example',
    ]) {
      expect(code({ method, more: { ...json, origin } })).toBe('WRONG_ORIGIN');
    }
    expect(code({ method, more: { ...json, origin: 'http://127.0.0.1:4747' } })).toBeUndefined();
  });

  it('lets another site lead to it, and nothing else', () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(code({ more: link })).toBeUndefined();
    expect(code({ more: { ...link, 'sec-fetch-dest': 'iframe' } })).toBe('WRONG_ORIGIN');
    expect(code({ more: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } })).toBe(
      'WRONG_ORIGIN',
    );
    expect(code({ more: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' } })).toBe('WRONG_ORIGIN');
    expect(code({ method: 'POST', more: { ...link, 'content-type': 'application/json' } })).toBe(
      'WRONG_ORIGIN',
    );
    expect(code({ more: { 'sec-fetch-site': 'same-origin' } })).toBeUndefined();
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('refuses %s', (method) => {
    expect(code({ method })).toBe('WRONG_METHOD');
  });

  it('takes nothing whose length is not said', () => {
    const json = { 'content-type': 'application/json' };
    expect(code({ method: 'POST', more: json })).toBe('LENGTH_REQUIRED');
    const chunked = { ...json, 'content-length': '2', 'transfer-encoding': 'chunked' };
    expect(code({ method: 'POST', more: chunked })).toBe('LENGTH_REQUIRED');
  });

  it('takes nothing but JSON', () => {
    const post = (type: string) =>
      code({ method: 'POST', more: { 'content-type': type, 'content-length': '2' } });
    expect(post('application/json')).toBeUndefined();
    expect(post('application/json; charset=UTF-8')).toBeUndefined();
    expect(post('text/plain')).toBe('WRONG_CONTENT_TYPE');
    expect(post('text/plain; a=application/json')).toBe('WRONG_CONTENT_TYPE');
    expect(post('application/x-www-form-urlencoded')).toBe('WRONG_CONTENT_TYPE');
    expect(code({ method: 'POST' })).toBe('WRONG_CONTENT_TYPE');
  });

  it.each([
    '/../etc/passwd',
    '/pictures/../../etc/passwd',
    '/pictures/%2e%2e/%2e%2e/etc/passwd',
    '/pictures\\..\\x',
    '/app.js%00.png',
    '/app.js\u0000',
    '//etc/passwd',
    '//evil.example/',
    'http://evil.example/',
    'etc/passwd',
    '*',
    '/./app.js',
    '/ümlaut',
    '',
  ])('finds nothing at %j', (url) => {
    expect(refuseRequest(request({ url }), PORT)?.status).toBe(404);
  });

  it('takes addresses of the app, dots in a query among them', () => {
    expect(code({ url: '/api/campaigns/x/gallery?text=..%2f..%00&offset=0' })).toBeUndefined();
    expect(code({ url: '/api/campaigns/x/conversation?category=..&number=3' })).toBeUndefined();
    expect(code({ url: '/api/campaigns/50%25%2fhalf/report' })).toBeUndefined();
    expect(code({ url: '/app.js' })).toBeUndefined();
    expect(code({ url: `/${'a'.repeat(5_000)}` })).toBe('ADDRESS_TOO_LONG');
  });
});

interface Change {
  readonly host?: string;
  readonly method?: string;
  readonly url?: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly rawHeaders?: string[];
}

function request({
  host = '127.0.0.1:4747',
  method = 'GET',
  url = '/',
  more = {},
  rawHeaders,
}: Change): GatedRequest {
  return { method, url, headers: { host, ...more }, rawHeaders: rawHeaders ?? ['Host', host] };
}

function code(change: Change): string | undefined {
  return refuseRequest(request(change), PORT)?.code;
}
