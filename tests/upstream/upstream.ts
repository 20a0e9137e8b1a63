import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerTo } from './answer.ts';
import { anthropic } from './anthropic.ts';
import { type AcceptedBatch, type BatchReply, createBatchDesk, type SubmitFault } from './batches.ts';
import type { Dialect, Headers, RequestBody } from './dialect.ts';
import { type Fault, parseFault } from './faults.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';
import { openai } from './openai.ts';
import { playScript } from './play.ts';
import { createRecorder, type RecordedRequest, type WaitOptions } from './record.ts';
import { replyScript, type Script, scriptOf } from './script.ts';

export interface UpstreamOptions extends Partial<Knobs> {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
}

export interface InjectOptions {
  /** How many requests meet the fault. @default Infinity, until `reset` */
  readonly times?: number;
  /** Which requests meet it. @default 'answers', everything but the model list */
  readonly on?: 'answers' | 'models';
}

/** A loopback service that speaks OpenAI's and Anthropic's protocols, remembers what it was asked and fails on demand. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  /** Base URL for Anthropic clients, such as `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Base URL for OpenAI clients: `url` with `/v1`. */
  readonly openaiUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Requests open now. */
  readonly active: number;
  /** Connections open now. */
  readonly connections: number;
  /** Lets the next requests fail. Faults queue up; a fault told by the request itself comes first. */
  inject(fault: Fault | Fault['name'], options?: InjectOptions): void;
  /** Batches that were accepted, those of OpenAI and of Anthropic. */
  readonly batches: readonly AcceptedBatch[];
  /** Lets the next batches that are made meet a fault. @default times 1 */
  injectBatch(fault: SubmitFault, options?: { readonly times?: number }): void;
  /** Ends the batches that run. */
  finishBatches(): void;
  /** Drops the faults that are still to come. */
  heal(): void;
  /** Changes how answers are made from now on. */
  set(knobs: Partial<Knobs>): void;
  /** Forgets closed requests and injected faults, and puts the knobs back to what the options said. */
  reset(): void;
  /** Resolves once the predicate holds, checked at every request and close. Rejects after `timeoutMs`, default 5000. */
  waitFor(predicate: (upstream: Upstream) => boolean, options?: WaitOptions): Promise<void>;
  /** Drops every connection; safe to call twice. */
  close(): Promise<void>;
}

interface Injection {
  readonly fault: Fault;
  readonly on: 'answers' | 'models';
  left: number;
}

const faultHeader = 'x-upstream-fault';
const faultModel = 'fault:';
const normal: Fault = { name: 'none' };
const resetScript: Script = { steps: [{ do: 'reset' }] };

const batchScript = (
  { status, contentType = 'application/json', body, instead }: BatchReply,
  headers: Headers,
): Script =>
  instead
    ? { steps: [{ do: instead }] }
    : {
        steps: [
          { do: 'head', status, headers: { 'content-type': contentType, ...headers } },
          { do: 'write', bytes: body },
          { do: 'end' },
        ],
      };

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const parseBody = (bytes: Buffer): RequestBody | undefined => {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

const dialectOf = (request: IncomingMessage, path: string): Dialect =>
  path === '/v1/messages' ||
  request.headers['anthropic-version'] !== undefined ||
  request.headers['x-api-key'] !== undefined
    ? anthropic
    : openai;

const routes: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'POST',
  '/v1/messages': 'POST',
  '/v1/models': 'GET',
};

/** Starts an upstream. Rejects when the port is taken. */
export const startUpstream = async (options: UpstreamOptions = {}): Promise<Upstream> => {
  const { port = 0, host = '127.0.0.1', ...given } = options;
  const initial: Knobs = { ...defaultKnobs, ...given };
  let knobs = initial;
  let injections: Injection[] = [];
  let requestCount = 0;
  let connectionCount = 0;
  const connections = new Map<Socket, number>();
  const doomed = new WeakSet<Socket>();
  const recorder = createRecorder();
  const desk = createBatchDesk(() => knobs);

  const nextInjected = (on: Injection['on']): Fault | undefined => {
    const injection = injections.find((candidate) => candidate.on === on && candidate.left > 0);
    if (injection === undefined) return undefined;
    injection.left--;
    return injection.fault;
  };

  const faultOf = (request: IncomingMessage, model: unknown, on: Injection['on']): Fault => {
    const header = request.headers[faultHeader];
    if (typeof header === 'string') return parseFault(header);
    if (typeof model === 'string' && model.startsWith(faultModel)) return parseFault(model.slice(faultModel.length));
    return nextInjected(on) ?? (on === 'answers' ? knobs.chooseFault?.() : undefined) ?? normal;
  };

  const scriptFor = (request: IncomingMessage, record: RecordedRequest, path: string): Script => {
    const dialect = dialectOf(request, path);
    const headers = dialect.headers(record.id);
    const refuse = (status: number, message: string): Script =>
      replyScript(dialect.invalidRequest(status, message, record.id), headers);
    const type = request.headers['content-type'] ?? '';
    const reply = desk.reply(request.method ?? '', request.url ?? '/', record.body, type);
    if (reply) return batchScript(reply, headers);
    const method = routes[path];
    if (method === undefined) return refuse(404, `Invalid URL (${request.method} ${path})`);
    if (method !== request.method)
      return refuse(405, `Not allowed to ${request.method} on ${path} (HINT: try ${method})`);
    const asksModels = path === '/v1/models';
    const body = asksModels ? {} : parseBody(record.body);
    if (body === undefined) return refuse(400, 'We could not parse the JSON body of your request.');

    let fault: Fault;
    try {
      fault = faultOf(request, body.model, asksModels ? 'models' : 'answers');
    } catch (error) {
      return refuse(400, error instanceof Error ? error.message : String(error));
    }
    if (fault !== normal) record.fault = fault.name;
    const list = { status: 200, body: dialect.models(knobs.models) };
    if (asksModels && fault === normal) return replyScript(list, headers);
    const complaint = asksModels ? undefined : dialect.complaint(request.headers, body, knobs.requireKey, record.id);
    if (complaint !== undefined) return replyScript(complaint, headers);

    const prompt = dialect.prompt(body);
    if (knobs.rejectPrefill && prompt.endsWithAssistant)
      return refuse(
        400,
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      );
    const used = fault.name === 'huge-answer' ? { ...knobs, answerBytes: (fault.mb ?? 8) * 1_048_576 } : knobs;
    const answer = answerTo(prompt, used, fault.of);
    const scene = { dialect, requestId: record.id, answer, knobs: used, fault };
    if (asksModels)
      return scriptOf({
        ...scene,
        dialect: { ...dialect, answer: () => list.body },
        stream: false,
        streamUsage: false,
      });
    const script = scriptOf({ ...scene, stream: prompt.stream, streamUsage: prompt.streamUsage });
    if (script.steps.some((step) => step.do === 'head' && step.status === 200))
      record.usage = { inputTokens: answer.inputTokens, outputTokens: answer.tokens.length };
    return script;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const record: RecordedRequest = {
      id: `req_${String(++requestCount).padStart(24, '0')}`,
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: Buffer.alloc(0),
      connection: connections.get(socket) ?? 0,
      aborted: false,
      openedAt: performance.now(),
    };
    recorder.add(record);
    const gone = new AbortController();
    let ours = false;
    response.once('close', () => {
      record.aborted = !response.writableFinished && !ours;
      record.closedAt = performance.now();
      gone.abort();
      recorder.changed();
    });
    try {
      record.body = await bodyOf(request);
      recorder.changed();
      const reused = doomed.has(socket);
      if (reused) record.fault = 'close-on-reuse';
      const script = reused ? resetScript : scriptFor(request, record, path);
      if (script.afterwards === 'reset-next') doomed.add(socket);
      if (script.afterwards === 'close') response.once('finish', () => setImmediate(() => socket.destroy()));
      if (typeof script.afterwards === 'object') {
        const { bytes, afterMs } = script.afterwards;
        response.once('finish', () =>
          afterMs > 0 ? setTimeout(() => socket.write(bytes), afterMs) : socket.write(bytes),
        );
      }
      const breaks = script.steps.findIndex((step) => step.do === 'destroy' || step.do === 'reset');
      if (breaks < 0) await playScript(script, response, gone.signal);
      else {
        await playScript({ steps: script.steps.slice(0, breaks) }, response, gone.signal);
        ours = !gone.signal.aborted;
        await playScript({ steps: script.steps.slice(breaks) }, response, gone.signal);
      }
    } catch {
      // The client left while its body was being read; the record says so.
      response.destroy();
    }
  };

  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, noDelay: true }, (request, response) => {
    void serve(request, response);
  });
  server.on('connection', (socket) => {
    connections.set(socket, ++connectionCount);
    socket.once('close', () => connections.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host}:${bound}`;
  let closing: Promise<void> | undefined;

  const upstream: Upstream = {
    port: bound,
    url,
    openaiUrl: `${url}/v1`,
    get requests() {
      return recorder.requests;
    },
    get active() {
      return recorder.active;
    },
    get connections() {
      return connections.size;
    },
    inject: (fault, { times = Number.POSITIVE_INFINITY, on = 'answers' } = {}) => {
      injections.push({ fault: typeof fault === 'string' ? parseFault(fault) : fault, on, left: times });
    },
    get batches() {
      return desk.accepted;
    },
    injectBatch: (fault, { times = 1 } = {}) => desk.fault(fault, times),
    finishBatches: () => desk.finish(),
    heal: () => {
      injections = [];
    },
    set: (changes) => {
      knobs = { ...knobs, ...changes };
    },
    reset: () => {
      injections = [];
      desk.reset();
      knobs = initial;
      recorder.reset();
    },
    waitFor: (predicate, waitOptions) => recorder.waitFor(() => predicate(upstream), waitOptions),
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  };
  return upstream;
};
