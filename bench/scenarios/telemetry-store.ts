import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { AskResult, IngestResult, StoreJob } from './telemetry-store/child.ts';
import { storeOf } from './telemetry-store/store-file.ts';

const childScript = new URL('./telemetry-store/child.ts', import.meta.url);
const ownName = 'hotpath';

const ingestSides = [
  {
    name: 'rows alone',
    side: 'rows alone',
    note: 'the floor: the same rows in a table, a transaction for each batch, in the thread that records; no sums',
  },
  {
    name: 'hotpath, same thread',
    side: 'same thread',
    note: 'events with their sums of five minutes and of an hour, in the thread that records',
  },
  { name: ownName, side: 'thread', note: 'the same in a thread of its own, as a gateway has it' },
  {
    name: 'busy thread',
    side: 'busy thread',
    note: 'the control: a thread that is as busy with nothing, and no telemetry; what stalls there is of the machine',
  },
] as const;

const askSides = [
  {
    name: 'raw rows',
    side: 'raw rows',
    note: 'the naive way: every row of the week read in the order of its time taken, as percentiles want',
  },
  {
    name: ownName,
    side: 'thread',
    note: 'a summary by model, with percentiles, tokens, savings, hit rates and the week before, from sums',
  },
] as const;

/** What the store of events takes, and how fast it answers. */
export const scenario: Scenario = {
  title: 'The store of events',
  run: async ({ quick, log }) => {
    const requests = quick ? 100_000 : 1_000_000;
    const events = quick ? 50_000 : 400_000;
    log(`a store of ${requests} requests, made once`);
    const path = await storeOf(requests);
    const rounds = quick ? 2 : 5;
    const run = <Result>(job: StoreJob): Result => measureInChild<Result>(childScript, job);
    const ingested = await interleave(
      ingestSides.map(({ name, side }) => ({
        name,
        measure: async () => run<IngestResult>({ work: 'ingest', side, events }),
      })),
      rounds,
      { log },
    );
    const asked = await interleave(
      askSides.map(({ name, side }) => ({
        name,
        measure: async () => run<AskResult>({ work: 'ask', side, path, requests }),
      })),
      rounds,
      { log },
    );
    const told = (name: string, pick: (result: AskResult) => number): number => typicalOf(asked, name, pick);
    return {
      tables: [
        {
          id: 'telemetry-store-ingest',
          title: `Requests written, ${events.toLocaleString('en-US')} in batches of 1,000`,
          columns: ['side', 'events/s', 'worst', 'longest stall ms', 'worst stall ms', 'own stall ms', 'target'],
          rows: ingestSides.map(({ name, side }) => {
            const perSecond = typicalOf(ingested, name, (result) => result.perSecond);
            const stallMs = typicalOf(ingested, name, (result) => result.stallMs);
            const ownStallMs = typicalOf(ingested, name, (result) => result.ownStallMs);
            const isControl = side === 'busy thread';
            return [
              name,
              isControl ? '' : rounded(perSecond),
              isControl ? '' : rounded(Math.min(...valuesOf(ingested, name, (result) => result.perSecond))),
              rounded(stallMs),
              rounded(Math.max(...valuesOf(ingested, name, (result) => result.stallMs))),
              rounded(ownStallMs),
              name === ownName
                ? `${verdict(perSecond, 200_000, 'at-least', '/s')}; own stall ${verdict(ownStallMs, 2, 'at-most', 'ms')}`
                : '',
            ];
          }),
          notes: [
            'A process and an empty file for each window; a turn of the event loop after each batch, at most four under way. Events have the times of a stream of 200,000 a second. A stall is how much later than a millisecond a timer of the thread that records comes; the own one is without the time in which that thread was ready and had no core, as the kernel counts it.',
            ...ingestSides.map(({ name, note }) => `${name}: ${note}.`),
            quietNote(ingested),
          ],
        },
        {
          id: 'telemetry-store-ask',
          title: `A week of ${requests.toLocaleString('en-US')} requests summed up by model`,
          columns: ['side', 'first ms', 'another time ms', 'worst ms', 'asked again ms', 'target'],
          rows: askSides.map(({ name }) => [
            name,
            rounded(told(name, ({ firstMs }) => firstMs)),
            rounded(told(name, ({ newMs }) => newMs)),
            rounded(Math.max(...valuesOf(asked, name, ({ worstMs }) => worstMs))),
            rounded(told(name, ({ heldMs }) => heldMs)),
            name === ownName
              ? `first ${verdict(
                  told(name, ({ firstMs }) => firstMs),
                  200,
                  'at-most',
                  'ms',
                )}; another time ${verdict(
                  told(name, ({ newMs }) => newMs),
                  50,
                  'at-most',
                  'ms',
                )}`
              : '',
          ]),
          notes: [
            'A process for each window, which asks its thread: "first" with the opening of the file, "another time" for weeks that end at other hours, "asked again" for one that is held. The file is in the page cache.',
            ...askSides.map(({ name, note }) => `${name}: ${note}.`),
            quietNote(asked),
          ],
        },
      ],
      rounds: { ingest: ingested, ask: asked },
    };
  },
};
