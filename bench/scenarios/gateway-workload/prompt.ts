/** A piece of a prompt that is the same wherever its id is. */
export interface Piece {
  readonly id: string;
  readonly tokens: number;
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly pieces: readonly Piece[];
}

/** A request before it is written out. */
export interface Prompt {
  readonly system: readonly Piece[];
  readonly turns: readonly Turn[];
  /** How long its answer is. */
  readonly outputTokens: number;
}

export const charactersPerToken = 3.6;
const filler = 'It keeps what has already been paid for and asks again only when it must. ';

/** Text of so many tokens that begins with its id, so that no two pieces share a prefix. */
export const pieceText = ({ id, tokens }: Piece): string => {
  const length = Math.max(id.length + 1, Math.round(tokens * charactersPerToken));
  const rest = length - id.length - 1;
  return `${id} ${filler.repeat(Math.ceil(rest / filler.length)).slice(0, rest)}`;
};

const blocks = (pieces: readonly Piece[]) => pieces.map((piece) => ({ type: 'text', text: pieceText(piece) }));

/** The pieces in the order in which they are a prefix. */
export const piecesOf = ({ system, turns }: Prompt): readonly Piece[] => [
  ...system,
  ...turns.flatMap(({ pieces }) => pieces),
];

export const inputTokens = (prompt: Prompt): number => piecesOf(prompt).reduce((sum, { tokens }) => sum + tokens, 0);

/** A Messages request. Its `max_tokens` tells the upstream how long to answer. Sets no temperature, as SDKs do not. */
export const bodyOf = (model: string, kind: string, { system, turns, outputTokens }: Prompt): string =>
  JSON.stringify({
    model,
    max_tokens: outputTokens,
    // No part of what is cached: tells the upstream whose bill it is on.
    metadata: { user_id: kind },
    ...(system.length > 0 && { system: blocks(system) }),
    messages: turns.map(({ role, pieces }) => ({ role, content: blocks(pieces) })),
  });
