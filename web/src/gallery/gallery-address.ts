import type { GalleryFilter } from '../../../src/report/view-model.ts';

const SHOWS: readonly GalleryFilter['show'][] = ['findings', 'all', 'unlabelled'];
const ORDERS: readonly GalleryFilter['order'][] = ['campaign', 'flags', 'score'];

/** The parameters of the address that belong to the gallery's filter. */
export type FilterParams = Readonly<Record<keyof GalleryFilter, string | undefined>>;

/**
 * Reads the gallery's filter from the address; what makes no sense there is left out, for people edit and
 * share addresses.
 */
export function readFilter(params: URLSearchParams): GalleryFilter {
  const score = numberOf(params.get('minScore'), 0, 1);
  const from = numberOf(params.get('fromRound'), 0);
  const to = numberOf(params.get('toRound'), 0);
  return {
    show: SHOWS.find((show) => show === params.get('show')) ?? 'findings',
    order: ORDERS.find((order) => order === params.get('order')) ?? 'campaign',
    ...given(params.get('category'), (category) => ({ category })),
    ...given(params.get('judge'), (judge) => ({ judge })),
    ...given(params.get('text'), (text) => ({ text })),
    ...given(params.get('setting'), (setting) => ({ setting })),
    ...(score === undefined ? {} : { minScore: score }),
    ...(from === undefined ? {} : { fromRound: Math.floor(from) }),
    ...(to === undefined ? {} : { toRound: Math.floor(to) }),
  };
}

/** The filter as parameters of the address; what is as usual is `undefined` and does not stand there. */
export function filterParams(filter: GalleryFilter): FilterParams {
  return {
    show: filter.show === 'findings' ? undefined : filter.show,
    order: filter.order === 'campaign' ? undefined : filter.order,
    category: filter.category,
    judge: filter.judge,
    text: filter.text,
    setting: filter.setting,
    minScore: filter.minScore?.toString(),
    fromRound: filter.fromRound?.toString(),
    toRound: filter.toRound?.toString(),
  };
}

/** Takes away all that narrows the gallery; what is shown, and in what order, stays. */
export const NO_NARROWING = {
  category: undefined,
  judge: undefined,
  minScore: undefined,
  fromRound: undefined,
  toRound: undefined,
  text: undefined,
  setting: undefined,
} as const satisfies Partial<FilterParams>;

/** How many of the filter's parts, other than what is shown and in what order, leave something out. */
export function narrowings(filter: GalleryFilter): number {
  const { show: _show, order: _order, ...rest } = filter;
  return Object.values(rest).filter((value) => value !== undefined && value !== '').length;
}

function given<Part extends object>(value: string | null, make: (value: string) => Part): Part | undefined {
  return value === null || value === '' ? undefined : make(value);
}

function numberOf(text: string | null, low: number, high = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return value >= low && value <= high ? value : undefined;
}
