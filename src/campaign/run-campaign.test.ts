import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RefusalError } from '../models/refusal.ts';
import { findCampaign, listConversations } from '../store/campaigns.ts';
import { FolderImageStore } from '../store/folder-image-store.ts';
import type { ImageStore } from '../store/image-store.ts';
import { evaluationImages, requests, turns } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { insertTurn, readTurns } from '../store/turns.ts';
import { defineStrategy } from '../strategies/strategy.ts';
import {
  comparableReport,
  type FakeCall,
  type FakeOptions,
  fakeModels,
  hiccup,
  planFake,
  rejection,
} from './campaign-fixtures.ts';
import type { CampaignProgress } from './progress.ts';
import type { CampaignOutcome } from './run-campaign.ts';
import { deriveSeed } from './seeds.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

interface Played {
  readonly id: string;
  readonly outcome: CampaignOutcome;
  readonly warnings: readonly string[];
  readonly progress: readonly CampaignProgress[];
  /** Takes the campaign up again, with other models. */
  again(options?: FakeOptions, stop?: AbortSignal): Promise<Played>;
}

/** Plans a campaign and works on it. */
async function run(
  options: FakeOptions = {},
  { stop, startPrompts }: { stop?: AbortSignal; startPrompts?: readonly string[] } = {},
): Promise<Played> {
  const { id } = await planFake(temporary.store, await fakeModels(options), startPrompts);
  return await resume(id, options, stop);
}

async function resume(id: string, options: FakeOptions, stop?: AbortSignal): Promise<Played> {
  const { store } = temporary;
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) throw new Error('no such campaign');
  const warnings: string[] = [];
  const progress: CampaignProgress[] = [];
  const outcome = await workOnCampaign(store, campaign, {
    ...(await fakeModels(options)),
    stop: stop ?? new AbortController().signal,
    onWarning: (message) => warnings.push(message),
    onProgress: (snapshot) => progress.push(snapshot),
  });
  return { id, outcome, warnings, progress, again: (next = {}, signal) => resume(id, next, signal) };
}

function turnsOf(id: string) {
  return temporary.store.database.select().from(turns).where(eq(turns.campaignId, id)).orderBy(asc(turns.id));
}
function imagesOf(id: string) {
  return temporary.store.database
    .select()
    .from(evaluationImages)
    .where(eq(evaluationImages.campaignId, id))
    .orderBy(asc(evaluationImages.turnId), asc(evaluationImages.number));
}

describe('an undisturbed campaign', () => {
  it('plays every round of every conversation, draws every prompt again, and says so', async () => {
    const { id, outcome, progress, warnings } = await run({ config: { conversations: 2 } });
    expect(outcome).toEqual({
      status: 'done',
      counts: {
        conversations: { total: 4, done: 4, failed: 0 },
        turns: 12,
        refusedTurns: 0,
        evaluationImages: { expected: 24, drawn: 24, refused: 0, failed: 0 },
      },
    });
    const rows = await turnsOf(id);
    for (const conversation of Map.groupBy(rows, ({ conversationId }) => conversationId).values()) {
      expect(conversation.map(({ round }) => round)).toEqual([0, 1, 2]);
      expect(conversation.map(({ instruction }) => typeof instruction)).toEqual([
        'object',
        'string',
        'string',
      ]);
    }
    expect(await findCampaign(temporary.store.database, id)).toMatchObject({
      status: 'done',
      finishedAt: expect.any(Date),
    });
    expect(progress.at(-1)).toMatchObject({
      conversations: { total: 4, done: 4, failed: 0, running: 0 },
      turns: { total: 12, done: 12 },
      evaluationImages: { total: 24, done: 24, failed: 0, refused: 0 },
      stopping: false,
    });
    expect(warnings).toEqual([]);
  });

  it('gives every place the seed that follows from the campaign’s', async () => {
    const { id } = await run();
    const conversations = await listConversations(temporary.store.database, id);
    for (const { id: conversationId, category, number, seed } of conversations) {
      expect(seed).toBe(deriveSeed(7, 'conversation', category, number));
      for (const turn of (await turnsOf(id)).filter((row) => row.conversationId === conversationId)) {
        expect(turn.seed).toBe(deriveSeed(seed, 'turn', turn.round));
        const images = (await imagesOf(id)).filter(({ turnId }) => turnId === turn.id);
        expect(images.map((image) => image.seed)).toEqual(
          images.map(({ number: place }) => deriveSeed(seed, 'evaluation', turn.round, place)),
        );
      }
    }
  });

  it('notes every request that led to a turn or an image', async () => {
    const { id } = await run();
    const rows = await temporary.store.database.select().from(requests).where(eq(requests.campaignId, id));
    const count = (name: string) => rows.filter(({ endpoint }) => endpoint === name).length;
    // Two conversations of three turns with two more images each.
    expect({ writer: count('writer'), guide: count('guide'), target: count('target') }).toEqual({
      writer: 6,
      guide: 4,
      target: 18,
    });
  });

  it('is done without evaluation where none is asked for', async () => {
    const { outcome } = await run({ config: { imagesPerPrompt: 0 } });
    expect(outcome).toMatchObject({
      status: 'done',
      counts: { turns: 6, evaluationImages: { expected: 0 } },
    });
  });

  it('keeps the endpoints within their limits', async () => {
    const inFlight = { writer: 0, guide: 0, target: 0 };
    const most = { writer: 0, guide: 0, target: 0 };
    const onCall = async ({ role }: FakeCall) => {
      most[role] = Math.max(most[role], ++inFlight[role]);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inFlight[role]--;
    };
    const endpoint = (concurrency: number) => ({ provider: 'sandbox', concurrency });
    await run({
      onCall,
      config: { conversations: 6, writer: endpoint(1), guide: endpoint(2), target: endpoint(3) },
    });
    expect(most).toEqual({ writer: 1, guide: 2, target: 3 });
  });
});

describe('refusals', () => {
  const policy = ({ role, text }: FakeCall) => {
    if (role === 'target' && text.includes('fog')) throw new RefusalError('The policy does not like fog.');
  };

  it('are results: the conversation goes on without an image, and nothing has failed', async () => {
    const { id, outcome } = await run({ onCall: policy, config: { rounds: 5 } });
    expect(outcome.status).toBe('done');
    const rows = await turnsOf(id);
    const refused = rows.filter(({ prompt }) => prompt.includes('fog'));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(rows.length);
    for (const row of rows) {
      const isRefused = refused.includes(row);
      expect(row.outcome).toBe(isRefused ? 'refused' : 'drawn');
      expect(row.imageHash === null).toBe(isRefused);
      expect(row.reason).toBe(isRefused ? 'The policy does not like fog.' : null);
    }
    expect(outcome.counts.refusedTurns).toBe(refused.length);
    expect(outcome.counts.evaluationImages).toEqual({
      expected: rows.length * 2,
      drawn: (rows.length - refused.length) * 2,
      refused: refused.length * 2,
      failed: 0,
    });
  });
});

describe('a conversation that cannot go on', () => {
  const failsIn = (category: string) => {
    const mentions = { weather: 'storm', travel: 'delay' }[category] ?? category;
    return ({ role, text }: FakeCall) => {
      if (role === 'guide' && text.includes(mentions)) throw rejection('The Guide wants no more.');
    };
  };

  it('fails with the reason, keeps its turns, and leaves the others going', async () => {
    const { id, outcome, warnings } = await run({ onCall: failsIn('travel') });
    expect(outcome).toMatchObject({
      status: 'failed',
      counts: { conversations: { total: 2, done: 1, failed: 1 }, turns: 4 },
    });
    const conversations = await listConversations(temporary.store.database, id);
    expect(conversations).toMatchObject([
      { category: 'weather', status: 'done', failure: null },
      {
        category: 'travel',
        status: 'failed',
        failure: { code: 'REJECTED', message: 'The Guide wants no more.' },
      },
    ]);
    expect(warnings).toEqual(['Conversation 1 of travel failed: The Guide wants no more.']);
    // The one turn that it has played is evaluated like any other.
    expect(outcome.counts.evaluationImages).toMatchObject({ expected: 8, drawn: 8 });
  });

  it('is taken up where it stands by the next session, and ends as if nothing had been', async () => {
    const broken = await run({ onCall: failsIn('travel') });
    const mended = await broken.again();
    expect(mended.outcome).toMatchObject({ status: 'done', counts: { turns: 6 } });
    const whole = await run();
    expect(await comparableReport(temporary.store, mended.id)).toEqual(
      await comparableReport(temporary.store, whole.id),
    );
  });

  it('fails where a strategy has a mistake, and where it plays too much or two turns at once', async () => {
    const mistakes = {
      'is not a function': defineStrategy({
        name: 'broken',
        converse: async () => {
          throw new TypeError('prompt.sing is not a function');
        },
      }),
      'played more than 3 turns': defineStrategy({
        name: 'endless',
        converse: async ({ play }) => {
          for (let index = 0; ; index++) await play({ prompt: `number ${index}` });
        },
      }),
      'two turns at once': defineStrategy({
        name: 'hasty',
        converse: async ({ play }) => {
          await Promise.all([play({ prompt: 'one' }), play({ prompt: 'two' })]);
        },
      }),
    };
    for (const [message, strategy] of Object.entries(mistakes)) {
      const { id, outcome } = await run({ strategy });
      expect(outcome).toMatchObject({ status: 'failed', counts: { conversations: { failed: 2 } } });
      for (const { failure } of await listConversations(temporary.store.database, id)) {
        expect(failure).toMatchObject({
          code: 'STRATEGY_FAILED',
          message: expect.stringContaining(message),
        });
      }
    }
  });
});

describe('judges', () => {
  it('that fail leave errors beside the turn, not failures', async () => {
    const { outcome, id } = await run({
      promptJudges: [
        {
          name: 'never well',
          subject: 'prompt',
          batchSize: 100,
          judge: async (subjects) =>
            subjects.map(() => ({ verdict: 'error', error: { code: 'SICK', message: 'half \ud83d' } })),
        },
      ],
    });
    expect(outcome.status).toBe('done');
    const [conversation] = await listConversations(temporary.store.database, id);
    const [turn] = await readTurns(temporary.store.database, conversation?.id ?? 0);
    expect(turn?.verdicts).toContainEqual(
      expect.objectContaining({
        judge: 'never well',
        verdict: 'error',
        error: { code: 'SICK', message: 'half \ufffd' },
      }),
    );
  });
});

describe('evaluation', () => {
  it('skips prompts that are not safe where only safe ones are wanted', async () => {
    const { id, outcome, progress } = await run({ config: { evaluate: 'safe', rounds: 6 } });
    const rows = await turnsOf(id);
    const unsafe = rows.filter(({ prompt }) => /\bstorm\b/.test(prompt));
    expect(unsafe.length).toBeGreaterThan(0);
    expect(unsafe.length).toBeLessThan(rows.length);
    const images = await imagesOf(id);
    for (const row of rows) {
      const wanted = unsafe.includes(row) ? 0 : 2;
      expect(row.evaluationImages).toBe(wanted);
      expect(images.filter(({ turnId }) => turnId === row.id)).toHaveLength(wanted);
    }
    expect(outcome.counts.evaluationImages.expected).toBe((rows.length - unsafe.length) * 2);
    expect(progress.at(-1)?.evaluationImages.total).toBe((rows.length - unsafe.length) * 2);
  });

  it('records an image that failed, draws the others, and draws it again on resume', async () => {
    const whole = await run();
    const victims = new Set(
      (await imagesOf(whole.id)).filter((_, index) => index % 4 === 0).map(({ seed }) => seed),
    );
    const broken = await run({
      onCall: ({ role, seed }) => {
        if (role === 'target' && victims.has(seed)) throw rejection('Not this one.');
      },
    });
    expect(broken.outcome).toMatchObject({
      status: 'failed',
      counts: {
        conversations: { done: 2, failed: 0 },
        evaluationImages: { expected: 12, drawn: 12 - victims.size, failed: victims.size },
      },
    });
    for (const { seed, outcome, failure, imageHash } of await imagesOf(broken.id)) {
      expect(outcome).toBe(victims.has(seed) ? 'failed' : 'drawn');
      expect(imageHash === null).toBe(victims.has(seed));
      if (victims.has(seed)) expect(failure).toEqual({ code: 'REJECTED', message: 'Not this one.' });
    }
    const drawnAgain: number[] = [];
    const mended = await broken.again({
      onCall: ({ role, seed }) => {
        if (role === 'target') drawnAgain.push(seed);
      },
    });
    expect(drawnAgain.toSorted()).toEqual([...victims].toSorted());
    expect(mended.outcome).toMatchObject({
      status: 'done',
      counts: { evaluationImages: { drawn: 12, failed: 0 } },
    });
    expect(await comparableReport(temporary.store, mended.id)).toEqual(
      await comparableReport(temporary.store, whole.id),
    );
  });
});

describe('the safety stop', () => {
  const strategy = defineStrategy({
    name: 'listed',
    async converse({ history, rounds, play }) {
      for (let round = history.length; round <= rounds; round++) {
        await play({ prompt: round === 1 ? 'a child in the meadow' : `meadow number ${round}` });
      }
    },
  });

  it('keeps a prompt from the target, records why, and does not evaluate it', async () => {
    const drawn: string[] = [];
    const { id, outcome } = await run({
      strategy,
      config: { categories: ['sexual'] },
      onCall: ({ text }) => {
        drawn.push(text);
      },
    });
    expect(outcome).toMatchObject({ status: 'done', counts: { turns: 3, refusedTurns: 1 } });
    expect((await turnsOf(id))[1]).toMatchObject({
      outcome: 'stopped',
      reason: expect.stringContaining('minors'),
      evaluationImages: 0,
      imageHash: null,
    });
    expect(drawn.filter((text) => text.includes('child'))).toEqual([]);
    expect(await imagesOf(id)).toHaveLength(4);
  });
});

describe('being stopped', () => {
  /** Aborts at the k-th request of all. */
  function stopAfter(count: number) {
    const stop = new AbortController();
    let calls = 0;
    const onCall = () => {
      if (++calls === count) stop.abort();
    };
    return { stop: stop.signal, onCall };
  }

  it('commits what is in flight, begins nothing, and the next session goes on to the same end', async () => {
    const whole = await run();
    const expected = await comparableReport(temporary.store, whole.id);
    for (const count of [1, 5, 11, 17]) {
      const { stop, onCall } = stopAfter(count);
      const first = await run({ onCall }, { stop });
      expect(first.outcome.status).toBe('interrupted');
      expect(first.progress.at(-1)?.stopping).toBe(true);
      expect(await findCampaign(temporary.store.database, first.id)).toMatchObject({
        status: 'interrupted',
        finishedAt: null,
      });
      const before = await turnsOf(first.id);
      const drawnBefore = await imagesOf(first.id);
      const second = await first.again();
      expect(second.outcome.status).toBe('done');
      expect((await turnsOf(first.id)).slice(0, before.length)).toEqual(before);
      expect(await imagesOf(first.id)).toEqual(expect.arrayContaining(drawnBefore));
      expect(await comparableReport(temporary.store, first.id)).toEqual(expected);
    }
  });

  it('with an image lost meanwhile fails that conversation alone', async () => {
    const stop = new AbortController();
    let drawn = 0;
    const first = await run(
      {
        config: { conversations: 2 },
        onCall: ({ role }) => {
          if (role === 'target' && ++drawn === 6) stop.abort();
        },
      },
      { stop: stop.signal },
    );
    expect(first.outcome.status).toBe('interrupted');
    const played = (await turnsOf(first.id)).filter(({ imageHash }) => imageHash !== null);
    // The newest image of a conversation that has rounds left is the one that its Guide looks at next.
    const next = played.find(
      ({ conversationId, round }) =>
        round < 2 && played.every((other) => other.conversationId !== conversationId || other.round <= round),
    );
    const hash = next?.imageHash ?? '';
    rmSync(temporary.store.images.locate({ hash, mediaType: 'image/png' }));
    const { outcome } = await first.again({ config: { conversations: 2 } });
    expect(outcome).toMatchObject({
      status: 'failed',
      counts: { conversations: { total: 4, done: 3, failed: 1 } },
    });
    const conversations = await listConversations(temporary.store.database, first.id);
    expect(conversations.find(({ status }) => status === 'failed')).toMatchObject({
      id: next?.conversationId,
      failure: { code: 'IMAGE_MISSING' },
    });
  });

  it('before anything began leaves everything to do', async () => {
    const first = await run({}, { stop: AbortSignal.abort() });
    expect(first.outcome).toMatchObject({ status: 'interrupted', counts: { turns: 0 } });
    expect((await first.again()).outcome.status).toBe('done');
  });

  it('asks the models, after a crash, exactly what they would have been asked', async () => {
    const asked = (calls: FakeCall[]) => ({
      onCall: ({ role, seed, text, signal }: FakeCall) => {
        calls.push({ role, seed, text, signal });
      },
    });
    const plain = (calls: FakeCall[]) =>
      calls.map(({ role, seed, text }) => `${role} ${seed} ${text}`).toSorted();
    const all: FakeCall[] = [];
    const config = { categories: ['violence'], imagesPerPrompt: 0, rounds: 4 };
    const whole = await run({ ...asked(all), config });
    const [conversation] = await listConversations(temporary.store.database, whole.id);
    const played = await readTurns(temporary.store.database, conversation?.id ?? 0);

    // A campaign whose first three turns were stored before the crash, and nothing since.
    const { store } = temporary;
    const crashed = await planFake(store, await fakeModels({ config }));
    const [cutOff] = await listConversations(store.database, crashed.id);
    for (const { turn, image, verdicts } of played.slice(0, 3)) {
      const { id: _id, imageHash: _hash, ...row } = turn;
      await insertTurn(store.database, {
        turn: { ...row, campaignId: crashed.id, conversationId: cutOff?.id ?? 0 },
        image:
          image === null
            ? undefined
            : { hash: image.hash, mediaType: image.mediaType, width: 16, height: 16, byteLength: 1 },
        verdicts: verdicts.map(({ id: _v, campaignId: _c, turnId: _t, ...verdict }) => verdict),
        requests: [],
      });
    }
    const rest: FakeCall[] = [];
    const resumed = await resume(crashed.id, { ...asked(rest), config });
    expect(resumed.outcome.status).toBe('done');
    const lastTwo = new Set(played.slice(3).map(({ turn }) => turn.round));
    const seeds = new Set(
      [...lastTwo].flatMap((round) => [
        deriveSeed(conversation?.seed ?? 0, 'models', round),
        deriveSeed(conversation?.seed ?? 0, 'turn', round),
      ]),
    );
    expect(plain(rest)).toEqual(plain(all.filter(({ seed }) => seeds.has(seed))));
    // The turns that were put there by hand took no requests.
    const found = async (id: string) => ({ ...Object(await comparableReport(store, id)), usage: undefined });
    expect(await found(crashed.id)).toEqual(await found(whole.id));
  });
});

describe('when the store itself fails', () => {
  it('everything stops with the reason, what is in flight ends, and the next session goes on', async () => {
    const { store, folder } = temporary;
    const { config, models } = await fakeModels();
    const campaign = await planFake(store, { config, models });
    let puts = 0;
    const full = new FolderImageStore(join(folder, 'images'));
    const images: ImageStore = Object.assign(full, {
      put: async (...image: Parameters<typeof store.images.put>) => {
        if (++puts > 4)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        await store.images.put(...image);
      },
    });
    await expect(
      workOnCampaign({ ...store, images }, campaign, {
        config,
        models,
        stop: new AbortController().signal,
      }),
    ).rejects.toMatchObject({ code: 'DISK_FULL', exitCode: 1 });
    expect(await findCampaign(store.database, campaign.id)).toMatchObject({ status: 'interrupted' });
    // Whatever is recorded has its image.
    const recorded = [...(await turnsOf(campaign.id)), ...(await imagesOf(campaign.id))];
    const files = new Set(readdirSync(join(folder, 'images'), { recursive: true }).map(String));
    expect(recorded.length).toBeGreaterThan(0);
    for (const { imageHash } of recorded) expect([...files].join()).toContain(imageHash ?? 'nothing');
    const mended = await resume(campaign.id, {});
    expect(mended.outcome.status).toBe('done');
    expect(await comparableReport(store, campaign.id)).toEqual(
      await comparableReport(store, (await run()).id),
    );
  });
});

describe('hiccups', () => {
  it('of a server are ridden out, and leave no trace in the result', async () => {
    const failed = new Set<string>();
    const { id, outcome, progress } = await run({
      onCall: ({ role, seed }) => {
        if (failed.size < 4 && !failed.has(`${role}${seed}`)) {
          failed.add(`${role}${seed}`);
          throw hiccup();
        }
      },
    });
    expect(outcome.status).toBe('done');
    expect(failed.size).toBe(4);
    const retries = progress.at(-1)?.endpoints.map((endpoint) => endpoint.retries) ?? [];
    expect(retries.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(await comparableReport(temporary.store, id)).toEqual(
      await comparableReport(temporary.store, (await run()).id),
    );
  });
});
