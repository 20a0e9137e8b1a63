/** What became of an answer: `asked` is still to come, or was never written because the process was killed. */
export type TurnState = 'asked' | 'whole' | 'cut' | 'failed';

/** A file beside a question, by its content's SHA-256. */
export interface KeptAttachment {
  readonly name: string;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly hash: string;
}

/** Who answered, and what it took. */
export interface TurnFigures {
  readonly provider?: string;
  readonly model?: string;
  readonly cache?: string;
  readonly finishReason?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
}

/** A question and its answer. Times are epoch milliseconds. */
export interface Turn extends TurnFigures {
  readonly id: number;
  readonly askedAt: number;
  readonly question: string;
  readonly attachments: readonly KeptAttachment[];
  readonly state: TurnState;
  /** As much of it as came. */
  readonly answer: string;
  readonly answeredAt?: number;
  readonly error?: string;
}

export interface Conversation {
  readonly id: string;
  readonly title: string;
  /** As it was asked for: a model, an alias or a route. */
  readonly model: string;
  readonly system?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ConversationSummary extends Conversation {
  readonly turns: number;
}
