import { requestInvalid } from '../errors.ts';
import type { AnswerSummary, Json, JsonObject, Usage } from '../wire-format.ts';
import { countOf, isList, isObject, parseObject } from './json.ts';
import { decodeStreamError, holdsError } from './openai-chat/error.ts';
import { readModel } from './request-values.ts';

/** What the router reads of a request for embeddings. */
export interface EmbeddingsRequest {
  readonly model: string;
  /** Texts to embed. */
  readonly inputs: number;
}

/** Reads a request. Throws `ROUTER_REQUEST_INVALID` without a model or an input. */
export function readEmbeddingsRequest(body: JsonObject): EmbeddingsRequest {
  const model = readModel(body);
  const { input } = body;
  if (typeof input === 'string') return { model, inputs: 1 };
  if (!isList(input) || input.length === 0) {
    throw requestInvalid('"input" must be a text, a list of texts, or tokens.', 'input');
  }
  // One text, given as its tokens.
  return { model, inputs: typeof input[0] === 'number' ? 1 : input.length };
}

/** What an answer came to: `complete` where it holds vectors, as numbers or in base64. */
export function summariseEmbeddings(body: Buffer): AnswerSummary {
  const answer = readEnvelope(body) ?? parseObject(body.toString());
  return answer ? summariseVectors(answer) : { outcome: 'cut' };
}

/** As `summariseEmbeddings`, of an answer that is parsed already. */
export function summariseVectors(answer: JsonObject): AnswerSummary {
  if (holdsError(answer)) return { outcome: 'error', error: decodeStreamError(answer) };
  const whole = isList(answer.data) && answer.data.length > 0 && answer.data.every(holdsVector);
  const usage = readUsage(answer.usage);
  return {
    outcome: whole ? 'complete' : 'cut',
    ...(typeof answer.model === 'string' && { model: answer.model }),
    ...(usage && { usage }),
  };
}

const holdsVector = (item: Json): boolean =>
  isObject(item) && (typeof item.embedding === 'string' || isList(item.embedding));

/** Answers up to this size are parsed. Larger ones are vectors by the megabyte, which would hold up everything else. */
const parsedBytes = 65_536;
/** Where the first vector of those begins. */
const headBytes = 4096;
const closingBracket = 93;

/** Reads a large answer with its first vector, emptied, in place of all. Returns nothing where it does not look like one. */
function readEnvelope(body: Buffer): JsonObject | undefined {
  if (body.length <= parsedBytes) return undefined;
  const head = /^.*?"data"\s*:\s*\[\s*\{[^[\]]*?"embedding"\s*:\s*(?=["[])/s.exec(body.toString('utf8', 0, headBytes));
  return head ? parseObject(`${head[0]}[]}${body.toString('utf8', body.lastIndexOf(closingBracket))}`) : undefined;
}

/** Embeddings have no output tokens; some vendors tell a total only. */
function readUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const inputTokens = countOf(usage.prompt_tokens) ?? countOf(usage.total_tokens);
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 };
}
