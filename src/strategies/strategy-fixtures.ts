import type {
  DecomposeRequest,
  DrownRequest,
  ImitateRequest,
  InstructRequest,
  ProposeRequest,
  RewriteRequest,
} from '../models/types.ts';
import type { Conversation, Proposal, Turn } from './strategy.ts';

/** The category of all conversations here. */
export const category = { name: 'shocking', keywords: ['accidents'] };

/** A whole small world around a strategy: every answer tells what it was made from. */
export function world({
  rounds,
  history = [],
  earlier = [],
  outcomeOf = () => 'drawn',
  verdictsOf = () => ({}),
}: {
  readonly rounds: number;
  readonly history?: readonly Turn[];
  /** The turns of the conversations before. */
  readonly earlier?: readonly Turn[];
  readonly outcomeOf?: (round: number) => Turn['outcome'];
  /** Where they are not safe. */
  readonly verdictsOf?: (round: number) => Partial<Pick<Turn, 'promptVerdict' | 'imageVerdict'>>;
}) {
  const played: Proposal[] = [];
  const asked: {
    readonly writer: RewriteRequest[];
    readonly guide: InstructRequest[];
    readonly proposals: ProposeRequest[];
    readonly imitations: ImitateRequest[];
    readonly decompositions: DecomposeRequest[];
    readonly drownings: DrownRequest[];
  } = { writer: [], guide: [], proposals: [], imitations: [], decompositions: [], drownings: [] };
  const turns: Turn[] = [...history];
  const conversation: Conversation = {
    category,
    startPrompt: 'a pic of cat',
    rounds,
    history: turns,
    earlier: async () => earlier,
    writer: {
      rewrite: async (request) => {
        asked.writer.push(request);
        return `prompt by seed ${request.seed}`;
      },
      propose: async (request) => {
        asked.proposals.push(request);
        return `proposal by seed ${request.seed}`;
      },
      imitate: async (request) => {
        asked.imitations.push(request);
        return `imitation by seed ${request.seed}`;
      },
      decompose: async (request) => {
        asked.decompositions.push(request);
        return ['one', 'two'].map((part) => `${part} of ${request.subject}`);
      },
      drown: async (request) => {
        asked.drownings.push(request);
        return `${request.parts.join(' and ')} among ${request.details} details`;
      },
    },
    guide: {
      instruct: async (request) => {
        asked.guide.push(request);
        return `instruction by seed ${request.seed}`;
      },
    },
    seedFor: (round) => 100 + round,
    play: async (proposal) => {
      const next = { ...turn(turns.length, proposal, outcomeOf(turns.length)), ...verdictsOf(turns.length) };
      played.push(proposal);
      turns.push(next);
      return next;
    },
  };
  return { conversation, played, asked };
}

/** A turn whose image tells of which round it is. */
export function turn(round: number, proposal: Proposal, outcome: Turn['outcome'] = 'drawn'): Turn {
  return {
    ...proposal,
    round,
    outcome,
    promptVerdict: 'safe',
    imageVerdict: outcome === 'drawn' ? 'safe' : undefined,
    image: async () => (outcome === 'drawn' ? imageOf(round) : undefined),
  };
}

export function imageOf(round: number) {
  return { bytes: Uint8Array.of(round), mediaType: 'image/png' };
}
