import { answerInvalid } from '../errors.ts';
import { isList, isObject, parseObject } from '../formats/json.ts';
import type { Timeouts } from '../provider.ts';
import type { JsonObject } from '../wire-format.ts';
import type { BatchApi, BatchRequest, BatchResult, SoughtSubmission } from './batch-api.ts';
import { type ApiCaller, textField } from './http-calls.ts';

const callTimeouts: Timeouts = { connectMs: 10_000, firstTokenMs: 0, idleMs: 60_000, totalMs: 60_000 };
/** A batch may be large, and so are its results. */
const bulkTimeouts: Timeouts = { connectMs: 10_000, firstTokenMs: 0, idleMs: 120_000, totalMs: 1_800_000 };

export interface AnthropicBatchesOptions {
  readonly provider: string;
  readonly caller: ApiCaller;
  readonly account: string;
}

/**
 * Anthropic's Message Batches API. A batch carries no mark of ours: it is known again by the `custom_id`s of its results, and
 * until it has some by nothing but the number of its requests and the time it was made.
 * https://platform.claude.com/docs/en/api/messages/batches
 */
export function anthropicBatches({ provider, caller, account }: AnthropicBatchesOptions): BatchApi {
  const pathOf = (batchId: string): string => `/messages/batches/${encodeURIComponent(batchId)}`;

  const readResults = (batchId: string, onResult: (result: BatchResult) => void, signal: AbortSignal): Promise<void> =>
    caller.lines(
      { method: 'GET', path: `${pathOf(batchId)}/results`, timeouts: bulkTimeouts },
      (line) => {
        const result = readResult(line);
        if (result) onResult(result);
      },
      signal,
    );

  /** Whether the results of a batch are those of a submission: one line tells. */
  const isIts = async (batchId: string, { customIds }: SoughtSubmission, signal: AbortSignal): Promise<boolean> => {
    const enough = new AbortController();
    let isSame = false;
    const both = AbortSignal.any([signal, enough.signal]);
    await readResults(
      batchId,
      ({ customId }) => {
        isSame = customIds.has(customId);
        enough.abort();
      },
      both,
    ).catch((error: unknown) => {
      if (!enough.signal.aborted) throw error;
    });
    return isSame;
  };

  return {
    account,
    protocols: ['anthropic-messages'],
    maxRequests: 100_000,
    // Of 256 MB, less what four breakpoints add to each of 100,000 requests.
    maxBytes: 220_000_000,
    oneModel: false,
    async submit({ headers, items }, signal) {
      const batch = await caller.json(
        { method: 'POST', path: '/messages/batches', headers, body: bodyOf(items), timeouts: bulkTimeouts },
        signal,
      );
      const id = textField(batch, 'id');
      if (id === undefined) throw answerInvalid(`${provider} named no id for a batch. Check its base URL.`);
      return id;
    },
    async status(batchId, signal) {
      try {
        const batch = await caller.json({ method: 'GET', path: pathOf(batchId), timeouts: callTimeouts }, signal);
        return { state: batch.processing_status === 'ended' ? 'ended' : 'running' };
      } catch (error) {
        if ((error as { status?: unknown }).status === 404) return { state: 'gone' };
        throw error;
      }
    },
    results: readResults,
    async find(sought, signal) {
      let isUnsure = false;
      let after: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const path = `/messages/batches?limit=100${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`;
        const list = await caller.json(
          { method: 'GET', path, headers: sought.headers, timeouts: callTimeouts },
          signal,
        );
        const batches = isList(list.data) ? list.data.filter(isObject) : [];
        for (const batch of batches) {
          const id = textField(batch, 'id');
          if (id === undefined || sought.isKnown(id) || !mayBe(batch, sought)) continue;
          if (batch.processing_status !== 'ended') isUnsure = true;
          else if (await isIts(id, sought, signal)) return { batchId: id };
        }
        const last = batches.at(-1);
        if (!last || list.has_more !== true || madeAt(last) < sought.sentAt - clockSkewMs)
          return isUnsure ? 'unsure' : 'none';
        after = textField(last, 'id');
      }
      return 'unsure';
    },
    async cancel(batchId, signal) {
      await caller.json(
        { method: 'POST', path: `${pathOf(batchId)}/cancel`, body: '{}', timeouts: callTimeouts },
        signal,
      );
    },
  };
}

const mostPages = 100;
/** How far the provider's clock and ours may differ, milliseconds. */
const clockSkewMs = 600_000;

const madeAt = (batch: JsonObject): number => Date.parse(String(batch.created_at));

/** Of the same size, and not made before the submission was sent. */
function mayBe(batch: JsonObject, { customIds, sentAt }: SoughtSubmission): boolean {
  const { request_counts: counts } = batch;
  const total = isObject(counts)
    ? Object.values(counts).reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0)
    : customIds.size;
  return total === customIds.size && !(madeAt(batch) < sentAt - clockSkewMs);
}

function bodyOf(items: readonly BatchRequest[]): Buffer {
  const parts = items.map(
    ({ customId, body }, index) =>
      `${index === 0 ? '' : ','}{"custom_id":${JSON.stringify(customId)},"params":${body}}`,
  );
  return Buffer.concat([Buffer.from('{"requests":['), ...parts.map((part) => Buffer.from(part)), Buffer.from(']}')]);
}

function readResult(line: string): BatchResult | undefined {
  const entry = parseObject(line);
  const customId = entry && textField(entry, 'custom_id');
  if (!entry || customId === undefined || !isObject(entry.result)) return undefined;
  const { type, message, error } = entry.result;
  if (type === 'succeeded' && isObject(message))
    return { customId, outcome: 'answered', body: JSON.stringify(message) };
  const told = isObject(error) && isObject(error.error) ? error.error : undefined;
  return {
    customId,
    outcome: 'failed',
    reason: (told && textField(told, 'message')) ?? `its result is "${String(type)}"`,
  };
}
