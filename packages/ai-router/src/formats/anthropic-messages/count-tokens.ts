import type { AssistantPart, JsonObject, Losses, MediaSource, ModelRequest, UserPart } from '../../wire-format.ts';
import { readRequest } from './request.ts';
import { estimateTextTokens } from './text-tokens.ts';

/** What providers add around each message, tool and call. */
const perItem = 4;
/** An image of a megapixel or so; providers count from 85 to about 4,800. */
const perImage = 1500;
/** A page of a PDF, which is read as text and as an image; providers count from 1,500 to 3,000. */
const perPage = 2000;
/** What a page takes in a PDF, bytes: only a guess, since pages are compressed. */
const bytesPerPage = 50_000;

/** Reads the body of `/v1/messages/count_tokens`: a Messages request that needs no `max_tokens` and may end with the assistant. Throws as `decodeRequest` does. */
export const decodeTokenCount = (body: JsonObject, losses?: Losses): ModelRequest => readRequest(body, losses);

/** Writes the answer to `/v1/messages/count_tokens`. */
export const encodeTokenCount = (inputTokens: number): JsonObject => ({ input_tokens: inputTokens });

/**
 * Estimates the input tokens of a request, for providers that cannot be asked. Of a request of text it is as wrong as
 * `estimateTextTokens`: mostly 15% either way for OpenAI's models. Images count 1,500 each, PDFs 2,000 for every 50 kB
 * begun, and a file behind a URL 2,000, whatever is in them: with these the estimate is an order of magnitude.
 */
export function estimateTokens(request: ModelRequest): number {
  let tokens = 0;
  for (const message of request.messages) {
    tokens += perItem;
    for (const part of message.content) tokens += partTokens(part);
  }
  for (const { name, description = '', parameters } of request.tools ?? []) {
    tokens += perItem + estimateTextTokens(`${name} ${description}${JSON.stringify(parameters)}`);
  }
  const format = request.responseFormat;
  if (format?.type === 'json-schema') tokens += perItem + estimateTextTokens(JSON.stringify(format.schema));
  return tokens;
}

function partTokens(part: UserPart | AssistantPart): number {
  if (part.type === 'image') return perImage;
  if (part.type === 'file') return fileTokens(part.source);
  if (part.type === 'tool-call') return perItem + estimateTextTokens(`${part.name} ${part.arguments}`);
  return estimateTextTokens(part.text);
}

function fileTokens(source: MediaSource): number {
  if (source.kind === 'url') return perPage;
  if (source.mediaType.startsWith('text/')) {
    return estimateTextTokens(Buffer.from(source.data, 'base64').toString());
  }
  return Math.ceil(Buffer.byteLength(source.data, 'base64') / bytesPerPage) * perPage;
}
