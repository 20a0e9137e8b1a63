import { createClient } from 'redis';
// @boundaries-ignore Redis is found as the tests of the cache find it
import { findRedis, startRedis } from '../../packages/cache/test/support/redis-server.ts';
import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, quantile, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { type DurablePeer, installDurablePeer } from '../peers/durable.ts';
import type { DurableJob, DurableResult } from './batch-durable/child.ts';
import { effectsName, engineName, floorName, journalName, ownSides } from './batch-durable/own-sides.ts';
import { peerSides } from './batch-durable/peer-sides.ts';
import type { DurableSide } from './batch-durable/runner.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./batch-durable/child.ts', import.meta.url);
const many = 1_000;
const few = 50;
const targetUs = 60;
const targetP95Ms = 25;

interface Measured {
  readonly ms: number;
  readonly p95Ms: number;
  readonly worstMs: number;
}

const packagesOf: Readonly<Record<string, DurablePeer>> = {
  bullmq: 'bullmq',
  langgraph: 'langgraph',
  'langgraph in memory': 'langgraph',
  mastra: 'mastra',
};

/** Installs what the sides need; those that cannot be installed are left out, and the reason is told. */
const installed = async (sides: readonly DurableSide[], missing: string[]): Promise<readonly DurableSide[]> => {
  const there: DurableSide[] = [];
  for (const side of sides) {
    const name = packagesOf[side.name];
    try {
      if (name !== undefined) await installDurablePeer(name);
      if (side.name === 'bullmq' && findRedis() === undefined)
        throw new Error('it needs redis-server, which is not there.');
      there.push(side);
    } catch (error) {
      missing.push(`${side.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return there;
};

const startedRedis = async (isNeeded: boolean): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const program = isNeeded ? findRedis() : undefined;
  if (program === undefined) return { url: '', stop: async () => {} };
  const redis = await startRedis(program);
  const client = createClient({ url: redis.url });
  await client.connect();
  // As Redis comes: a second of it may be lost with the power.
  await client.configSet('appendfsync', 'everysec');
  client.destroy();
  return redis;
};

/** What it costs to have a step survive what befalls its process. */
export const scenario: Scenario = {
  title: 'Durable steps that do nothing',
  run: async ({ quick, sides: asked, profile, log }) => {
    const missing: string[] = [];
    const sides = await installed(chosenOf([...ownSides, ...peerSides], asked), missing);
    const redis = await startedRedis(sides.some(({ name }) => name === 'bullmq'));
    const measure = (side: string, count: number, repeats: number): Measured => {
      const job: DurableJob = { side, count, repeats, redisUrl: redis.url };
      const name = profile ? `durable-${count}-${side}` : undefined;
      const { ms } = measureInChild<DurableResult>(childScript, job, { profile: name });
      return { ms: median(ms), p95Ms: quantile(ms, 0.95), worstMs: Math.max(...ms) };
    };
    const roundsOf = (count: number, repeats: number): Promise<Round<Measured>[]> =>
      interleave(
        sides.map(({ name }) => ({ name, measure: async () => measure(name, count, repeats) })),
        quick ? 1 : 3,
        { log },
      );
    try {
      const rounds = { many: await roundsOf(many, quick ? 3 : 4), few: await roundsOf(few, quick ? 20 : 40) };
      const manyUs = (side: string): number => typicalOf(rounds.many, side, ({ ms }) => (ms * 1000) / many);
      const fewP95 = (side: string): number => typicalOf(rounds.few, side, ({ p95Ms }) => p95Ms);
      const xFloor = (ratio: number): number | string => (Number.isNaN(ratio) ? '' : rounded(ratio));
      const isOwn = (name: string, ...names: readonly string[]): boolean => names.includes(name);
      return {
        tables: [
          {
            id: 'batch-durable-steps',
            title: `A run of ${many.toLocaleString('en-US')} durable steps, us a step`,
            columns: ['side', 'survives', 'median us', 'worst us', `x ${floorName}`, 'target'],
            rows: sides.map(({ name, survives }) => [
              name,
              survives,
              rounded(manyUs(name)),
              rounded(Math.max(...valuesOf(rounds.many, name, ({ worstMs }) => (worstMs * 1000) / many))),
              xFloor(manyUs(name) / manyUs(floorName)),
              isOwn(name, journalName, engineName, effectsName) ? verdict(manyUs(name), targetUs, 'at-most', 'us') : '',
            ]),
            notes: [...describe(sides), ...missing, quietNote(rounds.many)],
          },
          {
            id: 'batch-durable-run',
            title: `A run of ${few} durable steps, ms from its start until it is committed`,
            columns: ['side', 'survives', 'median ms', 'p95 ms', 'worst ms', `x ${floorName}`, 'target'],
            rows: sides.map(({ name, survives }) => {
              const ms = (side: string): number => typicalOf(rounds.few, side, (measured) => measured.ms);
              return [
                name,
                survives,
                rounded(ms(name)),
                rounded(fewP95(name)),
                rounded(Math.max(...valuesOf(rounds.few, name, ({ worstMs }) => worstMs))),
                xFloor(ms(name) / ms(floorName)),
                isOwn(name, engineName, effectsName) ? verdict(fewP95(name), targetP95Ms, 'at-most', 'ms') : '',
              ];
            }),
            notes: [
              'A process and a folder of its own for each window; p95 is the median of those of the windows.',
              quietNote(rounds.few),
            ],
          },
        ],
        rounds,
      };
    } finally {
      await redis.stop();
    }
  },
};
