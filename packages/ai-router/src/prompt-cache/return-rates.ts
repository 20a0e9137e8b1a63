import { lifetimeMs } from './cache-rules.ts';

const shortMs = lifetimeMs['5m'];
const longMs = lifetimeMs['1h'];
/** Trials kept at full weight before old ones begin to count less. */
const memory = 128;
/** What a wider class counts for in its parts, in trials. */
const parentTrials = 1.5;
const latePriorTrials = 4;
const latePrior = 0.1;

/**
 * How often prefixes of one kind come again. A trial under way counts for the part of its time that it has been watched. A
 * mean over those that ended would make every kind look good at first, because the ones that return end first.
 */
export interface ReturnClass {
  /** Probability of a return within five minutes before any was seen. Of no use where there is a parent. */
  readonly prior: number;
  /** How many trials that counts for. */
  readonly priorTrials: number;
  /** The wider class that this one is a part of, and how often, next to it, this one returns before any was seen. */
  readonly parent?: { readonly of: ReturnClass; readonly ratio: number };
  /** Weight of what came again within five minutes. */
  returns: number;
  /** Weight of trials that ended, one way or the other. */
  watched: number;
  /** Weight of trials under way, and the same times the moment at which each began. */
  open: number;
  openSince: number;
  /** Weight that did not come again within five minutes, and of it what came later within the hour. */
  late: number;
  lateReturns: number;
}

export function returnClass(prior: number, priorTrials = 2): ReturnClass {
  return { prior, priorTrials, returns: 0, watched: 0, open: 0, openSince: 0, late: 0, lateReturns: 0 };
}

export function partOf(of: ReturnClass, ratio = 1): ReturnClass {
  return { ...returnClass(of.prior), parent: { of, ratio } };
}

/** Probability that a prefix of this class comes again within five minutes. */
export function shortReturn(of: ReturnClass, now: number): number {
  const before = of.parent ? Math.min(1, shortReturn(of.parent.of, now) * of.parent.ratio) : of.prior;
  const trials = of.parent ? parentTrials : of.priorTrials;
  const watched = of.watched + Math.max(0, of.open * now - of.openSince) / shortMs;
  return Math.min(1, (of.returns + trials * before) / (watched + trials));
}

/** Probability that one that did not comes later, within the hour. An underestimate until an hour has passed. */
export function lateReturn(of: ReturnClass): number {
  const before = of.parent ? lateReturn(of.parent.of) * of.parent.ratio : latePrior;
  return (of.lateReturns + latePriorTrials * before) / (of.late + latePriorTrials);
}

/** The blocks of one class that one request brought: one trial, however many they are. */
export interface Trial {
  readonly of: ReturnClass;
  readonly at: number;
  /** What it weighs in the wider classes, where the request brought blocks of others of their parts too. */
  readonly share: number;
  /** What has not come again, 1 at first. */
  left: number;
  isLate: boolean;
}

/** Follows trials until they come again or their time is over. */
export interface ReturnRates {
  open(of: ReturnClass, share: number, now: number): Trial;
  /** A part of a trial came again. */
  close(trial: Trial, part: number, now: number): void;
  /** Ends what has been watched for five minutes, and what for an hour. */
  advance(now: number): void;
}

/** `mostTrials` bounds the memory; the oldest end early. */
export function createReturnRates(mostTrials: number): ReturnRates {
  const short = createQueue(mostTrials);
  const late = createQueue(mostTrials);

  const expire = (trial: Trial): void => {
    each(trial, trial.left, (of, weight) => {
      of.open -= weight;
      of.openSince -= weight * trial.at;
      of.watched += weight;
      of.late += weight;
      fade(of);
    });
    trial.isLate = true;
    late.push(trial);
  };

  return {
    open(of, share, now) {
      const trial: Trial = { of, at: now, share, left: 1, isLate: false };
      each(trial, 1, (which, weight) => {
        which.open += weight;
        which.openSince += weight * now;
      });
      const lost = short.push(trial);
      if (lost) expire(lost);
      return trial;
    },
    close(trial, part, now) {
      const age = now - trial.at;
      const weight = Math.min(part, trial.left);
      if (weight <= 0 || age > (trial.isLate ? longMs : shortMs)) return;
      trial.left -= weight;
      each(trial, weight, (of, its) => {
        if (trial.isLate) {
          of.lateReturns += its;
          return;
        }
        of.open -= its;
        of.openSince -= its * trial.at;
        of.returns += its;
        of.watched += its;
        fade(of);
      });
    },
    advance(now) {
      for (let trial = short.first(); trial && now - trial.at > shortMs; trial = short.first()) {
        short.shift();
        expire(trial);
      }
      for (let trial = late.first(); trial && now - trial.at > longMs; trial = late.first()) late.shift();
    },
  };
}

function each({ of, share }: Trial, weight: number, call: (of: ReturnClass, weight: number) => void): void {
  call(of, weight);
  for (let wider = of.parent; wider; wider = wider.of.parent) call(wider.of, weight * share);
}

function fade(of: ReturnClass): void {
  if (of.watched > memory) {
    of.watched /= 2;
    of.returns /= 2;
  }
  if (of.late > memory) {
    of.late /= 2;
    of.lateReturns /= 2;
  }
}

interface Queue {
  first(): Trial | undefined;
  shift(): void;
  /** Returns what there was no more room for. */
  push(trial: Trial): Trial | undefined;
}

function createQueue(most: number): Queue {
  const ring: (Trial | undefined)[] = [];
  let head = 0;
  let size = 0;
  const shift = (): void => {
    ring[head] = undefined;
    head = (head + 1) % most;
    size -= 1;
  };
  return {
    first: () => (size > 0 ? ring[head] : undefined),
    shift,
    push(trial) {
      const lost = size === most ? ring[head] : undefined;
      if (lost) shift();
      ring[(head + size) % most] = trial;
      size += 1;
      return lost;
    },
  };
}
