import { type NoiseWatch, watchNoise } from './machine.ts';
import { median } from './statistics.ts';

/** Share of one core that others may take in a window that still counts as quiet. */
export const quietForeignCpu = 0.05;
const enoughWindows = 3;

export interface Side<Measured> {
  readonly name: string;
  /** One short window. `round` counts from 0. */
  measure(round: number): Promise<Measured>;
}

export interface Round<Measured> {
  readonly side: string;
  readonly round: number;
  /** Share of one core that others took during the window. */
  readonly foreignCpu: number;
  readonly measured: Measured;
}

/**
 * Measures the sides in turn, A B C A B C, so that whatever drifts (heat, neighbours, page cache) meets all of them. Each
 * round starts with the next side, so that none always follows the same one.
 */
export const interleave = async <Measured>(
  sides: readonly Side<Measured>[],
  count: number,
  options: { readonly log?: (line: string) => void; readonly noise?: NoiseWatch } = {},
): Promise<Round<Measured>[]> => {
  const { log = () => {}, noise = watchNoise() } = options;
  const rounds: Round<Measured>[] = [];
  for (let round = 0; round < count; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(round + turn) % sides.length];
      if (side === undefined) continue;
      noise.lap();
      const measured = await side.measure(round);
      rounds.push({ side: side.name, round, foreignCpu: noise.lap(), measured });
      log(`round ${round + 1} of ${count}: ${side.name}`);
    }
  }
  return rounds;
};

/** The values of one side, in order. */
export const valuesOf = <Measured>(
  rounds: readonly Round<Measured>[],
  side: string,
  pick: (measured: Measured) => number,
): number[] => rounds.flatMap((round) => (round.side === side ? [pick(round.measured)] : []));

/**
 * The median of one side: over its quiet windows where there are at least three, else over all. Quiet is decided by what
 * others did, never by the value, so the choice favours no side.
 */
export const typicalOf = <Measured>(
  rounds: readonly Round<Measured>[],
  side: string,
  pick: (measured: Measured) => number,
): number => {
  const quiet = valuesOf(
    rounds.filter((round) => round.foreignCpu <= quietForeignCpu),
    side,
    pick,
  );
  return median(quiet.length >= enoughWindows ? quiet : valuesOf(rounds, side, pick));
};

/** How many windows of each side were quiet, for a table's notes. */
export const quietNote = (rounds: readonly Round<unknown>[]): string => {
  const sides = [...new Set(rounds.map((round) => round.side))];
  const counts = sides.map((side) => {
    const own = rounds.filter((round) => round.side === side);
    return `${side} ${own.filter((round) => round.foreignCpu <= quietForeignCpu).length} of ${own.length}`;
  });
  return `Quiet windows: ${counts.join(', ')}. Medians are over those where there are ${enoughWindows}, else over all; "worst" is over all.`;
};
