import type { Graph } from './graph.ts';
import { edgeKinds } from './graph.ts';
import type { StepTouches } from './step-touches.ts';
import { parseTouch, type Touch, touchesMeet } from './touch.ts';
import { createTouchIndex } from './touch-index.ts';

type Why = 'write-read' | 'read-write' | 'write-write';

/** A dependency that follows from what two steps touch. */
export interface InferredEdge {
  readonly from: number;
  readonly to: number;
  /** What reads or overwrites what another wrote cannot do without it; what overwrites what another reads only comes later. */
  readonly kind: 'uses' | 'order';
  readonly why: Why;
  /** The path or name that both touch, as the later one has it. */
  readonly what: string;
}

/** A step that touched what may be the same. */
interface Candidate {
  readonly from: number;
  readonly why: Why;
  readonly touch: Touch;
  readonly other: Touch;
  /** Higher for later steps, and for what blocks. */
  readonly rank: number;
}

/** Bits by pair: beyond this many steps what is already implied is not looked for, and more edges stand than are needed. */
const maxReduced = 20_000;

/**
 * Which steps come before which, as far as others follow from that. An order that a step was to keep is lost where one between the
 * two is blocked and so ends early, unless that blocks what comes after as well: only such paths count.
 */
class Implied {
  readonly #words: number;
  /** By paths of edges that block. */
  readonly #blocking: Uint32Array;
  /** By paths of which all edges but the first block. */
  readonly #ordered: Uint32Array;

  constructor(size: number) {
    this.#words = size > maxReduced ? 0 : (size + 31) >>> 5;
    this.#blocking = new Uint32Array(this.#words * size);
    this.#ordered = new Uint32Array(this.#words * size);
  }

  add(from: number, to: number, isBlocking: boolean): void {
    const words = this.#words;
    if (words === 0) return;
    const [source, place] = [from * words, to * words];
    const own = place + (from >>> 5);
    const bit = 1 << (from & 31);
    this.#ordered[own] = (this.#ordered[own] as number) | bit;
    if (!isBlocking) return;
    this.#blocking[own] = (this.#blocking[own] as number) | bit;
    for (let word = 0; word < words; word += 1) {
      this.#blocking[place + word] =
        (this.#blocking[place + word] as number) | (this.#blocking[source + word] as number);
      this.#ordered[place + word] = (this.#ordered[place + word] as number) | (this.#ordered[source + word] as number);
    }
  }

  has(from: number, to: number, isBlocking: boolean): boolean {
    if (this.#words === 0) return false;
    const bits = isBlocking ? this.#blocking : this.#ordered;
    return ((bits[to * this.#words + (from >>> 5)] as number) & (1 << (from & 31))) !== 0;
  }
}

/**
 * The dependencies that follow from what steps read and write, in the order of `declared`: since all point forward in it, they make no
 * circle. One that others imply is left out. The result of any order that holds them is that of running one step after the other.
 */
export const inferDependencies = (declared: Graph, touches: readonly StepTouches[]): readonly InferredEdge[] => {
  const { size, order, firstEdge, target, kind } = declared;
  const index = createTouchIndex();
  const implied = new Implied(size);
  const position = new Uint32Array(size);
  order.forEach((step, at) => {
    position[step] = at;
  });
  const incoming: number[][] = Array.from({ length: size }, () => []);
  for (let from = 0; from < size; from += 1)
    for (let edge = firstEdge[from] as number; edge < (firstEdge[from + 1] as number); edge += 1)
      (incoming[target[edge] as number] as number[]).push(from * 2 + (kind[edge] === edgeKinds.order ? 0 : 1));
  const edges: InferredEdge[] = [];
  const remember = (step: number, reads: readonly Touch[], writes: readonly Touch[]): void => {
    for (const touch of reads) index.read(touch, step);
    for (const touch of writes) index.write(touch, step);
  };

  for (const step of order) {
    for (const each of incoming[step] as number[]) implied.add(each >>> 1, step, (each & 1) === 1);
    const { reads, writes } = touches[step] as StepTouches;
    if (reads.length === 0 && writes.length === 0) continue;
    const [readTouches, writeTouches] = [reads.map(parseTouch), writes.map(parseTouch)];
    const visit = (found: (from: number, why: Why, touch: Touch, other: Touch) => void): void => {
      for (const touch of readTouches)
        index.visit(touch, ({ touch: other, writer }) => {
          if (writer >= 0 && writer !== step) found(writer, 'write-read', touch, other);
        });
      for (const touch of writeTouches)
        index.visit(touch, ({ touch: other, writer, readers }) => {
          if (writer >= 0 && writer !== step) found(writer, 'write-write', touch, other);
          for (const reader of readers) found(reader, 'read-write', touch, other);
        });
    };
    const settle = (from: number, why: Why, touch: Touch, other: Touch): void => {
      const isBlocking = why !== 'read-write';
      if (implied.has(from, step, isBlocking) || !touchesMeet(touch, other)) return;
      const key = from * 2 + (isBlocking ? 1 : 0);
      if (met.has(key) || met.has(from * 2 + 1)) return;
      met.add(key);
      implied.add(from, step, isBlocking);
      edges.push({ from, to: step, kind: isBlocking ? 'uses' : 'order', why, what: touch.text });
    };
    const met = new Set<number>();
    const rankOf = (from: number, why: Why): number => (position[from] as number) * 2 + (why === 'read-write' ? 0 : 1);
    // The latest first: what comes before it mostly follows from it, and then need not be gathered.
    let [highest, latest] = [-1, undefined as (() => void) | undefined];
    visit((from, why, touch, other) => {
      const rank = rankOf(from, why);
      if (rank <= highest || implied.has(from, step, why !== 'read-write')) return;
      highest = rank;
      latest = () => settle(from, why, touch, other);
    });
    if (latest === undefined) {
      remember(step, readTouches, writeTouches);
      continue;
    }
    latest();
    const candidates: Candidate[] = [];
    visit((from, why, touch, other) => {
      if (!implied.has(from, step, why !== 'read-write'))
        candidates.push({ from, why, touch, other, rank: rankOf(from, why) });
    });
    candidates.sort((a, b) => b.rank - a.rank);
    for (const { from, why, touch, other } of candidates) settle(from, why, touch, other);
    remember(step, readTouches, writeTouches);
  }
  return edges;
};
