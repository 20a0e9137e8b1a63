import type { Duration, Size } from './quantity.ts';

/** What prompts and answers are kept, where that is switched on. */
export interface ContentConfig {
  /** Whether prompts and answers are captured. @default false */
  readonly enabled?: boolean | string | undefined;
  /** The SQLite file; relative to the configuration's folder. @default `content.sqlite` beside the file of events */
  readonly path?: string | undefined;
  /** @default 7 days */
  readonly keepMs?: Duration | undefined;
  /** The file grows no larger: the oldest goes first. @default 256 MB */
  readonly maxBytes?: Size | undefined;
  /** What is taken out before anything is written. */
  readonly redact?:
    | {
        /** What looks like a key, token or password. @default true */
        readonly keys?: boolean | string | undefined;
        /** E-mail addresses. @default true */
        readonly emails?: boolean | string | undefined;
        /** Numbers of payment cards. @default true */
        readonly cards?: boolean | string | undefined;
        /** Regular expressions for anything else, used with the flags `gu`. @default none */
        readonly patterns?: readonly string[] | undefined;
      }
    | undefined;
}

/** The same with every default filled in. */
export interface ResolvedContent {
  readonly enabled: boolean;
  /** Absolute. */
  readonly path: string;
  readonly keepMs: number;
  readonly maxBytes: number;
  readonly redact: {
    readonly keys?: boolean;
    readonly emails?: boolean;
    readonly cards?: boolean;
    readonly patterns?: readonly string[];
  };
}

/** Fills in the defaults. */
export const contentWithDefaults = (config: Partial<ResolvedContent> | undefined, path: string): ResolvedContent => ({
  enabled: false,
  path,
  keepMs: 7 * 86_400_000,
  maxBytes: 2 ** 28,
  redact: {},
  ...config,
});
