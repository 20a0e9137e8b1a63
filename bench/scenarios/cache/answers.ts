import { seededRandom } from '../../harness/statistics.ts';

/** A value of the size of a model's answer. */
export interface Answer {
  readonly id: number;
  readonly model: string;
  readonly choices: readonly { readonly role: string; readonly content: string }[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

const blockBytes = 2 ** 20;
const letters = 'etaoin shrdlu cmfwyp vbgkqj xz.,';

/** Makes answers whose JSON is exactly `jsonBytes` long, each a new object that shares no text with any other. */
export const answerSource = (jsonBytes: number): ((id: number) => Answer) => {
  const random = seededRandom(7);
  const block = Buffer.alloc(blockBytes);
  for (let index = 0; index < blockBytes; index += 1) block[index] = letters.charCodeAt(random() * letters.length);
  const make = (id: number, contentBytes: number): Answer => {
    const start = (id * 7919) % (blockBytes - jsonBytes);
    return {
      id,
      // Copied out of bytes: a string cut out of another would keep that one alive.
      model: block.toString('latin1', start, start + 16),
      choices: [{ role: 'assistant', content: block.toString('latin1', start, start + contentBytes) }],
      usage: { inputTokens: 900 + (id % 90), outputTokens: 100 + (id % 800) },
    };
  };
  return (id) => make(id, jsonBytes - JSON.stringify(make(id, 0)).length);
};

/** A new key of 39 characters, such as a hash of a request would make. */
export const answerKey = (id: number): string =>
  Buffer.from(`answer:${String(id).padStart(32, '0')}`, 'latin1').toString('latin1');
