import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { createHttpSource } from './http-source.ts';

const FILTER: GalleryFilter = { show: 'findings', order: 'campaign' };
const asked: { readonly address: string; readonly init: RequestInit | undefined }[] = [];
let answers: (() => Response | Promise<Response>)[];

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  answers = [];
  vi.stubGlobal('fetch', async (address: string, init?: RequestInit) => {
    asked.push({ address, init });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('Failed to fetch');
    return await answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const json =
  (value: unknown, status = 200) =>
  () =>
    Response.json(value, { status });

describe('createHttpSource', () => {
  it('asks for a part of the gallery by everything that the filter says, and nothing else', async () => {
    answers = [json({ total: 0, offset: 0, images: [] })];
    const filter: GalleryFilter = { ...FILTER, category: 'illegal activity', text: 'a & b', minScore: 0 };
    await createHttpSource().gallery('one', filter, 200, 100);
    const { pathname, searchParams } = new URL(asked[0]?.address ?? '', 'http://localhost/');
    expect(pathname).toBe('/api/campaigns/one/gallery');
    expect(Object.fromEntries(searchParams)).toEqual({
      show: 'findings',
      order: 'campaign',
      category: 'illegal activity',
      text: 'a & b',
      minScore: '0',
      offset: '200',
      limit: '100',
    });
  });

  it('keeps names in their places', async () => {
    answers = [json({})];
    const source = createHttpSource();
    await source.conversation('a/b', '50% ../x', 3);
    expect(asked[0]?.address).toBe('api/campaigns/a%2Fb/conversation?category=50%25+..%2Fx&number=3');
    expect(source.picture('a?b', 'ff', 'small')).toBe('thumbnails/a%3Fb/ff');
    expect(source.picture('one', 'ff', 'full')).toBe('pictures/one/ff');
  });

  it.each(['..', '.', 'a/b?c#d%2e', '\u001b[31m'])(
    'asks for a conversation of the category %j',
    async (category) => {
      answers = [json({})];
      await createHttpSource().conversation('one', category, 0);
      // As the browser reads the address: a step up in the path would lead elsewhere.
      const { pathname, searchParams } = new URL(asked[0]?.address ?? '', 'http://localhost/');
      expect(pathname).toBe('/api/campaigns/one/conversation');
      expect(searchParams.get('category')).toBe(category);
    },
  );

  it('sends a label as JSON', async () => {
    answers = [json([])];
    const label = { turn: 1, subject: 'prompt', number: 0, reviewer: 'Ada', label: null } as const;
    await createHttpSource().label('one', label);
    expect(asked[0]?.init).toMatchObject({ method: 'POST', headers: { 'Content-Type': 'application/json' } });
    expect(JSON.parse(String(asked[0]?.init?.body))).toEqual(label);
  });

  it('asks again while another command holds the data, and gives up in the end', async () => {
    const busy = json({ code: 'DATA_FOLDER_IN_USE', message: 'It is in use.', hint: 'Wait.' }, 503);
    answers = [busy, busy, json([])];
    const campaigns = createHttpSource().campaigns();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await campaigns).toEqual([]);
    expect(asked).toHaveLength(3);

    answers = Array.from({ length: 10 }, () => busy);
    const failed = expect(createHttpSource().campaigns()).rejects.toThrow('It is in use. Wait.');
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
  });

  it('says what to do when it is not let in, and when nobody answers', async () => {
    answers = [json({}, 401)];
    await expect(createHttpSource().campaigns()).rejects.toThrow(/open the link/);
    await expect(createHttpSource().campaigns()).rejects.toThrow(/art view has ended/);
    answers = [() => new Response('no JSON', { status: 500 })];
    await expect(createHttpSource().campaigns()).rejects.toThrow(/\(500\)/);
  });
});
