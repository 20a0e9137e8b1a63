import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CacheStore, createCache } from '../../src/index.ts';
import { sqliteStore, verifySqlite } from '../../src/stores/sqlite.ts';
import { type JournalLine, keys, type Made, partOf } from '../children/journal.ts';
import { textOf } from '../support/children.ts';
import { temporaryPaths } from '../support/folder.ts';
import { findRedis, startRedis } from '../support/redis-server.ts';
import { checkHistory, type Played, readJournals, type Verdict } from './history.ts';

/** For how long each of the two long games goes on. */
const seconds = Number(process.env.HOTPATH_SOAK_SECONDS ?? 60);
const plantedSeconds = 8;

const newPath = temporaryPaths();
const instant = (): number => Number(process.hrtime.bigint());
const random = (below: number): number => Math.floor(Math.random() * below);

interface Player {
  readonly by: string;
  readonly child: ChildProcess;
  readonly complaints: Promise<string>;
  readonly exited: Promise<unknown[]>;
  readonly stops: [number, number][];
  endedAt: number;
}

const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill('SIGKILL');
});

interface Game {
  readonly path: string;
  readonly name: string;
  readonly players: number;
  readonly url?: string;
  /** Of the first player. */
  readonly flaw?: string;
}

/** What is in the file when all is over. */
const readAll = async (path: string): Promise<JournalLine[]> => {
  const cache = createCache<Made>({ tiers: [{ store: sqliteStore({ path }) as CacheStore }] });
  const lines: JournalLine[] = [];
  for (const key of keys) {
    const from = instant();
    const found = await partOf(cache, key).get(key);
    lines.push({ op: 'read', key, how: 'get', from, to: instant(), ...(found !== undefined && { found }) });
  }
  await cache.close();
  return lines;
};

/** Plays on one file, stopping, killing and starting processes, one at a time, until the time is over. */
const play = async ({ path, name, players, url = '', flaw = '' }: Game, forSeconds: number): Promise<Played[]> => {
  const script = fileURLToPath(new URL('../children/player.ts', import.meta.url));
  const all: Player[] = [];
  const start = async (place: number): Promise<Player> => {
    const by = `${name}-${place}-${all.length}`;
    const child = spawn(process.execPath, [script, by, path, url, place === 0 ? flaw : ''], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => {});
    alive.add(child);
    const player: Player = {
      by,
      child,
      complaints: textOf(child.stderr),
      exited: once(child, 'exit'),
      stops: [],
      endedAt: Number.POSITIVE_INFINITY,
    };
    void player.exited.then(() => {
      player.endedAt = instant();
      alive.delete(child);
    });
    all.push(player);
    // A machine none of whose processes hears the others is not what is played here.
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), player.exited]);
    return player;
  };
  mkdirSync(dirname(path), { recursive: true });
  const present = await Promise.all(Array.from({ length: players }, (_, place) => start(place)));
  const endsAt = performance.now() + forSeconds * 1_000;
  while (performance.now() < endsAt) {
    await sleep(100 + random(500));
    const place = random(players);
    const player = present[place];
    if (player === undefined) continue;
    if (random(3) > 0) {
      const from = instant();
      player.child.kill('SIGSTOP');
      await sleep(random(4) === 0 ? random(1_500) : random(200));
      player.child.kill('SIGCONT');
      player.stops.push([from, instant()]);
    } else {
      player.child.kill('SIGKILL');
      await player.exited;
      present[place] = await start(place);
    }
  }
  for (const { child } of present) child.stdin?.end();
  const ends = await Promise.all(
    present.map(({ exited }) => Promise.race([exited, sleep(60_000, ['hangs'], { ref: false })])),
  );
  expect(ends).toEqual(present.map(() => [0, null]));
  expect(await Promise.all(all.map(({ complaints }) => complaints))).toEqual(all.map(() => ''));
  const journals = readJournals(path);
  return [
    ...all.map(({ by, stops, endedAt }) => ({ by, machine: name, lines: journals.get(by) ?? [], stops, endedAt })),
    { by: `${name}-afterwards`, machine: name, lines: await readAll(path), stops: [], endedAt: instant() },
  ];
};

const report = ({ counts, problems }: Verdict, played: readonly Played[]): void => {
  const stops = played.reduce((sum, each) => sum + each.stops.length, 0);
  const faults = new Map<string, number>();
  for (const { lines } of played)
    for (const line of lines) if (line.op === 'fault') faults.set(line.what, (faults.get(line.what) ?? 0) + 1);
  console.log({ processes: played.length, stops, ...counts, problems: problems.length });
  console.log([...faults].map(([what, times]) => `${times} x ${what}`).join('\n'));
};

const expectWhole = async (path: string): Promise<void> => {
  const left = readdirSync(dirname(path)).filter((file) => !file.includes('.journal-'));
  expect(left).toEqual([basename(path)]);
  expect(await verifySqlite(path)).toMatchObject({ unreadable: [] });
};

const expectSound = (played: readonly Played[], verdict: Verdict): void => {
  report(verdict, played);
  expect(verdict.problems.slice(0, 10)).toEqual([]);
  expect(verdict.counts.hangs).toBeUndefined();
};

const longGame = { timeout: (seconds + 180) * 1_000 };

describe('processes that are stopped, killed and started again', () => {
  it('on one file answer nothing old, lose nothing acknowledged, and never hang', longGame, async () => {
    const path = newPath();
    const played = await play({ path, name: 'machine', players: 4 }, seconds);
    expectSound(played, checkHistory(played));
    await expectWhole(path);
  });

  const program = findRedis();
  it.skipIf(program === undefined)('on two machines with a Redis beside do neither', longGame, async () => {
    const redis = await startRedis(program ?? '');
    onTestFinished(() => redis.stop());
    const machines = ['here', 'there'].map((name) => ({ path: newPath(), name, players: 2, url: redis.url }));
    const played = (await Promise.all(machines.map((game) => play(game, seconds)))).flat();
    expectSound(played, checkHistory(played, { newsMs: 3_000 }));
    for (const { path } of machines) await expectWhole(path);
  });
});

describe('a flaw that is planted', { timeout: 120_000 }, () => {
  it.each(['hears nothing', 'flushes nothing', 'brings old loads back'])(
    'in a process that %s is found',
    async (flaw) => {
      const played = await play({ path: newPath(), name: 'machine', players: 3, flaw }, plantedSeconds);
      const verdict = checkHistory(played);
      report(verdict, played);
      expect(verdict.problems.length).toBeGreaterThan(0);
    },
  );
});
