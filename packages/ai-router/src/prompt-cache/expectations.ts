import type { PrefixBlock, PrefixChain } from './prefix-chain.ts';
import { partOf, type ReturnClass, returnClass } from './return-rates.ts';

export type PromptCacheMode = 'off' | 'safe' | 'aggressive';

/** Probabilities of a return within five minutes before the traffic has told. */
interface Priors {
  /** Of tools and system prompts at first sight. */
  readonly setup: number;
  /** Of messages to which the model has not answered yet, and has once. */
  readonly first: number;
  readonly second: number;
  /** Of a conversation that has grown twice, and of one in the middle of a tool's use. */
  readonly grown: number;
  readonly working: number;
  /** How many trials it takes to outweigh them. */
  readonly trials: number;
}

const priors: Readonly<Record<Exclude<PromptCacheMode, 'off'>, Priors>> = {
  // At first sight nothing but the shape of a conversation that goes on promises enough.
  safe: { setup: 0.1, first: 0.08, second: 0.15, grown: 0.65, working: 0.7, trials: 6 },
  aggressive: { setup: 0.7, first: 0.2, second: 0.5, grown: 0.75, working: 0.8, trials: 2 },
};

/** The last block of a first message is the question more often than the document. */
const lastBlockRatio = 0.5;
/** Lengths of requests are told apart in steps of the square root of 2, up from 512 tokens. */
const mostSizes = 24;
/** By how often a prefix was seen, this time counted, and whether the last time was within five minutes. */
const seenAgain = { soon: [0.5, 0.6, 0.7, 0.75], late: [0.1, 0.2, 0.3, 0.3] };

/**
 * The classes whose returns one tenant's traffic to one model is sorted by: what has been seen before by how often, what
 * has not by what it is, how long the request is and how far from its end it lies.
 */
export interface Expectations {
  /** Of a block whose prefix was seen before. `sights` counts this one. */
  seen(sights: number, wasSoon: boolean): ReturnClass;
  /** Of one whose prefix is new. `distance`: positions to the last block. */
  fresh(chain: PrefixChain, block: PrefixBlock, requestTokens: number, distance: number): ReturnClass;
}

export function createExpectations(mode: Exclude<PromptCacheMode, 'off'>): Expectations {
  const prior = priors[mode];
  const soon = seenAgain.soon.map((odds) => returnClass(odds));
  const late = seenAgain.late.map((odds) => returnClass(odds));
  const kinds: Readonly<Record<Kind, ReturnClass>> = {
    tools: returnClass(prior.setup, prior.trials),
    system: returnClass(prior.setup, prior.trials),
    first: returnClass(prior.first, prior.trials),
    second: returnClass(prior.second, prior.trials),
    grown: returnClass(prior.grown, prior.trials),
    working: returnClass(prior.working, prior.trials),
  };
  /** By kind, then by size, then by place: the class of the size alone, and after it those of its places. */
  const parts: Partial<Record<Kind, ReturnClass[][]>> = {};
  const partsOf = (kind: Kind, size: number): readonly ReturnClass[] => {
    parts[kind] ??= [];
    const sizes = parts[kind];
    const known = sizes[size];
    if (known) return known;
    const sized = partOf(kinds[kind]);
    const isFirst = kind === 'first';
    const places = [0, 1, 2, 3].map((place) => partOf(sized, isFirst && place === 0 ? lastBlockRatio : 1));
    sizes[size] = [sized, ...places];
    return sizes[size];
  };
  return {
    seen(sights, wasSoon) {
      const classes = wasSoon ? soon : late;
      return classes[Math.min(Math.max(sights - 2, 0), classes.length - 1)] as ReturnClass;
    },
    fresh(chain, block, requestTokens, distance) {
      const size = Math.max(0, Math.min(mostSizes - 1, Math.floor(2 * Math.log2(requestTokens / 512))));
      const place = distance < 2 ? distance : distance < 4 ? 2 : 3;
      const [sized, ...places] = partsOf(kindOf(chain, block), size);
      return (block.section === 'messages' ? places[place] : sized) as ReturnClass;
    },
  };
}

type Kind = 'tools' | 'system' | 'first' | 'second' | 'grown' | 'working';

function kindOf({ answers, awaitsModel }: PrefixChain, { section }: PrefixBlock): Kind {
  if (section !== 'messages') return section;
  if (awaitsModel) return 'working';
  return answers === 0 ? 'first' : answers === 1 ? 'second' : 'grown';
}
