import type { Table } from '../../harness/results.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../../harness/rounds.ts';
import { rounded } from '../../harness/statistics.ts';
import { verdict } from '../../harness/verdict.ts';
import type { GatewayKind } from '../../peers/gateways.ts';
import type { Stage } from './stage.ts';

const targetMs = 300;

interface Start {
  readonly readyMs: number;
  readonly rssMb: number;
}

/** From spawning the process until it answers its first request with 200. */
export const measureColdStart = async (
  stage: Stage,
  kinds: readonly GatewayKind[],
): Promise<{ tables: Table[]; rounds: Record<string, readonly Round<unknown>[]> }> => {
  const { quick, log } = stage.options;
  const sides = kinds.map((kind) => ({
    name: kind.name,
    measure: async (round: number): Promise<Start> => {
      const gateway = await stage.start(kind, `start-${round}`);
      const start = { readyMs: gateway.process.readyMs, rssMb: gateway.process.memory().rssMb };
      await gateway.stop();
      return start;
    },
  }));
  const rounds = await interleave(sides, quick ? 3 : 15, { log });
  const rows = sides.map(({ name }) => {
    const ready = valuesOf(rounds, name, (start) => start.readyMs);
    const typical = typicalOf(rounds, name, (start) => start.readyMs);
    return [
      name,
      rounded(typical),
      rounded(Math.max(...ready)),
      rounded(typicalOf(rounds, name, (start) => start.rssMb)),
      name === 'hotpath' ? verdict(typical, targetMs, 'at-most', 'ms') : '',
    ];
  });
  return {
    tables: [
      {
        id: 'gateway-start',
        title: `Start: from spawn to the first 200, n = ${quick ? 3 : 15} each, interleaved`,
        columns: ['side', 'median ms', 'worst ms', 'RSS MB then', 'target'],
        rows,
        notes: ['Polled every millisecond. Files are in the page cache, as on a second start.', quietNote(rounds)],
      },
    ],
    rounds: { start: rounds },
  };
};
