import { join } from 'node:path';
import { openEventStore } from '@hotpath/runtime/analytics';
import { requestKind } from '@hotpath/runtime/telemetry';
import { freshMachine, type Machine } from './built.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface MadeRequest {
  readonly atMs: number;
  readonly names?: Readonly<Record<string, string>>;
  /** In microseconds and millionths of a dollar. */
  readonly figures?: Readonly<Record<string, number>>;
  readonly id?: string;
  /** Of its prompt: hashes. */
  readonly shape?: string;
  readonly exact?: string;
}

const usual: Readonly<Record<string, string>> = {
  protocol: 'openai-chat',
  provider: 'openai',
  model: 'gpt-5-mini',
  key: 'key_1',
  command: 'serve',
  outcome: 'complete',
  cache: 'miss',
  stream: 'no',
};

/** Records requests in the file of events. */
export const recordRequests = async (path: string, requests: readonly MadeRequest[]): Promise<void> => {
  const store = openEventStore({ path });
  const { dimensionNames, measureNames, textNames } = requestKind;
  const width = 2 + measureNames.length;
  const rows = new Float64Array(requests.length * width);
  const texts: (string | undefined)[] = [];
  requests.forEach(({ atMs, figures = {}, id: request_id, ...hashes }, row) => {
    rows.set([atMs, row, ...measureNames.map((name) => figures[name] ?? Number.NaN)], row * width);
    const own: Readonly<Record<string, unknown>> = { request_id, ...hashes };
    texts.push(...textNames.map((name) => own[name] as string | undefined));
  });
  const namesOf = (row: number): readonly string[] =>
    dimensionNames.map((name) => requests[row]?.names?.[name] ?? usual[name] ?? '');
  store.write([{ kind: requestKind, count: requests.length, rows, texts, namesOf }]);
  await store.close();
};

/** The file of events of a machine's user. */
export const eventFile = ({ folder }: Machine): string => join(folder, 'home', 'state', 'events.sqlite');

/** A machine whose gateway has been asked: every ten minutes of the last two weeks, and this week at twice the time. */
export const busyMachine = async (): Promise<Machine> => {
  const machine = freshMachine();
  const nowMs = Date.now();
  const requests = Array.from({ length: 14 * 144 - 1 }, (_, index): MadeRequest => {
    const atMs = nowMs - (index + 1) * (hourMs / 6);
    const isHit = index % 4 === 1;
    const isFailed = index % 50 === 3;
    const slowness = atMs > nowMs - 7 * dayMs ? 2 : 1;
    return {
      atMs,
      id: `req_${index}`,
      names: {
        ...(isHit && { cache: 'hit' }),
        ...(isFailed && { outcome: 'failed', code: 'ROUTER_TIMEOUT' }),
        ...(index % 3 === 0 && { model: 'claude-haiku-4-5', provider: 'anthropic', key: 'key_2' }),
      },
      figures: {
        duration: isHit ? 1000 : 1e6 * slowness * (1 + ((index * 7) % 100) / 100),
        first_token: isHit ? 900 : 4e5 * slowness * (1 + ((index * 13) % 100) / 100),
        ...(isHit ? { saved_cache: 2000 } : { cost: 2000, input: 100, output: 50 }),
      },
    };
  });
  await recordRequests(eventFile(machine), requests);
  return machine;
};
