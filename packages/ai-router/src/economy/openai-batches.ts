import { answerInvalid } from '../errors.ts';
import { formats } from '../formats/index.ts';
import { isList, isObject, parseObject } from '../formats/json.ts';
import type { Timeouts } from '../provider.ts';
import type { JsonObject, Protocol } from '../wire-format.ts';
import type { BatchApi, BatchRequest, BatchResult, BatchState, BatchSubmission } from './batch-api.ts';
import { type ApiCaller, textField } from './http-calls.ts';

/** Where the id of a submission stands in a batch's metadata. */
const submissionField = 'hotpath_submission';

const callTimeouts: Timeouts = { connectMs: 10_000, firstTokenMs: 0, idleMs: 60_000, totalMs: 60_000 };
/** Files of a batch may be large. */
const fileTimeouts: Timeouts = { connectMs: 10_000, firstTokenMs: 0, idleMs: 120_000, totalMs: 1_800_000 };

const states: Readonly<Record<string, BatchState>> = {
  completed: 'ended',
  expired: 'ended',
  cancelled: 'ended',
  failed: 'failed',
};

export interface OpenaiBatchesOptions {
  readonly provider: string;
  readonly caller: ApiCaller;
  readonly account: string;
  readonly protocols: readonly Protocol[];
}

/**
 * OpenAI's Batch API: a file of requests is uploaded, a batch made of it, and the answers read from two more files.
 * https://platform.openai.com/docs/api-reference/batch
 */
export function openaiBatches({ provider, caller, account, protocols }: OpenaiBatchesOptions): BatchApi {
  const batchOf = (batchId: string, signal: AbortSignal): Promise<JsonObject> =>
    caller.json({ method: 'GET', path: `/batches/${encodeURIComponent(batchId)}`, timeouts: callTimeouts }, signal);

  const idOf = (answer: JsonObject, what: string): string => {
    const id = textField(answer, 'id');
    if (id === undefined) throw answerInvalid(`${provider} named no id for ${what}. Check its base URL.`);
    return id;
  };

  return {
    account,
    protocols,
    maxRequests: 50_000,
    maxBytes: 200_000_000,
    oneModel: true,
    async submit(submission, signal) {
      const { id, protocol, headers } = submission;
      const boundary = `hotpath-${id}`;
      const file = await caller.json(
        {
          method: 'POST',
          path: '/files',
          headers,
          contentType: `multipart/form-data; boundary=${boundary}`,
          body: multipart(boundary, id, submission),
          timeouts: fileTimeouts,
        },
        signal,
      );
      const batch = await caller.json(
        {
          method: 'POST',
          path: '/batches',
          headers,
          body: JSON.stringify({
            input_file_id: idOf(file, 'the file of a batch'),
            endpoint: endpointOf(protocol),
            completion_window: '24h',
            metadata: { [submissionField]: id },
          }),
          timeouts: callTimeouts,
        },
        signal,
      );
      return idOf(batch, 'a batch');
    },
    async status(batchId, signal) {
      const batch = await batchOf(batchId, signal).catch(goneIfUnknown);
      if (!batch) return { state: 'gone' };
      const state = states[String(batch.status)] ?? 'running';
      const reason = state === 'failed' ? firstError(batch) : undefined;
      return { state, ...(reason !== undefined && { reason }) };
    },
    async results(batchId, onResult, signal) {
      const batch = await batchOf(batchId, signal);
      for (const name of ['output_file_id', 'error_file_id']) {
        const fileId = textField(batch, name);
        if (fileId === undefined) continue;
        await caller.lines(
          { method: 'GET', path: `/files/${encodeURIComponent(fileId)}/content`, timeouts: fileTimeouts },
          (line) => {
            const result = readResult(line);
            if (result) onResult(result);
          },
          signal,
        );
      }
    },
    async find({ id, headers, sentAt }, signal) {
      let after: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const path = `/batches?limit=100${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
        const list = await caller.json({ method: 'GET', path, headers, timeouts: callTimeouts }, signal);
        const batches = isList(list.data) ? list.data.filter(isObject) : [];
        const found = batches.find(({ metadata }) => isObject(metadata) && metadata[submissionField] === id);
        if (found) return { batchId: idOf(found, 'a batch') };
        const last = batches.at(-1);
        // Newest first: what is older than the submission by so much cannot be it.
        if (!last || list.has_more !== true || Number(last.created_at) * 1000 < sentAt - clockSkewMs) return 'none';
        after = idOf(last, 'a batch');
      }
      return 'unsure';
    },
    async cancel(batchId, signal) {
      const path = `/batches/${encodeURIComponent(batchId)}/cancel`;
      await caller.json({ method: 'POST', path, body: '{}', timeouts: callTimeouts }, signal);
    },
  };
}

const mostPages = 100;
/** How far the provider's clock and ours may differ, milliseconds. */
const clockSkewMs = 600_000;

/** The path of a protocol as batches name it, which is the same wherever the API stands. */
const endpointOf = (protocol: Protocol): string => `/v1${formats[protocol].path}`;

function multipart(boundary: string, id: string, { protocol, items }: BatchSubmission): Buffer {
  const url = endpointOf(protocol);
  const lineOf = ({ customId, body }: BatchRequest): string =>
    `{"custom_id":${JSON.stringify(customId)},"method":"POST","url":"${url}","body":${body}}\n`;
  return Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n` +
        `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${id}.jsonl"\r\ncontent-type: application/jsonl\r\n\r\n`,
    ),
    ...items.map((item) => Buffer.from(lineOf(item))),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

function goneIfUnknown(error: { readonly status?: unknown }): undefined {
  if (error.status !== 404) throw error;
}

function firstError({ errors }: JsonObject): string | undefined {
  const [first] = isObject(errors) && isList(errors.data) ? errors.data : [];
  return isObject(first) ? textField(first, 'message') : undefined;
}

/** A line of either file: an answer, one under an error status, or none at all. */
function readResult(line: string): BatchResult | undefined {
  const entry = parseObject(line);
  const customId = entry && textField(entry, 'custom_id');
  if (!entry || customId === undefined) return undefined;
  const { response, error } = entry;
  if (isObject(response) && response.status_code === 200 && isObject(response.body)) {
    return { customId, outcome: 'answered', body: JSON.stringify(response.body) };
  }
  const told = isObject(error)
    ? error
    : isObject(response) && isObject(response.body)
      ? response.body.error
      : undefined;
  const reason = isObject(told) ? (textField(told, 'message') ?? textField(told, 'code')) : undefined;
  return { customId, outcome: 'failed', reason: reason ?? 'the provider gave no answer and no reason' };
}
