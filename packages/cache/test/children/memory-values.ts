// Values as applications cache them, each made anew: what comes out of JSON.parse shares nothing but names and short strings.

let state = 1;
const random = (below: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
const vocabulary = 'the model answers with tokens and keeps its usage short so that hot paths stay fast'.split(' ');
const text = (length: number): string => {
  let words = '';
  while (words.length < length) words += `${vocabulary[random(vocabulary.length)]} `;
  return words.slice(0, length);
};
const identifier = (length: number): string => {
  let letters = '';
  while (letters.length < length) letters += random(36).toString(36);
  return letters;
};
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

class Account {
  id = random(1_000_000);
  balance = random(1_000) + 0.25;
  owner = Buffer.from(identifier(24)).toString();
}

const completion = (): unknown =>
  parsed({
    id: `chatcmpl-${identifier(24)}`,
    object: 'chat.completion',
    created: 1_700_000_000 + random(1_000),
    model: 'large-model-2026-01',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text(200 + random(1_200)) },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: random(4_000), completion_tokens: random(900), cost: random(10_000) / 7 },
  });

const rows = (): unknown =>
  parsed(
    Array.from({ length: 5 + random(40) }, (_, index) => ({
      id: index,
      name: text(8 + random(20)),
      email: `${identifier(9)}@example.org`,
      active: index % 3 === 0,
      score: index % 2 === 0 ? index : index + 0.5,
      tags: ['beta', 'staff'],
      address: { city: identifier(12), zip: identifier(5), position: [random(90) + 0.5, random(90) + 0.25] },
    })),
  );

/** As a driver hands them out: every short text is a string of its own. */
const driverRows = (): unknown =>
  Array.from({ length: 5 + random(40) }, (_, index) => ({
    id: index,
    status: Buffer.from(['active', 'pending', 'closed'][index % 3] ?? '').toString(),
    region: Buffer.from(index % 2 === 0 ? 'eu-west-1' : 'us-east-2').toString('latin1'),
    code: Buffer.from(identifier(8)).toString(),
    note: Buffer.from(text(30)).toString(),
  }));

const collections = (): unknown => ({
  index: new Map(Array.from({ length: random(60) }, (_, index) => [identifier(12), index])),
  members: new Set(Array.from({ length: 9 + random(60) }, () => random(1_000_000))),
  at: new Date(1_700_000_000_000 + random(1_000_000)),
  serial: BigInt(random(1_000_000)),
});

/** One function for each kind of value; each call returns a new one. */
export const makers: Record<string, () => unknown> = {
  'small numbers': () => random(1_000) | 0,
  'large numbers': () => random(1_000) + 0.5,
  'short texts': () => parsed(identifier(4 + random(30))),
  'long texts': () => parsed(text(500 + random(8_000))),
  'two-byte texts': () => parsed(`ж${text(200 + random(2_000))}`),
  'model answers': completion,
  'parsed rows': rows,
  'rows of a driver': driverRows,
  'arrays of integers': () => parsed(Array.from({ length: random(500) }, () => random(10_000))),
  embeddings: () => parsed(Array.from({ length: 256 }, () => random(10_000) / 9_999.5)),
  'typed embeddings': () => new Float32Array(256 + random(1_280)),
  bytes: () => new Uint8Array(100 + random(10_000)),
  'maps and sets and dates': collections,
  'class instances': () => [new Account(), new Account(), new Account()],
  'large dictionaries': () =>
    parsed(Object.fromEntries(Array.from({ length: 150 + random(400) }, () => [identifier(14), random(99)]))),
  'large texts': () => parsed(text(300_000 + random(400_000))),
};

makers.mixed = () => {
  const kinds = Object.keys(makers).filter((kind) => kind !== 'mixed' && kind !== 'large texts');
  return makers[kinds[random(kinds.length)] ?? '']?.();
};
