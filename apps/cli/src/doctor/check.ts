/** One thing looked at. `fail` makes the exit code 1; a `warn` is worth knowing. */
export interface Check {
  /** Stable, such as `STATE_FOLDER`. */
  readonly code: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it; absent where there is nothing to do. */
  readonly fix?: string;
}

/** A check that can mend what it finds, where that loses nothing. */
export interface Mendable extends Check {
  /** Rejects where it cannot be mended. */
  readonly mend?: () => Promise<void>;
}

export const ok = (code: string, text: string): Check => ({ code, status: 'ok', text });
export const warned = (code: string, text: string, fix: string): Check => ({ code, status: 'warn', text, fix });
export const failed = (code: string, text: string, fix: string): Check => ({ code, status: 'fail', text, fix });
