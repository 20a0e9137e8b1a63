type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
export const pick = <Item>(random: Random, items: readonly Item[]): Item => items[below(random, items.length)] as Item;

/** Pieces that parsers stumble over. */
const awkward = [
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\0',
  '\uFEFF',
  '\u2028',
  '\\ud800',
  '"',
  '{',
  '}',
  '[[[[[[[[',
  ',',
  'null',
  '-1',
  '1e999',
  '99999999999999999999',
  '0\r\n\r\n',
  'ffffffff\r\n',
  'data: ',
  'event: error\n',
  'data: [DONE]\n\n',
  'HTTP/1.1 200 OK\r\n',
  'transfer-encoding: chunked\r\n',
  'content-length: 5\r\n',
  '日本',
].map((text) => Buffer.from(text));

const changes: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  // A bit turned over, a byte of chance, a byte twice.
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = below(random, bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8));
    return changed;
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    changed[below(random, bytes.length)] = below(random, 256);
    return changed;
  },
  // A piece left out, said twice, moved to another place.
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    const at = below(random, rest.length + 1);
    return Buffer.concat([rest.subarray(0, at), bytes.subarray(from, to), rest.subarray(at)]);
  },
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), pick(random, awkward), bytes.subarray(at)]);
  },
  // The end missing.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
];

function span(bytes: Buffer, random: Random): readonly [number, number] {
  const from = below(random, bytes.length);
  return [from, Math.min(bytes.length, from + 1 + below(random, random() < 0.5 ? 8 : 400))];
}

/** The same bytes with up to three things wrong. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let count = 1 + below(random, 3); count > 0 && changed.length > 0; count -= 1) {
    changed = pick(random, changes)(changed, random);
  }
  return changed;
}

/** The same bytes in pieces of any length. */
export function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: below(random, 6) }, () => below(random, bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
    .filter(({ length }) => length);
}

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

const values: readonly unknown[] = [
  null,
  true,
  '',
  'a',
  0,
  -1,
  0.5,
  2 ** 53,
  [],
  {},
  [null],
  [{}],
  { type: 'text' },
  { type: 'image_url', image_url: { url: 'data:,' } },
  { role: 'tool', content: 1 },
  { role: 'assistant', tool_calls: [{}] },
  'x'.repeat(50_000),
  '\ud800',
  '\0',
  deep(200),
  '__proto__',
];

const names = [
  'model',
  'messages',
  'stream',
  'n',
  'max_tokens',
  'temperature',
  'tools',
  'tool_choice',
  'response_format',
  'system',
  'stop',
  'stream_options',
  'role',
  'content',
  'type',
  '__proto__',
  'constructor',
  'thinking',
  'reasoning_effort',
  '',
];

/** A copy with up to three values replaced, added or left out, at any depth. */
export function mutateJson(value: unknown, random: Random): unknown {
  const copy = structuredClone(value);
  for (let count = 1 + below(random, 3); count > 0; count -= 1) mutateWithin(copy, random);
  return copy;
}

function mutateWithin(value: unknown, random: Random): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  // Own fields alone: there is one called `__proto__` among the names, and the real one is everybody's.
  const own = Object.entries(holder);
  const [key, inner] = own.length > 0 ? pick(random, own) : [pick(random, names), undefined];
  if (typeof inner === 'object' && inner !== null && random() < 0.6) {
    mutateWithin(inner, random);
    return;
  }
  const chance = random();
  if (chance < 0.15) delete holder[key];
  else setOwn(holder, chance < 0.35 && !Array.isArray(value) ? pick(random, names) : key, pick(random, values));
}

function setOwn(holder: object, name: string, value: unknown): void {
  const own = { value: structuredClone(value), enumerable: true, writable: true, configurable: true };
  Object.defineProperty(holder, name, own);
}
