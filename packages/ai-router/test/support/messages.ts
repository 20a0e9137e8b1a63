import type { Json, JsonObject } from '../../src/wire-format.ts';

/** A text of about so many tokens that no other name has. */
export const words = (name: string, tokens: number): string => {
  const start = `${name} `;
  return (
    start + 'lorem ipsum '.repeat(Math.ceil((tokens * 3.6) / 12)).slice(0, Math.max(0, tokens * 3.6 - start.length))
  );
};

export const text = (name: string, tokens: number): JsonObject => ({ type: 'text', text: words(name, tokens) });

export const user = (...content: Json[]): JsonObject => ({ role: 'user', content });
export const assistant = (...content: Json[]): JsonObject => ({ role: 'assistant', content });

export const messagesRequest = (messages: readonly Json[], more: JsonObject = {}): JsonObject => ({
  model: 'claude-sonnet-4-6',
  max_tokens: 1_024,
  messages,
  ...more,
});

/** The user's turns and the model's, `turns` messages in all. */
export const conversation = (name: string, turns: number, tokens = 600): Json[] =>
  Array.from({ length: turns }, (_, turn) => (turn % 2 ? assistant : user)(text(`${name}/${turn}`, tokens)));

/** The body without any `cache_control`, and with texts as blocks, as the API understands it. */
export const unmarked = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== 'object' || value === null) return value;
  const object: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value as JsonObject)) {
    if (key === 'cache_control' || member === undefined) continue;
    const isContent = typeof member === 'string' && (key === 'content' || key === 'system');
    object[key] = isContent ? [{ type: 'text', text: member }] : unmarked(member);
  }
  return object;
};
