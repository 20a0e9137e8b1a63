import { defineKind } from '../kind.ts';

const usd = (about: string) => ({ unit: 'micro-dollars', keep: 'sum', about }) as const;
const tokens = (about: string) => ({ unit: 'tokens', keep: 'sum', about }) as const;
const stage = (about: string) => ({ unit: 'microseconds', keep: 'sum', about }) as const;

/** A request to a model, from its arrival until its answer has ended. */
export const requestKind = defineKind({
  name: 'request',
  about: 'A request to a model came to its end: answered, failed or left.',
  dimensions: {
    protocol: 'The API that it came by, such as `openai-chat`.',
    provider: 'Who answered, or was asked first; `none` where nobody could be found.',
    model: 'The model by the name that the provider has for it.',
    asked: 'The model as the client named it.',
    key: 'The id of the key that it came with; empty without one.',
    agent:
      'What asks: the name of an agent in a workflow, what the client’s `x-hotpath-agent` says, or the product that its `user-agent` names.',
    command: 'What the process does that was asked: `serve`, or the name of the command.',
    outcome: '`complete`, `failed` or `left`.',
    cache: 'What the cache had to do with it: `hit`, `miss`, `coalesced` or `bypass`.',
    lane: '`batch` or `live` for a request that may wait; empty for all others.',
    stream: '`yes` or `no`.',
    code: 'The code of the error it failed with; empty without one.',
    finish: 'Why the model stopped.',
  },
  wide: ['asked', 'agent', 'model'],
  kept: ['key'],
  measures: {
    duration: { unit: 'microseconds', keep: 'histogram', about: 'Until the end of its answer.' },
    first_token: {
      unit: 'microseconds',
      keep: 'histogram',
      about: 'Until the first byte of its answer, which is not sent before the first token is there.',
    },
    token_rate: {
      unit: 'tokens-per-second',
      keep: 'histogram',
      about: 'Tokens of a streamed answer by the time from its first to its last.',
    },
    status: { unit: 'status', keep: 'none', about: 'The HTTP status it was answered with.' },
    attempts: { unit: 'count', keep: 'sum', about: 'Calls to providers made for it.' },
    input: tokens('Tokens read that were neither read from nor written to a provider’s prompt cache.'),
    cached_input: tokens('Tokens that the provider read from its prompt cache.'),
    cache_write: tokens('Tokens that the provider wrote to its prompt cache.'),
    output: tokens('Tokens written, thinking left out.'),
    reasoning: tokens('Tokens thought.'),
    cost: usd('What providers charge for it, with all calls made for it.'),
    estimated: usd('The part of the cost that is an estimate.'),
    saved_cache: usd('What it would have cost without the cache.'),
    saved_coalescing: usd('What it would have cost had it not shared the answer of another.'),
    saved_prompt_cache: usd('What the provider’s prompt cache took off.'),
    saved_batch: usd('What the provider’s batch price took off.'),
    unpriced: {
      unit: 'count',
      keep: 'sum',
      about: '1 where the model has no price or the tokens are not known, so that its cost is not known either.',
    },
    routed: stage('Until it was known who may answer.'),
    looked_up: stage('Until it was known whether the cache has the answer.'),
    queued: stage('Waiting for room within limits.'),
  },
  texts: {
    request_id: 'As the answer’s `x-hotpath-request-id` names it.',
    trace: 'The trace that its client had begun, as W3C `traceparent` names it.',
    shape:
      'A keyed hash of what was asked: prompts that differ in numbers, ids and spaces alone have the same one. Nobody can tell the prompt by it, nor try prompts without the key, `shape.key` of the state folder.',
    exact:
      'A keyed hash of all that its answer depends on: where two requests have the same one, the cache could have answered the second.',
  },
});
