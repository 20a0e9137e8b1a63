import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { AnswerHead, AnswerSink, Exchange } from '@hotpath/runtime';
import { afterEach } from 'vitest';
import { type Batches, type BatchesOptions, openBatches } from '../../src/batches/batches.ts';
import { hasEnded } from '../../src/batches/records.ts';
import { readFileFields } from '../../src/routes/batch-request.ts';

export { sqliteMissing } from '../keys/support.ts';

export const start = Date.UTC(2026, 10, 21, 15, 30);
export const hour = 3_600_000;
export const owner = { id: 'somebody', keyId: null, tenant: 'default' };

const folders: string[] = [];
const opened: Batches[] = [];
const atOnce = AbortSignal.abort();

afterEach(async () => {
  await Promise.all(opened.splice(0).map((batches) => batches.close(atOnce)));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, removed after the test. */
export const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-batches-'));
  folders.push(folder);
  return folder;
};

export const head = (fields: Partial<AnswerHead> = {}): AnswerHead => ({
  status: 200,
  contentType: 'application/json',
  headers: {},
  provider: 'p',
  model: 'm',
  cache: 'miss',
  usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 1 },
  ...fields,
});

/** What a request asks, which its answer says again. */
export const promptOf = ({ body }: Exchange): string =>
  String((body.messages as unknown as readonly { readonly content: string }[])[0]?.content);

export const answerOf = (exchange: Exchange): Buffer => Buffer.from(JSON.stringify({ said: promptOf(exchange) }));

/** A call that a test answers, or not. */
export interface Call {
  readonly exchange: Exchange;
  readonly sink: AnswerSink;
  hasLeft: boolean;
}

/** Stands for the router: keeps what it is asked, and answers as it is told. */
export const fakeRouter = (reply?: (call: Call) => void) => {
  const calls: Call[] = [];
  return {
    calls,
    answer(exchange: Exchange, sink: AnswerSink) {
      const call: Call = { exchange, sink, hasLeft: false };
      calls.push(call);
      // As a network would: later.
      setImmediate(() => (reply ? reply(call) : sink.whole(head(), answerOf(exchange))));
      return {
        leave() {
          call.hasLeft = true;
          return undefined;
        },
        resume() {},
      };
    },
  };
};

export const open = (options: Partial<BatchesOptions> & Pick<BatchesOptions, 'router'>): Batches => {
  let requests = 0;
  const batches = openBatches({
    folder: makeFolder(),
    costOf: () => 0,
    newRequestId: () => `request-${++requests}`,
    now: () => start,
    wait: async () => {},
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  opened.push(batches);
  return batches;
};

const incoming = (body: Buffer, headers: Record<string, string>): IncomingMessage => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.byteLength; at += 1000) pieces.push(body.subarray(at, at + 1000));
  return Object.assign(Readable.from(pieces), { headers, complete: true }) as unknown as IncomingMessage;
};

export const line = (id: string, body: object = {}) => ({
  custom_id: id,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'm', messages: [{ role: 'user', content: id }], ...body },
});

export const textOf = (lines: readonly unknown[]): string =>
  lines.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');

export const formOf = (text: string | Buffer, fields: Record<string, string> = { purpose: 'batch' }) => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = '--edge\r\ncontent-disposition: form-data; name="file"; filename="in.jsonl"\r\n\r\n';
  const body = Buffer.concat([Buffer.from(parts.join('') + file), Buffer.from(text), Buffer.from('\r\n--edge--\r\n')]);
  return incoming(body, { 'content-type': 'multipart/form-data; boundary=edge' });
};

export const upload = (batches: Batches, lines: readonly unknown[], by = owner) =>
  batches.addFile(by, formOf(textOf(lines)), readFileFields);

/** Uploads lines and makes a batch of them. */
export const submit = async (batches: Batches, lines: readonly unknown[], by = owner) => {
  const { id } = await upload(batches, lines, by);
  return batches.addBatch(by, { inputFileId: id, endpoint: '/v1/chat/completions', metadata: null, headers: {} });
};

export const submitMessages = (batches: Batches, requests: unknown, by = owner) =>
  batches.addMessageBatch(
    by,
    incoming(Buffer.from(typeof requests === 'string' ? requests : JSON.stringify({ requests })), {}),
    {},
  );

export const message = (id: string) => ({
  custom_id: id,
  params: { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: id }] },
});

/** Resolves when something holds, looked at whenever others had their turn. */
export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

export const finished = async (batches: Batches, id: string, by = owner) => {
  await until(() => hasEnded(batches.batch(by, 'openai', id)));
  return batches.batch(by, 'openai', id);
};

const read = async (stream: Readable): Promise<string> => Buffer.concat(await stream.toArray()).toString();

export const parseLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((each) => JSON.parse(each));

export const linesOf = async (batches: Batches, fileId: string | null, by = owner) =>
  fileId === null ? [] : parseLines(await read(batches.content(by, fileId).stream));

export const resultsOf = async (batches: Batches, id: string) =>
  parseLines(await read((await batches.results(owner, id)).stream));

export const ids = (count: number) => Array.from({ length: count }, (_, at) => `id-${at}`);
export const answer = ({ exchange, sink }: Call) => sink.whole(head(), answerOf(exchange));
export const nobody = () => {};
export const customIds = (lines: readonly { custom_id: string }[]) => lines.map(({ custom_id: id }) => id);
