/** The bytes that every side of the gateway benches sends and gets: request 951, answer 1,155, stream of 100 events. */

export const requestBytes = 951;
export const answerBytes = 1155;
export const streamEvents = 100;

/** Sixteen characters in the prompt that a load generator replaces to make each request its own. */
export const counterPlaceholder = '0000000000000000';

const filler = 'The fast path keeps what it has already paid for and asks again only when it must. ';

/** Builds JSON of exactly `bytes` by stretching one string in it. All text is ASCII. */
const stretched = (bytes: number, build: (text: string) => unknown): string => {
  const missing = bytes - JSON.stringify(build('')).length;
  if (missing < 0) throw new Error(`The payload cannot be as small as ${bytes} bytes; it needs ${bytes - missing}.`);
  return JSON.stringify(build(filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing)));
};

/** A chat request. Temperature 0, so that a cache may answer it. */
export const requestBody = (options: { readonly stream: boolean; readonly counter?: string }): string =>
  stretched(requestBytes, (text) => ({
    model: 'gpt-4o-mini',
    temperature: 0,
    max_tokens: 256,
    stream: options.stream,
    messages: [
      { role: 'system', content: 'You answer in short sentences.' },
      { role: 'user', content: `Request ${options.counter ?? counterPlaceholder}. ${text}` },
    ],
  }));

export const answerBody = stretched(answerBytes, (text) => ({
  id: 'chatcmpl-bench000000000000000000000',
  object: 'chat.completion',
  created: 1_763_596_800,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: text, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 201,
    completion_tokens: 77,
    total_tokens: 278,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_44709d6fcb',
}));

const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench000000000000000000000',
    object: 'chat.completion.chunk',
    created: 1_763_596_800,
    model: 'gpt-4o-mini-2024-07-18',
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })}\n\n`;

/** The n-th event of a stream: its opening, then a token each. */
export const streamEvent = (index: number): string =>
  index === 0
    ? chunk({ role: 'assistant', content: '', refusal: null }, null)
    : chunk({ content: ` token${index - 1}` }, null);

/** The finish reason and the terminator. */
export const streamEnding = `${chunk({}, 'stop')}data: [DONE]\n\n`;

/** The stream of the gateway bench, in the pieces that are written one by one. */
export const streamPieces: readonly string[] = [
  ...Array.from({ length: streamEvents - 1 }, (_, index) => streamEvent(index)),
  streamEnding,
];
