import { fileURLToPath } from 'node:url';
import { freePort, launch } from '../harness/process.ts';
import { interleave, type Side, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';

const upstreamScript = fileURLToPath(new URL('../peers/upstream.ts', import.meta.url));
const prompts = 20;
const latencyMs = 100;
const targetRatio = 18;

/** What asking twenty things at once saves against asking one after another. */
export const scenario: Scenario = {
  title: `batchQuery: ${prompts} prompts, ${latencyMs} ms each at the upstream`,
  run: async ({ quick, log }) => {
    const { createRouter, openaiCompatible } = await import('@hotpath/ai-router');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const upstream = await launch({
      name: 'upstream',
      args: [upstreamScript, '--port', String(port), '--answer-ms', String(latencyMs)],
      core: 1,
      readyUrl: url,
    });
    const router = createRouter({
      providers: [openaiCompatible({ id: 'loopback', baseUrl: `${url}/v1`, apiKey: 'key' })],
    });
    try {
      const queries = (round: number) =>
        Array.from({ length: prompts }, (_, index) => ({
          model: 'loopback/gpt-4o-mini',
          prompt: `Round ${round}, prompt ${index}.`,
        }));
      const timed = async (work: () => Promise<void>): Promise<number> => {
        const started = performance.now();
        await work();
        return performance.now() - started;
      };
      const batch = (round: number) => async (): Promise<void> => {
        const results = await router.batchQuery(queries(round), { concurrency: prompts });
        const failed = results.filter((result) => !result.ok).length;
        if (failed > 0 || results.length !== prompts) throw new Error(`${failed} of ${results.length} answers failed.`);
      };
      const sides: Side<number>[] = [
        {
          name: 'one after another',
          measure: (round) =>
            timed(async () => {
              for (const query of queries(round)) await router.query(query);
            }),
        },
        { name: `batchQuery, concurrency ${prompts}`, measure: (round) => timed(batch(round)) },
      ];
      await batch(-1)();
      const rounds = await interleave(sides, quick ? 2 : 5, { log });
      const medians = sides.map(({ name }) => median(valuesOf(rounds, name, (ms) => ms)));
      const rows = sides.map(({ name }, index) => {
        const values = valuesOf(rounds, name, (ms) => ms);
        const ratio = (medians[0] ?? Number.NaN) / median(values);
        return [
          name,
          rounded(median(values)),
          rounded(Math.max(...values)),
          rounded(ratio),
          index === 0 ? '' : verdict(ratio, targetRatio, 'at-least', 'x'),
        ];
      });
      return {
        tables: [
          {
            id: 'batch-query',
            title: `${prompts} prompts, upstream answers after ${latencyMs} ms, ${rounds.length / sides.length} rounds`,
            columns: ['way', 'median ms', 'worst ms', 'times faster', 'target'],
            rows,
          },
        ],
        rounds: { batch: rounds },
      };
    } finally {
      await router.close();
      await upstream.stop();
    }
  },
};
