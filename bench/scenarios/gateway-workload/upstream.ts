import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { JsonObject, Usage } from '@hotpath/ai-router';
// @boundaries-ignore the rules of Anthropic's prompt cache are kept beside the tests of the planner that they judge
import { createPrefixPricing, type PrefixPricing } from '../../../packages/ai-router/test/support/prefix-pricing.ts';
import { clockVariable, readClock, virtualNow } from '../../harness/virtual-clock.ts';
import { createBatches } from './batches.ts';
import { addBills, type Bill, billed, emptyBill, price } from './bill.ts';
import { answerMs } from './kinds.ts';
import { charactersPerToken, pieceText } from './prompt.ts';

// Answers Messages requests and bills them as Anthropic would, by the virtual clock. Each API key is an organisation with a
// prompt cache and a bill of its own; the bill is told apart by `metadata.user_id`.
const { values } = parseArgs({ options: { port: { type: 'string', default: '9000' } } });
const clock = readClock(process.env[clockVariable]);
/** When what a request writes can be read: its answer has begun. */
const firstByteMs = answerMs(0);

interface Organisation {
  readonly pricing: PrefixPricing;
  readonly bills: Record<string, Bill>;
}
const organisations = new Map<string, Organisation>();

const organisationOf = (key: string): Organisation => {
  const known = organisations.get(key);
  if (known) return known;
  const pricing = createPrefixPricing({
    tokensOf: (text) => Math.round(text.length / charactersPerToken),
    firstByteMs,
    rates: price.rates,
  });
  const organisation = { pricing, bills: {} };
  organisations.set(key, organisation);
  return organisation;
};

let answers = 0;

const messageOf = (body: JsonObject, usage: Usage): string => {
  const { inputTokens, outputTokens, cachedInputTokens: read = 0, cacheWriteTokens: written = 0 } = usage;
  const { longCacheWriteTokens: long = 0 } = usage;
  const id = `msg_${String(++answers).padStart(12, '0')}`;
  return JSON.stringify({
    id,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: [{ type: 'text', text: pieceText({ id, tokens: outputTokens }) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: inputTokens - read - written,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
      cache_creation: { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long },
      output_tokens: outputTokens,
      service_tier: 'standard',
    },
  });
};

/** Puts a request on its organisation's bill. Throws what would be a 400. */
const bill = (organisation: string, body: JsonObject, isBatch: boolean): Usage => {
  const { pricing, bills } = organisationOf(organisation);
  const usage = { ...pricing.serve(body, virtualNow(clock)), outputTokens: Number(body.max_tokens) };
  const kind = String((body.metadata as JsonObject | undefined)?.user_id);
  bills[kind] = addBills(bills[kind] ?? emptyBill, billed(usage, { isBatch }));
  return usage;
};

const batches = createBatches(clock, (organisation, body) => messageOf(body, bill(organisation, body, true)));

const reply = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};

const refuse = (response: ServerResponse, status: number, type: string, message: string): void =>
  reply(response, status, JSON.stringify({ type: 'error', error: { type, message } }));

const post = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const organisation = String(request.headers['x-api-key']);
  try {
    const body = JSON.parse(Buffer.concat(parts).toString());
    if (request.url === '/v1/messages/batches') {
      reply(response, 200, JSON.stringify(batches.create(organisation, body.requests)));
      return;
    }
    const usage = bill(organisation, body, false);
    await delay(answerMs(usage.outputTokens) / clock.speed);
    reply(response, 200, messageOf(body, usage));
  } catch (error) {
    refuse(response, 400, 'invalid_request_error', String(error));
  }
};

const get = (request: IncomingMessage, response: ServerResponse): void => {
  const path = request.url ?? '/';
  if (!path.startsWith('/v1/')) {
    const bills = Object.fromEntries([...organisations].map(([key, organisation]) => [key, organisation.bills]));
    reply(response, 200, JSON.stringify(bills));
    return;
  }
  const found = path.startsWith('/v1/messages/batches')
    ? batches.get(String(request.headers['x-api-key']), path)
    : '{"data":[],"has_more":false}';
  if (found === undefined) refuse(response, 404, 'not_found_error', `There is no ${path}.`);
  else reply(response, 200, found);
};

createServer({ keepAliveTimeout: 120_000, noDelay: true }, (request, response) => {
  if (request.method === 'POST') void post(request, response).catch(() => response.destroy());
  else get(request, response);
}).listen(Number(values.port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
