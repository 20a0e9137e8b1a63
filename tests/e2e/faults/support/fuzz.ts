import { connect } from 'node:net';
import { type RawRequest, type RawUpstream, startRawUpstream, startUpstream } from '../../../upstream/index.ts';
import { type BareAnswer, sendBytes } from './bare-client.ts';
import { inPieces, mutateBytes, mutateJson, pick } from './mutate.ts';
import { canonicalText, type Protocol, type Rig, startRig } from './rig.ts';

type Random = () => number;

const paths = { openai: '/v1/chat/completions', anthropic: '/v1/messages' } as const;
const keys = {
  openai: ['authorization: Bearer mine'],
  anthropic: ['x-api-key: mine', 'anthropic-version: 2023-06-01'],
} as const;

const bodyOf = (protocol: Protocol, stream: boolean, model = 'route'): object => ({
  model,
  messages: [
    ...(protocol === 'openai' ? [{ role: 'system', content: 'Be brief.' }] : []),
    { role: 'user', content: [{ type: 'text', text: 'Say sixty words.' }] },
    { role: 'assistant', content: 'Which?' },
    { role: 'user', content: 'Any.' },
  ],
  stream,
  temperature: 0.5,
  max_tokens: 900,
  tools:
    protocol === 'openai'
      ? [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
      : [{ name: 'f', input_schema: { type: 'object' } }],
});

const requestOf = (protocol: Protocol, body: Buffer, more: readonly string[] = []): Buffer =>
  Buffer.concat([
    Buffer.from(
      [
        `POST ${paths[protocol]} HTTP/1.1`,
        'host: 127.0.0.1',
        'content-type: application/json',
        ...keys[protocol],
        ...more,
        `content-length: ${body.length}`,
        'connection: close',
        '\r\n',
      ].join('\r\n'),
    ),
    body,
  ]);

/** What must be so of every answer, however odd the request or the provider. Returns what is not. */
function dishonestyOf({ status, headers, body, isComplete, timedOut }: BareAnswer): string | undefined {
  if (timedOut) return 'a hang';
  if (status === 0) return undefined;
  const isStream = headers['content-type']?.toLowerCase().startsWith('text/event-stream') === true;
  if (!isComplete) return `status ${status}, and a body that breaks off`;
  // Node itself answers a request without `host`, and one that expects what nobody knows.
  if ((status === 400 || status === 417) && body === '') return undefined;
  if (status >= 400) {
    const error = parsed(body)?.error;
    const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
    return typeof message === 'string' && message !== ''
      ? undefined
      : `status ${status} without an error body: ${body.slice(0, 200)}`;
  }
  if (isStream)
    return endsWell(body) ? undefined : `a stream that ends in nothing: ${JSON.stringify(body.slice(-300))}`;
  return parsed(body) ? undefined : `status ${status}, which is no JSON: ${body.slice(0, 200)}`;
}

const parsed = (text: string): { readonly error?: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The last event is a terminator, or tells of an error. */
function endsWell(body: string): boolean {
  const last = body.split(/\r\n\r\n|\n\n|\r\r/).findLast((event) => /^data/m.test(event)) ?? '';
  return /\[DONE\]|"type": ?"message_stop"|event: ?message_stop|event: ?error|"error":/.test(last);
}

export interface Finding {
  readonly what: string;
  /** The bytes that brought it about, as Latin-1. */
  readonly input: string;
}

/** What is tried over and over: returns what it found. `statuses`: how many answers had which, 0 for none at all. */
export interface Fuzzer extends AsyncDisposable {
  readonly statuses: Map<number, number>;
  once(random: Random): Promise<Finding | undefined>;
}

const answerMs = 6_000;

const count = (statuses: Map<number, number>, status: number): void =>
  void statuses.set(status, (statuses.get(status) ?? 0) + 1);

/** Sends requests of which something is wrong to a gateway before upstreams that are well. */
export async function createRequestFuzzer(): Promise<Fuzzer> {
  const rig = await startRig({ fallback: 'anthropic', config: quick, server: { requestTimeoutMs: 1_000 } });
  const headers = [
    'x-a: \x80',
    'cache-control: no-store',
    'x-hotpath-fallback: ,,route,x/y',
    'expect: 100-continue',
    'content-encoding: gzip',
    'transfer-encoding: chunked',
    'content-length: 3',
    `x-long: ${'a'.repeat(20_000)}`,
    'origin: null',
    'upgrade: h2c',
    'x-hotpath-on-cut: restart',
    'content-type: text/plain',
    'host: [::1',
    'connection: upgrade',
  ];
  const statuses = new Map<number, number>();
  return {
    statuses,
    async once(random) {
      const protocol = pick(random, ['openai', 'anthropic'] as const);
      const body = bodyOf(protocol, random() < 0.5);
      const json = Buffer.from(JSON.stringify(random() < 0.6 ? mutateJson(body, random) : body));
      const more = random() < 0.3 ? [pick(random, headers)] : [];
      const plain = requestOf(protocol, random() < 0.4 ? mutateBytes(json, random) : json, more);
      const bytes = random() < 0.4 ? mutateBytes(plain, random) : plain;
      const answer = await sendBytes(rig.url, inPieces(bytes, random), answerMs);
      count(statuses, answer.status);
      const what = dishonestyOf(answer);
      return what === undefined ? undefined : { what, input: bytes.toString('latin1') };
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/** A gateway whose providers wait for nobody. */
const quick = {
  cache: { enabled: false },
  timeouts: { connectMs: 500, firstTokenMs: 400, idleMs: 400, totalMs: 1_500 },
  attempts: { backoffMs: 20 },
} as const;

/** Puts a gateway before providers that send real answers of which something is wrong. */
export async function createAnswerFuzzer(): Promise<Fuzzer> {
  const recorded = await recordAnswers();
  const inputs = new Map<string, Buffer>();
  let random: Random = Math.random;
  const answer = ({ socket, body, head }: RawRequest): void => {
    const protocol = head.includes(paths.anthropic) ? 'anthropic' : 'openai';
    const stream = parsedStream(body);
    // Now and then it answers in the other form, or in the other protocol.
    const form = random() < 0.95 ? stream : !stream;
    const original = recorded[`${random() < 0.97 ? protocol : 'openai'} ${form}`] as Buffer;
    const bytes = mutateBytes(original, random);
    inputs.set(String(/Say (\d+)\./.exec(body)?.[1]), bytes);
    for (const piece of inPieces(bytes, random)) socket.write(piece);
    const end = random();
    if (end < 0.4) socket.end();
    else if (end < 0.5) socket.resetAndDestroy();
  };
  const upstream: RawUpstream = await startRawUpstream(answer);
  const rigs: readonly Rig[] = await Promise.all(
    (['openai', 'anthropic'] as const).map((primary) => startRig({ primary, primaryAt: upstream, config: quick })),
  );
  const statuses = new Map<number, number>();
  let tries = 0;
  return {
    statuses,
    async once(next) {
      random = next;
      tries += 1;
      const number = String(tries);
      const protocol = pick(random, ['openai', 'anthropic'] as const);
      const json = JSON.stringify(bodyOf(protocol, random() < 0.6)).replace('Any.', `Say ${number}.`);
      const rig = pick(random, rigs);
      const got = await sendBytes(rig.url, [requestOf(protocol, Buffer.from(json))], answerMs);
      count(statuses, got.status);
      const what = dishonestyOf(got);
      const input = inputs.get(number)?.toString('latin1') ?? '';
      inputs.delete(number);
      return what === undefined ? undefined : { what, input };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(rigs.map((rig) => rig[Symbol.asyncDispose]()));
      await upstream.close();
    },
  };
}

const parsedStream = (body: string): boolean => (JSON.parse(body) as { stream?: unknown }).stream === true;

/** The bytes, head and all, of a whole and a streamed answer in each protocol. */
async function recordAnswers(): Promise<Readonly<Record<string, Buffer>>> {
  await using upstream = await startUpstream({ text: canonicalText.slice(0, 60), tokens: 6 });
  const answers: Record<string, Buffer> = {};
  for (const protocol of ['openai', 'anthropic'] as const) {
    for (const stream of [true, false]) {
      const body = Buffer.from(JSON.stringify(bodyOf(protocol, stream, 'gpt-4o')));
      answers[`${protocol} ${stream}`] = await new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        const socket = connect(upstream.port, '127.0.0.1', () => socket.write(requestOf(protocol, body)));
        socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        socket.on('close', () => resolve(Buffer.concat(chunks)));
      });
    }
  }
  return answers;
}
