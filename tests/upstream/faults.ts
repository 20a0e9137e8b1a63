/** Every fault by name, and what the client sees. */
export const faultNames = {
  none: 'A normal answer; carries parameters only.',
  'rate-limit': '429 with `retry-after` (parameter `seconds`, default 1).',
  'rate-limit-bare': '429 without `retry-after`.',
  'server-error': '500.',
  unavailable: '503 (Anthropic: 529 overloaded).',
  unauthorized: '401.',
  'context-length': '400: the prompt is longer than the context window.',
  'content-filter': '400: refused by the content policy.',
  'model-not-found': '404.',
  'reset-before-head': 'TCP reset instead of an answer.',
  'reset-in-body': 'TCP reset halfway through the body (streams: after token `after`).',
  hang: 'The request is read and never answered.',
  'head-only': 'The head of an answer, and then nothing.',
  'endless-head': 'Header lines that never end.',
  'slow-first-token':
    'The first token comes after `ms` (default 200); the head at once, or with the token when `head=late`.',
  'cut-stream': 'The stream ends cleanly after token `after`, without finish reason and terminator.',
  'destroy-stream':
    'The socket is closed after token `after`, in the middle of the chunked body; `bytes` of the next event still come.',
  'stall-stream': 'Nothing more after token `after`; with `ms`, the stream goes on after that time.',
  'malformed-event': 'An event of broken JSON after token `after`; the stream goes on and ends as usual.',
  'missing-done':
    'Every token and the finish reason, but no terminator; the connection stays open with `end=open`, is reset with `end=reset`.',
  'error-event': 'An error event after token `after` of a stream with status 200, then the end.',
  'wrong-content-length':
    'The declared length is off by `delta` bytes (default 10 too long), streams too, then the socket is closed.',
  'truncated-json': '200 with the first half of the JSON, its length declared rightly.',
  'html-error': '502 with an HTML page.',
  gzip: 'The body comes gzip-encoded, asked for or not.',
  brotli: 'The body comes brotli-encoded, in pieces that end anywhere.',
  'split-characters': 'Chunks end in the middle of multi-byte characters.',
  'byte-by-byte': 'Every byte is a chunk of its own.',
  'crlf-events': 'Stream lines end in CRLF.',
  'comment-events': 'Comment lines stand between the events of a stream.',
  'close-after-answer': 'The socket is closed right after an answer that promised keep-alive.',
  'close-on-reuse': 'The answer is normal; the next request on the same connection is reset unanswered.',
  'second-answer':
    'A whole answer to nobody follows on the same connection, at once or `ms` after the end of the first.',
  'huge-answer': 'The answer carries `mb` megabytes of text (default 8).',
} as const;

export type FaultName = keyof typeof faultNames;

/** One thing that goes wrong, with its parameters. */
export interface Fault {
  readonly name: FaultName;
  /** Tokens sent before it happens. Default: half of the answer's. */
  readonly after?: number;
  /** Tokens of the whole answer, instead of the knob's. */
  readonly of?: number;
  readonly ms?: number;
  readonly seconds?: number;
  readonly mb?: number;
  /** Of the event that never becomes whole. */
  readonly bytes?: number;
  /** Bytes added to the true content length; negative declares too little. */
  readonly delta?: number;
  readonly head?: 'early' | 'late';
  readonly end?: 'close' | 'open' | 'reset';
}

const numeric = ['after', 'of', 'ms', 'seconds', 'mb', 'bytes', 'delta'] as const;

const isName = (name: string): name is FaultName => Object.hasOwn(faultNames, name);

/**
 * Reads `name` or `name?after=40&of=60`. Throws an `Error` that lists the names for one it does not know, and for a
 * parameter it does not know or cannot read.
 */
export const parseFault = (text: string): Fault => {
  const [name = '', query = ''] = text.split('?', 2);
  if (!isName(name)) throw new Error(`Unknown fault "${name}". Choose one of: ${Object.keys(faultNames).join(', ')}.`);
  const values: Partial<Record<(typeof numeric)[number], number>> = {};
  let head: Fault['head'];
  let end: Fault['end'];
  for (const [key, value] of new URLSearchParams(query)) {
    const parameter = numeric.find((known) => known === key);
    if (parameter !== undefined && value !== '' && Number.isFinite(Number(value))) values[parameter] = Number(value);
    else if (key === 'head' && (value === 'early' || value === 'late')) head = value;
    else if (key === 'end' && (value === 'close' || value === 'open' || value === 'reset')) end = value;
    else
      throw new Error(
        `Cannot read "${key}=${value}" of fault "${name}". Use numbers for ${numeric.join(', ')}; head=early|late; end=close|open|reset.`,
      );
  }
  return { name, ...values, ...(head !== undefined && { head }), ...(end !== undefined && { end }) };
};
