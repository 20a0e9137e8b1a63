import { answerTo } from './answer.ts';
import { anthropic } from './anthropic.ts';
import type { RequestBody } from './dialect.ts';
import type { Knobs } from './knobs.ts';
import { openai } from './openai.ts';

/** A batch that was accepted. */
export interface AcceptedBatch {
  readonly id: string;
  readonly kind: 'openai' | 'anthropic';
  readonly customIds: readonly string[];
  readonly bodies: readonly RequestBody[];
  /** OpenAI's metadata. */
  readonly metadata: Readonly<Record<string, unknown>>;
  status: 'running' | 'ended' | 'expired' | 'failed' | 'cancelled';
  /** How often its status was asked for. */
  polls: number;
}

/**
 * What happens to a request that would make a batch. `refuse`: a 400. `server-error`, `reset`: it is not made, and a 500 or a
 * reset says so little. `accept-…`: it is made all the same; `accept-hang` never answers.
 */
export type SubmitFault = 'refuse' | 'server-error' | 'reset' | 'accept-server-error' | 'accept-reset' | 'accept-hang';

export interface BatchReply {
  readonly status: number;
  readonly contentType?: string;
  readonly body: Buffer;
  /** Instead of the reply. */
  readonly instead?: 'reset' | 'hang';
}

/** The files and batches of OpenAI and the message batches of Anthropic. */
export interface BatchDesk {
  readonly accepted: readonly AcceptedBatch[];
  fault(fault: SubmitFault, times: number): void;
  /** Ends those that run. */
  finish(): void;
  reset(): void;
  /** Undefined for a path that is none of its own. */
  reply(method: string, url: string, body: Buffer, contentType: string): BatchReply | undefined;
}

const json = (status: number, body: unknown): BatchReply => ({ status, body: Buffer.from(JSON.stringify(body)) });
const lines = (entries: readonly unknown[]): BatchReply => ({
  status: 200,
  contentType: 'application/x-jsonl',
  body: Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
});

const asObject = (value: unknown): RequestBody =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** The content of the field named `file`. */
const fileIn = (body: Buffer, contentType: string): string | undefined => {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
  const parts = boundary === undefined ? [] : body.toString().split(`--${boundary}`);
  const part = parts.find((text) => /content-disposition:[^\r\n]*name="file"/i.test(text));
  return part?.slice(part.indexOf('\r\n\r\n') + 4, -2);
};

/** A vector for each text. */
const embeddings = ({ input, model }: RequestBody): unknown => {
  const texts = Array.isArray(input) ? input : [input];
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: [String(text).length, 0.5] }));
  return { object: 'list', data, model, usage: { prompt_tokens: texts.length, total_tokens: texts.length } };
};

export const createBatchDesk = (knobs: () => Knobs): BatchDesk => {
  let batches: AcceptedBatch[] = [];
  let faults: SubmitFault[] = [];
  let listed = 0;
  let count = 0;
  const files = new Map<string, string>();

  const refusal = (kind: AcceptedBatch['kind'], status: number, message: string): BatchReply =>
    json(status, (kind === 'openai' ? openai : anthropic).invalidRequest(status, message, 'req_batch').body);

  const read = (batch: AcceptedBatch): void => {
    batch.polls += 1;
    if (batch.status === 'running' && batch.polls > knobs().batchPolls) end(batch);
  };
  const end = (batch: AcceptedBatch): void => {
    const outcome = knobs().batchOutcome;
    batch.status = outcome === 'answered' ? 'ended' : outcome;
  };

  const accept = (
    batch: Omit<AcceptedBatch, 'id' | 'status' | 'polls'>,
    told: (made: AcceptedBatch) => unknown,
  ): BatchReply => {
    const fault = faults.shift();
    if (fault === 'refuse') return refusal(batch.kind, 400, 'This request cannot be a batch.');
    const lost = { ...refusal(batch.kind, 500, 'Something went wrong.'), status: 500 };
    if (fault === 'server-error') return lost;
    if (fault === 'reset') return { ...lost, instead: 'reset' };
    const id = `${batch.kind === 'openai' ? 'batch' : 'msgbatch'}_${++count}`;
    const made: AcceptedBatch = { ...batch, id, status: 'running', polls: 0 };
    batches.push(made);
    if (fault === 'accept-server-error') return lost;
    if (fault === 'accept-reset') return { ...lost, instead: 'reset' };
    if (fault === 'accept-hang') return { ...lost, instead: 'hang' };
    return json(200, told(made));
  };

  /** What the batch answers to one of its requests; undefined where it is an error. */
  const answerOf = (kind: AcceptedBatch['kind'], body: RequestBody): unknown => {
    if (kind === 'openai' && body.input !== undefined) return embeddings(body);
    const dialect = kind === 'openai' ? openai : anthropic;
    const headers = { authorization: 'Bearer key', 'x-api-key': 'key', 'anthropic-version': '2023-06-01' };
    if (knobs().failItem?.(body) || dialect.complaint(headers, body, false, 'req_batch')) return undefined;
    return dialect.answer(answerTo(dialect.prompt(body), knobs(), undefined));
  };

  const openaiBatch = (batch: AcceptedBatch) => {
    const status = {
      running: 'in_progress',
      ended: 'completed',
      expired: 'expired',
      failed: 'failed',
      cancelled: 'cancelled',
    };
    const isOver = batch.status === 'ended' || batch.status === 'expired';
    return {
      id: batch.id,
      object: 'batch',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      created_at: Math.floor(Date.now() / 1000),
      status: status[batch.status],
      metadata: batch.metadata,
      request_counts: { total: batch.customIds.length, completed: 0, failed: 0 },
      ...(batch.status === 'ended' && { output_file_id: `out_${batch.id}` }),
      ...(isOver && { error_file_id: `err_${batch.id}` }),
      ...(batch.status === 'failed' && {
        errors: { object: 'list', data: [{ code: 'invalid', message: 'The file is invalid.' }] },
      }),
    };
  };

  const openaiLines = (name: string, batch: AcceptedBatch): BatchReply =>
    lines(
      batch.customIds.flatMap((custom_id, index): unknown[] => {
        const id = `batch_req_${index}`;
        if (batch.status === 'expired') {
          const error = {
            code: 'batch_expired',
            message: 'This request could not be executed before the completion window expired.',
          };
          return name === 'err' ? [{ id, custom_id, response: null, error }] : [];
        }
        const body = answerOf('openai', batch.bodies[index] ?? {});
        const response = { status_code: body === undefined ? 400 : 200, request_id: id };
        if (body === undefined) {
          const error = { message: 'This request failed.', type: 'invalid_request_error' };
          return name === 'err' ? [{ id, custom_id, response: { ...response, body: { error } }, error: null }] : [];
        }
        return name === 'out' ? [{ id, custom_id, response: { ...response, body }, error: null }] : [];
      }),
    );

  const anthropicBatch = (batch: AcceptedBatch) => {
    const total = batch.customIds.length;
    const isOver = batch.status !== 'running';
    const none = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    return {
      id: batch.id,
      type: 'message_batch',
      processing_status: isOver ? 'ended' : 'in_progress',
      request_counts: isOver ? { ...none, succeeded: total } : { ...none, processing: total },
      created_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      ended_at: null,
      cancel_initiated_at: null,
      archived_at: null,
      results_url: isOver ? `/v1/messages/batches/${batch.id}/results` : null,
    };
  };

  const anthropicResult = (batch: AcceptedBatch, index: number): unknown => {
    if (batch.status === 'expired') return { type: 'expired' };
    if (batch.status === 'cancelled') return { type: 'canceled' };
    const message = answerOf('anthropic', batch.bodies[index] ?? {});
    if (message !== undefined) return { type: 'succeeded', message };
    return {
      type: 'errored',
      error: { type: 'error', error: { type: 'invalid_request_error', message: 'This request failed.' } },
    };
  };

  /** Newest first, after the one named. */
  const page = (kind: AcceptedBatch['kind'], after: string | null, limit: number) => {
    listed += 1;
    for (const batch of batches) read(batch);
    const all = listed > knobs().batchListLag ? batches.filter((batch) => batch.kind === kind).reverse() : [];
    const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after) + 1);
    return { batches: rest.slice(0, limit), hasMore: rest.length > limit };
  };

  const replyOpenai = (
    method: string,
    path: string,
    query: URLSearchParams,
    body: Buffer,
    type: string,
  ): BatchReply => {
    const [, id = '', action = ''] = /^\/v1\/(?:files|batches)\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (path === '/v1/files' && method === 'POST') {
      const content = fileIn(body, type);
      if (content === undefined) return refusal('openai', 400, "'file' is a required property");
      const file = `file_${files.size + 1}`;
      files.set(file, content);
      return json(200, { id: file, object: 'file', bytes: content.length, purpose: 'batch', filename: 'batch.jsonl' });
    }
    if (path.startsWith('/v1/files/')) {
      const [name = '', ...rest] = id.split('_');
      const batch = batches.find((known) => known.id === rest.join('_'));
      return action === 'content' && batch ? openaiLines(name, batch) : refusal('openai', 404, 'No such File object');
    }
    if (path === '/v1/batches' && method === 'POST') {
      const asked = asObject(JSON.parse(body.toString()));
      const requests = (files.get(String(asked.input_file_id)) ?? '')
        .trim()
        .split('\n')
        .map((line) => asObject(JSON.parse(line)));
      const bodies = requests.map((request) => asObject(request.body));
      if (new Set(bodies.map(({ model }) => model)).size > 1) return refusal('openai', 400, 'A batch is of one model.');
      const customIds = requests.map(({ custom_id: customId }) => String(customId));
      return accept({ kind: 'openai', customIds, bodies, metadata: asObject(asked.metadata) }, openaiBatch);
    }
    if (path === '/v1/batches') {
      const found = page('openai', query.get('after'), Number(query.get('limit') ?? 20));
      return json(200, { object: 'list', data: found.batches.map(openaiBatch), has_more: found.hasMore });
    }
    const batch = batches.find((known) => known.id === id);
    if (!batch) return refusal('openai', 404, 'No batch found with this id.');
    if (action === 'cancel') batch.status = 'cancelled';
    else read(batch);
    return json(200, openaiBatch(batch));
  };

  const replyAnthropic = (method: string, path: string, query: URLSearchParams, body: Buffer): BatchReply => {
    if (path === '/v1/messages/batches' && method === 'POST') {
      const { requests = [] } = JSON.parse(body.toString()) as {
        requests?: { custom_id: string; params: RequestBody }[];
      };
      const customIds = requests.map(({ custom_id: customId }) => customId);
      const bodies = requests.map(({ params }) => params);
      return accept({ kind: 'anthropic', customIds, bodies, metadata: {} }, anthropicBatch);
    }
    if (path === '/v1/messages/batches') {
      const found = page('anthropic', query.get('after_id'), Number(query.get('limit') ?? 20));
      return json(200, {
        data: found.batches.map(anthropicBatch),
        has_more: found.hasMore,
        first_id: null,
        last_id: null,
      });
    }
    const [, id, action] = /^\/v1\/messages\/batches\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const batch = batches.find((known) => known.id === id);
    if (!batch) return refusal('anthropic', 404, 'Not found');
    if (action === 'results') {
      return lines(batch.customIds.map((custom_id, index) => ({ custom_id, result: anthropicResult(batch, index) })));
    }
    if (action === 'cancel') batch.status = 'cancelled';
    else read(batch);
    return json(200, anthropicBatch(batch));
  };

  return {
    get accepted() {
      return batches;
    },
    fault(fault, times) {
      for (let left = times; left > 0; left -= 1) faults.push(fault);
    },
    finish() {
      for (const batch of batches) if (batch.status === 'running') end(batch);
    },
    reset() {
      batches = [];
      faults = [];
      listed = 0;
    },
    reply(method, url, body, contentType) {
      const { pathname, searchParams } = new URL(url, 'http://upstream');
      if (/^\/v1\/messages\/batches(\/|$)/.test(pathname)) return replyAnthropic(method, pathname, searchParams, body);
      if (/^\/v1\/(files|batches)(\/|$)/.test(pathname))
        return replyOpenai(method, pathname, searchParams, body, contentType);
      return undefined;
    },
  };
};
