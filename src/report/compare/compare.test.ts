import { describe, expect, test } from 'vitest';
import { sampleReport } from '../report-fixtures.ts';
import type { ReportModel } from '../report-model.ts';
import { compareCampaigns } from './compare.ts';
import type { ComparedCampaign, ComparedPrompt, Comparison, ComparisonRow } from './comparison.ts';

/** A campaign of that name with these prompts; what is not said is as in the sample report. */
function campaign(
  name: string,
  prompts: readonly ComparedPrompt[],
  change: Partial<ReportModel['campaign']> = {},
): ComparedCampaign {
  const categories = [...new Set(prompts.map(({ category }) => category))];
  const sample = sampleReport();
  const row = sample.promptToxicity[0];
  const image = sample.imageToxicity[0];
  return {
    report: sampleReport({
      campaign: { ...sample.campaign, id: `id of ${name}`, name, ...change },
      promptToxicity: row === undefined ? [] : categories.map((category) => ({ ...row, category })),
      imageToxicity: image === undefined ? [] : categories.map((category) => ({ ...image, category })),
    }),
    prompts,
  };
}

/** So many prompts a conversation, of which the first ones are findings. */
function conversations(
  category: string,
  findings: readonly number[],
  { each = 20, name = '' }: { each?: number; name?: string } = {},
): ComparedPrompt[] {
  return findings.flatMap((found, conversation) =>
    Array.from({ length: each }, (_, index) => ({
      category,
      conversation,
      prompt: `${name} ${category} ${conversation} ${index}`,
      safe: true,
      finding: index < found,
      images: 5,
    })),
  );
}

function only({ comparisons }: { comparisons: readonly Comparison[] }): Comparison {
  const [first] = comparisons;
  if (first === undefined) throw new Error('There is no comparison.');
  return first;
}

function success({ rows }: Comparison, category: string | null): ComparisonRow {
  const row = rows.find((one) => one.ratio === 'success' && one.category === category);
  if (row === undefined) throw new Error('There is no such row.');
  return row;
}

const few = [1, 2, 3, 2, 1, 2, 3, 1];
const many = [12, 14, 13, 15, 11, 12, 14, 13];

describe('compareCampaigns', () => {
  test('other prompts: over conversations; what is higher, and by how much', () => {
    const comparison = only(
      compareCampaigns([
        campaign('a', conversations('hate', few, { name: 'a' })),
        campaign('b', conversations('hate', many, { name: 'b' })),
      ]),
    );
    const row = success(comparison, 'hate');
    expect(row).toMatchObject({
      method: 'cluster-bootstrap',
      first: { count: 15, of: 160, percent: 9.38 },
      second: { count: 104, of: 160, percent: 65 },
      differencePoints: 55.63,
      conclusion: 'higher',
      pairs: null,
      conversations: [8, 8],
    });
    expect(row.interval?.low).toBeGreaterThan(45);
    expect(row.interval?.high).toBeLessThan(66);
    expect(comparison.sentences[0]).toMatch(
      /^b's success ratio in hate is 55\.6 points higher than a's: 65\.00 % against 9\.38 % \(95 % \+\d+\.\d to \+\d+\.\d; p < 0\.001\)\.$/,
    );
  });

  test('the other way round it is lower by as much', () => {
    const ones = [
      campaign('a', conversations('hate', few, { name: 'a' })),
      campaign('b', conversations('hate', many, { name: 'b' })),
    ];
    const row = success(only(compareCampaigns(ones.toReversed())), 'hate');
    expect(row).toMatchObject({ differencePoints: -55.63, conclusion: 'lower' });
  });

  /** A list of prompts, each a conversation of its own, of which the first ones are findings. */
  const list = (found: number) =>
    conversations('hate', [found], { each: 80 }).map((prompt, conversation) => ({ ...prompt, conversation }));

  test('the same list of prompts in both: paired, by McNemar', () => {
    const comparison = only(compareCampaigns([campaign('a', list(0)), campaign('b', list(12))]));
    const row = success(comparison, 'hate');
    // Exact, two-sided: 12 pairs, all on one side.
    expect(row.pValue).toBeCloseTo(2 / 2 ** 12, 12);
    expect(row).toMatchObject({
      method: 'mcnemar',
      pairs: { all: 80, both: 0, onlyFirst: 0, onlySecond: 12, neither: 68, conversations: 80 },
      differencePoints: 15,
      conclusion: 'higher',
    });
    expect(comparison.sentences[0]).toContain(
      "b's success ratio in hate on the 80 prompts that both drew is 15 points higher than a's",
    );
    expect(comparison.cautions).toEqual([]);
  });

  test('the same conversations in both: paired, and conversations are what is counted', () => {
    // All that differs comes from one of four conversations.
    const first = conversations('hate', [0, 0, 0, 0]);
    const second = conversations('hate', [12, 0, 0, 0]);
    const comparison = only(compareCampaigns([campaign('a', first), campaign('b', second)]));
    const row = success(comparison, 'hate');
    expect(row).toMatchObject({
      method: 'paired-clusters',
      pairs: { all: 80, onlySecond: 12, conversations: 4, mcnemarPValue: expect.closeTo(2 / 2 ** 12, 12) },
      differencePoints: 15,
      conclusion: 'not shown',
    });
    expect(row.pValue).toBeGreaterThan(0.2);
    expect(comparison.sentences[0]).toContain('with 80 pairs of 4 conversations');
  });

  test('one list against conversations with the same prompts: by these conversations', () => {
    const second = conversations('hate', [12, 9, 10, 11, 12, 9]);
    const replayed = second.map((prompt, conversation) => ({ ...prompt, conversation, finding: false }));
    for (const both of [
      [campaign('a', replayed), campaign('b', second)],
      [campaign('b', second), campaign('a', replayed)],
    ]) {
      const row = success(only(compareCampaigns(both)), 'hate');
      expect(row).toMatchObject({ method: 'paired-clusters', pairs: { all: 120, conversations: 6 } });
      expect(['higher', 'lower']).toContain(row.conclusion);
    }
  });

  test('one or two conversations are too few, and that is said', () => {
    const of = (name: string) => campaign(name, conversations('hate', [3, 4], { name }));
    expect(only(compareCampaigns([of('a'), of('b')])).cautions.join(' ')).toContain(
      'Success in hate rests on fewer than 3 conversations',
    );
  });

  test('a prompt that was not safe in both, or not drawn in both, is no pair', () => {
    const first = conversations('hate', [2], { each: 10 });
    const second = first.map((prompt, index) => ({
      ...prompt,
      safe: index !== 9,
      images: index === 8 ? 0 : 5,
    }));
    const row = success(only(compareCampaigns([campaign('a', first), campaign('b', second)])), 'hate');
    expect(row.pairs?.all).toBe(8);
  });

  test('the same prompts are judged alike: there is nothing to be told from chance', () => {
    const { rows, sentences } = only(compareCampaigns([campaign('a', list(3)), campaign('b', list(9))]));
    expect(sentences[rows.findIndex(({ ratio }) => ratio === 'safe')]).toContain('judged alike in both');
  });

  test('a text that comes several times is paired in order', () => {
    const same = (found: readonly boolean[]) =>
      found.map((finding) => ({
        category: 'hate',
        conversation: 0,
        prompt: 'a cat',
        safe: true,
        finding,
        images: 1,
      }));
    const row = success(
      only(
        compareCampaigns([
          campaign('a', same([true, false, false])),
          campaign('b', same([true, true, false])),
        ]),
      ),
      'hate',
    );
    expect(row.pairs).toMatchObject({ all: 3, both: 1, onlyFirst: 0, onlySecond: 1, neither: 1 });
  });

  test('a few prompts in common are no pairing', () => {
    const first = conversations('hate', few, { name: 'a' });
    const second = [...first.slice(0, 20), ...conversations('hate', few, { name: 'b' }).slice(20)];
    const row = success(only(compareCampaigns([campaign('a', first), campaign('b', second)])), 'hate');
    expect(row).toMatchObject({ method: 'cluster-bootstrap', conclusion: 'not shown' });
  });

  test("Holm's correction is over the categories, and all together stand for themselves", () => {
    const findings = [few, few, few, many].map((found, index) => ({ category: `c${index}`, found }));
    const of = (name: string, change: (found: readonly number[]) => readonly number[]) =>
      campaign(
        name,
        findings.flatMap(({ category, found }) => conversations(category, change(found), { name })),
      );
    const comparison = only(
      compareCampaigns([of('a', (found) => found), of('b', (found) => found.map((count) => count + 3))]),
    );
    const rows = comparison.rows.filter(({ ratio }) => ratio === 'success');
    expect(rows.map(({ category }) => category)).toEqual(['c0', 'c1', 'c2', 'c3', null]);
    for (const row of rows.slice(0, -1)) {
      expect(row.adjustedPValue ?? 0).toBeGreaterThanOrEqual(row.pValue ?? 1);
    }
    expect(rows.at(-1)?.adjustedPValue).toBe(rows.at(-1)?.pValue);
    expect(comparison.sentences[0]).toContain('after Holm');
    expect(comparison.sentences[4]).not.toContain('after Holm');
  });

  test('no difference shown says how large one could be', () => {
    const comparison = only(
      compareCampaigns([
        campaign('a', conversations('hate', few, { name: 'a' })),
        campaign('b', conversations('hate', few.toReversed(), { name: 'b' })),
      ]),
    );
    expect(comparison.sentences[0]).toMatch(
      /^No difference of the success ratio in hate was shown \(0\.0 points, .*\): with 8 and 8 conversations, one of less than about \d+ points can hardly be told from chance\.$/,
    );
  });

  test('several without a difference make one sentence', () => {
    const of = (name: string) =>
      campaign(
        name,
        ['x', 'y', 'z'].flatMap((category) => conversations(category, few, { name })),
      );
    const { conclusions } = only(compareCampaigns([of('a'), of('b')]));
    expect(conclusions).toHaveLength(4);
    expect(conclusions[1]).toMatch(
      /^No difference of the success ratio was shown in x \(\d+\), y \(\d+\) and z/,
    );
  });

  test('only categories that both have are compared, and that is said', () => {
    const comparison = only(
      compareCampaigns([
        campaign('a', [...conversations('hate', few), ...conversations('violence', few)]),
        campaign('b', conversations('hate', few, { name: 'b' })),
      ]),
    );
    expect(comparison.rows.map(({ category }) => category)).toEqual(['hate', 'hate']);
    expect(comparison.cautions).toContain('Only a has violence, which is left out.');
  });

  test('a campaign without safe prompts cannot be compared, and that is said', () => {
    const unsafe = conversations('hate', [0, 0]).map((prompt) => ({ ...prompt, safe: false }));
    const comparison = only(
      compareCampaigns([campaign('a', conversations('hate', few, { name: 'a' })), campaign('b', unsafe)]),
    );
    expect(success(comparison, 'hate')).toMatchObject({
      method: null,
      pValue: null,
      adjustedPValue: null,
      conclusion: 'not comparable',
    });
    expect(comparison.sentences[0]).toBe(
      'The success ratio in hate cannot be compared: b has no safe prompt there.',
    );
  });

  test('each other campaign is compared with the first', () => {
    const of = (name: string) => campaign(name, conversations('hate', few, { name }));
    const { comparisons } = compareCampaigns([of('a'), of('b'), of('c')]);
    expect(comparisons.map(({ first, second }) => [first.label, second.label])).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  test('nothing in it is random', () => {
    const ones = [
      campaign('a', conversations('hate', few, { name: 'a' })),
      campaign('b', conversations('hate', many, { name: 'b' })),
    ];
    expect(compareCampaigns(ones)).toEqual(compareCampaigns(ones));
  });
});

describe('cautions', () => {
  const prompts = conversations('hate', few);
  const cautions = (change: Partial<ReportModel['campaign']>) =>
    only(
      compareCampaigns([
        campaign('a', prompts),
        campaign('b', conversations('hate', few, { name: 'b' }), change),
      ]),
    ).cautions.join('\n');

  test('none where nothing differs', () => {
    expect(cautions({})).toBe('');
  });

  test.each([
    [{ simulated: true }, 'b is simulated, the other is not'],
    [
      { judges: { prompt: ['lexicon'], image: ['pixels'] } },
      'They have different prompt judges (a: lexicon, guard; b: lexicon)',
    ],
    [{ verdict: 'majority' }, 'They have different verdict rules'],
    [{ imagesPerPrompt: 5 }, 'a drew 2 images a prompt, b 5'],
    [{ rounds: 50 }, 'a has 2 rounds, b 50'],
    [{ status: 'interrupted' }, 'b is not done (interrupted)'],
    [{ strategy: 'naive', target: { provider: 'x' } }, 'They differ in target and strategy'],
    [{ strategy: 'naive', target: { ...sampleReport().campaign.target, steps: 7 } }, 'strategy and steps'],
  ] as const)('%j', (change, words) => {
    expect(cautions(change)).toContain(words);
  });

  test('judges of one name that are not the same are told of', () => {
    const judge = (model: string) => ({
      judges: [{ subject: 'prompt' as const, name: 'guard', entry: { name: 'guard', model } }],
    });
    const weights = (revision: string) => ({
      revisions: [{ subject: 'image' as const, judge: 'pixels', revision, verdicts: 1 }],
    });
    const both = (first: Partial<ComparedCampaign>, second: Partial<ComparedCampaign>) =>
      only(
        compareCampaigns([
          { ...campaign('a', prompts), ...first },
          { ...campaign('b', conversations('hate', few, { name: 'b' })), ...second },
        ]),
      ).cautions.join(' ');
    expect(both(judge('one'), judge('one'))).toBe('');
    expect(both(judge('one'), judge('two'))).toContain('other weights or options of "guard"');
    expect(both(weights('r1'), weights('r2'))).toContain('other weights or options of "pixels"');
  });

  test('another mix of categories is told of, where all together are compared', () => {
    const mixed = (name: string, x: readonly number[], y: readonly number[]) =>
      campaign(name, [...conversations('x', x, { name }), ...conversations('y', y, { name })]);
    const of = (second: ComparedCampaign) =>
      only(compareCampaigns([mixed('a', few, few), second])).cautions.join(' ');
    expect(of(mixed('b', few, few))).toBe('');
    expect(of(mixed('b', few, few.slice(0, 3)))).toContain('may differ where no category does');
  });

  test('one thing that differs is what the comparison is about', () => {
    expect(cautions({ strategy: 'naive' })).toBe('');
  });
});
