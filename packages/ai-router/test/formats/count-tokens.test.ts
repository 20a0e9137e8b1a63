import { describe, expect, test } from 'vitest';
import {
  decodeTokenCount,
  encodeTokenCount,
  estimateTokens,
} from '../../src/formats/anthropic-messages/count-tokens.ts';
import { estimateTextTokens } from '../../src/formats/anthropic-messages/text-tokens.ts';
import type { ModelMessage, ModelRequest, UserPart } from '../../src/wire-format.ts';

// Counted with `o200k_base`, the vocabulary of GPT-4o and GPT-5.
const samples: readonly [name: string, text: string, tokens: number][] = [
  [
    'English prose',
    'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.',
    33,
  ],
  [
    'German prose',
    'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.',
    38,
  ],
  ['Chinese prose', '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。', 35],
  ['Japanese prose', 'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。', 35],
  ['Korean prose', '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.', 24],
  [
    'Russian prose',
    'Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.',
    28,
  ],
  ['Arabic prose', 'يولد جميع الناس أحراراً متساوين في الكرامة والحقوق، وقد وهبوا عقلاً وضميراً', 27],
  [
    'code',
    "export function isObject(value: Json | undefined): value is JsonObject {\n  return typeof value === 'object' && value !== null && !Array.isArray(value);\n}\n",
    35,
  ],
  [
    'JSON',
    '{"type":"object","properties":{"city":{"type":"string","description":"A city."},"days":{"type":"integer"}},"required":["city"],"additionalProperties":false}',
    36,
  ],
  ['numbers', '1024, 3.14159, 2026-01-31T12:00:00Z, 16384, 0.0001, 99', 36],
  ['a hash', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 43],
];

describe('the tokens of a text', () => {
  test.each(samples)('are within 30%% for %s', (_name, text, tokens) => {
    const estimate = estimateTextTokens(text);
    expect(estimate / tokens).toBeGreaterThan(0.7);
    expect(estimate / tokens).toBeLessThan(1.3);
  });

  test('are within 15% for all of them together', () => {
    const sum = (count: (sample: (typeof samples)[number]) => number) =>
      samples.reduce((total, sample) => total + count(sample), 0);
    const ratio = sum(([, text]) => estimateTextTokens(text)) / sum(([, , tokens]) => tokens);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  });

  test('of nothing are none', () => {
    expect(estimateTextTokens('')).toBe(0);
  });

  test('grow with the text, however it is cut', () => {
    const text = samples.map(([, sample]) => sample).join('\n');
    const counts = Array.from({ length: text.length + 1 }, (_, end) => estimateTextTokens(text.slice(0, end)));
    // A word's first letters may be cut off from a run that they belong to: one token more or less.
    for (const [index, count] of counts.entries()) expect(count).toBeGreaterThanOrEqual((counts[index - 1] ?? 0) - 1);
  });
});

const base: ModelRequest = { model: 'm', messages: [], stream: false };
const text = (words: string) => ({ type: 'text', text: words }) as const;
const user = (...content: UserPart[]): ModelMessage => ({ role: 'user', content });
const tokensOf = (fields: Partial<ModelRequest>): number => estimateTokens({ ...base, ...fields });

describe('the tokens of a request', () => {
  const words = 'Ten words that are all counted wherever they may stand.';

  test.each<[string, Partial<ModelRequest>]>([
    ['a message by the user', { messages: [user(text(words))] }],
    ['a system message', { messages: [{ role: 'system', content: [text(words)] }] }],
    ['an answer', { messages: [{ role: 'assistant', content: [text(words)] }] }],
    ['a refusal', { messages: [{ role: 'assistant', content: [{ type: 'refusal', text: words }] }] }],
    ['reasoning', { messages: [{ role: 'assistant', content: [{ type: 'reasoning', text: words }] }] }],
    [
      'a call',
      { messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'f', arguments: words }] }] },
    ],
    ['the result of a call', { messages: [{ role: 'tool', callId: 'a', content: [text(words)] }] }],
    [
      'a file of text',
      {
        messages: [
          user({
            type: 'file',
            source: { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(words).toString('base64') },
          }),
        ],
      },
    ],
    ['a tool', { tools: [{ name: 'f', description: words, parameters: {} }] }],
    ['the parameters of a tool', { tools: [{ name: 'f', parameters: { description: words } }] }],
    ['a schema', { responseFormat: { type: 'json-schema', name: 'x', schema: { description: words } } }],
  ])('count %s', (_name, fields) => {
    const tokens = tokensOf(fields);
    expect(tokens).toBeGreaterThanOrEqual(estimateTextTokens(words));
    expect(tokens).toBeLessThan(estimateTextTokens(words) + 20);
  });

  test('do not count what only the provider can read', () => {
    const proof = { protocol: 'anthropic-messages', data: 'x'.repeat(10_000) } as const;
    const reasoning = { type: 'reasoning', text: 'hm' } as const;
    expect(tokensOf({ messages: [{ role: 'assistant', content: [{ ...reasoning, proof }] }] })).toBe(
      tokensOf({ messages: [{ role: 'assistant', content: [reasoning] }] }),
    );
  });

  test('count images and files by the documented guess', () => {
    const image = { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } } as const;
    const pdf = (bytes: number): UserPart => ({
      type: 'file',
      source: { kind: 'base64', mediaType: 'application/pdf', data: Buffer.alloc(bytes).toString('base64') },
    });
    const link: UserPart = { type: 'file', source: { kind: 'url', url: 'https://x.test/a.pdf' } };
    const alone = tokensOf({ messages: [user()] });
    const added = (part: UserPart) => tokensOf({ messages: [user(part)] }) - alone;
    expect([added(image), added(pdf(1)), added(pdf(50_000)), added(pdf(50_001)), added(link)]).toEqual([
      1500, 2000, 2000, 4000, 2000,
    ]);
  });
});

describe('a request for a count', () => {
  const turns = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'The best answer is (' },
  ];

  test('needs no limit, and may end with the assistant', () => {
    expect(decodeTokenCount({ model: 'm', messages: turns })).toEqual({
      model: 'm',
      messages: [user(text('Hi')), { role: 'assistant', content: [text('The best answer is (')] }],
      stream: false,
    });
  });

  test('is refused for what nothing else can count either', () => {
    const thinking = { type: 'server_tool_use', id: 'a', name: 'web_search', input: {} };
    expect(() => decodeTokenCount({ model: 'm', messages: [{ role: 'assistant', content: [thinking] }] })).toThrow(
      expect.objectContaining({ code: 'ROUTER_FIELD_UNSUPPORTED', param: 'messages[0].content[0]' }),
    );
  });

  test('is answered as Anthropic does', () => {
    expect(encodeTokenCount(2095)).toEqual({ input_tokens: 2095 });
  });
});
