import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { batchTooLarge, bodyInvalid, fieldInvalid } from './errors.ts';
import type { Limits } from './limits.ts';
import { createRequestSplitter, type SplitRequest } from './split-requests.ts';

const customIds = /^[a-zA-Z0-9_-]{1,64}$/;
const newline = Buffer.from('\n');

/** The custom id of a request that is well-formed. */
const checkRequest = ({ value }: SplitRequest, at: number, seen: ReadonlySet<string>): string => {
  const { custom_id: customId, params } = value;
  const path = `requests.${at}`;
  if (typeof customId !== 'string' || !customIds.test(customId)) {
    throw fieldInvalid(`${path}.custom_id`, 'must be 1 to 64 letters, digits, "_" and "-".');
  }
  if (seen.has(customId))
    throw fieldInvalid(`${path}.custom_id`, `is "${customId}" as of an earlier request. Make it unique.`);
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw fieldInvalid(`${path}.params`, 'must be an object: the request itself.');
  }
  return customId;
};

/**
 * Writes the requests of a message batch to disk as they arrive, one a line; no more than one of them is in memory. Returns
 * how many there are. Rejects with a `BatchRefusal`, and leaves nothing, for a body that is not such a batch.
 */
export const receiveRequests = async (
  request: IncomingMessage,
  path: string,
  { maxFileBytes, maxLineBytes, maxLines }: Pick<Limits, 'maxFileBytes' | 'maxLineBytes' | 'maxLines'>,
): Promise<number> => {
  const splitter = createRequestSplitter({ maxBytes: maxLineBytes });
  const seen = new Set<string>();
  let bytes = 0;
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  file.on('error', failed.reject);
  try {
    // Left open where it is refused: the client is still sending, and would not hear why.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > maxFileBytes) throw batchTooLarge(`${maxFileBytes} bytes`);
      for (const each of splitter.push(chunk)) {
        if (seen.size === maxLines.anthropic) throw batchTooLarge(`${maxLines.anthropic} requests`);
        seen.add(checkRequest(each, seen.size, seen));
        file.write(each.bytes);
        file.write(newline);
      }
      if (file.writableNeedDrain) await Promise.race([once(file, 'drain'), failed.promise]);
    }
    splitter.end();
    const closed = once(file, 'close');
    file.end();
    await Promise.race([closed, failed.promise]);
    return seen.size;
  } catch (error) {
    const wasCut = request.destroyed && !request.complete;
    request.resume();
    file.destroy();
    await rm(path, { force: true });
    throw wasCut ? bodyInvalid('it ended before it was whole. Send it again.') : error;
  }
};
