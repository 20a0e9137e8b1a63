import type { Exchange, JsonObject } from '@hotpath/runtime';

/** Whose API a batch was made by. */
export type DialectName = 'openai' | 'anthropic';

/** Who made a file or a batch, and in whose name its lines are asked. */
export interface Owner {
  readonly id: string;
  /** The virtual key, by its id. */
  readonly keyId: string | null;
  /** Whose cached answers its lines may see. */
  readonly tenant: string;
  /** The client's own key for a provider; never stored. */
  readonly credential?: Exchange['credential'];
}

/** A file of a client: what it uploaded, or what a batch came to. Its bytes are on disk under its id. */
export interface FileRecord {
  readonly id: string;
  /** Nobody else sees it. */
  readonly owner: string;
  readonly filename: string;
  readonly purpose: 'batch' | 'batch_output';
  readonly bytes: number;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

export type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled';

const ended: readonly BatchStatus[] = ['failed', 'completed', 'expired', 'cancelled'];

export const hasEnded = ({ status }: Pick<BatchRecord, 'status'>): boolean => ended.includes(status);

/** What became of a line. */
export type LineKind = 'succeeded' | 'errored' | 'cancelled' | 'expired';

export type Counts = Readonly<Record<LineKind, number>>;

export const noCounts: Counts = { succeeded: 0, errored: 0, cancelled: 0, expired: 0 };

/** Tokens of all answers together. */
export interface BatchUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

export const noUsage: BatchUsage = { input: 0, cached: 0, output: 0, reasoning: 0 };

/** What is wrong with the input of a batch, in OpenAI's words. */
export interface LineFault {
  readonly code: string;
  readonly message: string;
  /** From 1; null for the file as a whole. */
  readonly line: number | null;
  readonly param: string | null;
}

export interface BatchRecord {
  readonly id: string;
  readonly owner: string;
  readonly dialect: DialectName;
  /** The path that each line is for, such as `/v1/chat/completions`. */
  readonly endpoint: string;
  readonly status: BatchStatus;
  readonly createdAt: number;
  /** The end of its completion window. */
  readonly expiresAt: number;
  /** The virtual key that it was made with, by its id. */
  readonly keyId: string | null;
  /** Whose cached answers its lines may see, where there is no key to tell. */
  readonly tenant: string;
  /**
   * The client's own key that it was made with, by its hash. Its lines are asked with no other, and wait until the client has
   * shown it again after a restart, whoever takes it: what it was sent for then must not be on another's bill.
   */
  readonly ownKey: { readonly hash: string } | null;
  /** Headers of the request that made it which travel with every line. */
  readonly headers: Readonly<Record<string, string>>;
  /** What has made it, and asks with each of its lines. */
  readonly agent?: string | undefined;
  readonly inputFileId: string | null;
  readonly metadata: JsonObject | null;
  /** How long its output files are kept, milliseconds. */
  readonly keepMs: number;
  readonly lines: number;
  readonly counts: Counts;
  readonly usage: BatchUsage;
  readonly faults: readonly LineFault[];
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly inProgressAt: number | null;
  readonly finalizingAt: number | null;
  readonly cancellingAt: number | null;
  /** When it ended, in whichever way `status` says. */
  readonly endedAt: number | null;
}
