import { createHash } from 'node:crypto';
import type { Knobs } from './knobs.ts';

/** What a request asks for, whichever dialect it came in. */
export interface Prompt {
  readonly model: string;
  /** The conversation as JSON, the part of the request that decides the answer. */
  readonly conversation: string;
  readonly stream: boolean;
  /** OpenAI's `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  readonly maxTokens: number | undefined;
  readonly stopSequences: readonly string[];
  readonly endsWithAssistant: boolean;
  /** What the assistant said last, where nothing follows it but a last word of the user. */
  readonly beginning: string | undefined;
}

/** A deterministic answer: the same conversation and knobs give the same answer, streamed or not. */
export interface Answer {
  /** 24 hexadecimal digits that ids are made of. */
  readonly seed: string;
  readonly model: string;
  readonly tokens: readonly string[];
  readonly stop: 'stop' | 'length' | 'stop-sequence';
  readonly stopSequence: string | undefined;
  readonly inputTokens: number;
  readonly cachedTokens: number;
}

// Every fourth word has characters of two to four bytes, so that decoders meet them in every answer.
const words = ['fast', 'paths', 'keep', 'Zürich', 'and', 'the', 'answer', '日本語', 'short', 'so', 'tools', '🚀🚀'];
const largestToken = 16_384;

const wordsOf = (seed: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    index === 0 ? `Answer-${seed.slice(0, 8)}` : ` ${words[(index - 1) % words.length]}`,
  );

/** Pieces as long as those of `whole`, were it cut into `count`. */
const piecesOf = (text: string, whole: string, count: number): string[] => {
  const characters = [...text];
  const size = Math.max(1, Math.min(largestToken, Math.ceil([...whole].length / Math.max(1, count))));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  );
};

/** The roles and texts of the last messages, whichever of the two ways their content is written in. */
export const lastWords = (messages: readonly unknown[]): Pick<Prompt, 'endsWithAssistant' | 'beginning'> => {
  const isAssistant = (message: unknown): message is { readonly content?: unknown } =>
    typeof message === 'object' && message !== null && 'role' in message && message.role === 'assistant';
  const assistant = messages.slice(-2).findLast(isAssistant);
  const content = Array.isArray(assistant?.content) ? assistant.content : [{ text: assistant?.content }];
  return {
    endsWithAssistant: isAssistant(messages.at(-1)),
    beginning: assistant && content.map(({ text }: { readonly text?: unknown }) => String(text ?? '')).join(''),
  };
};

/** The rest of a given text, for a model that is handed its beginning; nothing, where that is all of it. */
const goingOn = (text: string, beginning = ''): string =>
  text.startsWith(beginning) ? text.slice(beginning.length) : text;

const filled = (tokens: readonly string[], bytes: number): string[] => {
  let missing = bytes - Buffer.byteLength(tokens.join(''));
  const all = [...tokens];
  for (; missing > 0; missing -= largestToken)
    all.push(`${' fill'.repeat(largestToken / 5)}      `.slice(0, Math.min(missing, largestToken)));
  return all;
};

/** Cuts the tokens before the first stop sequence that occurs in their text. */
const stopAt = (
  tokens: readonly string[],
  sequences: readonly string[],
): { tokens: readonly string[]; found?: string } => {
  const text = tokens.join('');
  const hits = sequences.flatMap((sequence) =>
    sequence === '' || !text.includes(sequence) ? [] : [{ sequence, at: text.indexOf(sequence) }],
  );
  const first = hits.sort((left, right) => left.at - right.at)[0];
  if (first === undefined) return { tokens };
  const kept: string[] = [];
  for (let length = 0; length < first.at; length += kept.at(-1)?.length ?? 1) {
    kept.push((tokens[kept.length] ?? '').slice(0, first.at - length));
  }
  return { tokens: kept, found: first.sequence };
};

/** The answer to a prompt. `tokenCount` overrides the knob. */
export const answerTo = (prompt: Prompt, knobs: Knobs, tokenCount = knobs.tokens): Answer => {
  const seed = createHash('sha256')
    .update(prompt.model)
    .update('\n')
    .update(prompt.conversation)
    .digest('hex')
    .slice(0, 24);
  const wanted =
    knobs.text === undefined
      ? wordsOf(seed, tokenCount)
      : piecesOf(goingOn(knobs.text, prompt.beginning), knobs.text, tokenCount);
  const whole = filled(wanted, knobs.answerBytes);
  // Filling is about bytes, so a limit in tokens does not undo it.
  const limited = prompt.maxTokens === undefined || knobs.answerBytes > 0 ? whole : whole.slice(0, prompt.maxTokens);
  const { tokens, found } = stopAt(limited, prompt.stopSequences);
  return {
    seed,
    model: prompt.model,
    tokens,
    stop: found !== undefined ? 'stop-sequence' : limited.length < whole.length ? 'length' : 'stop',
    stopSequence: found,
    inputTokens: Math.max(1, Math.ceil(prompt.conversation.length / 4)),
    cachedTokens: knobs.cachedTokens,
  };
};
