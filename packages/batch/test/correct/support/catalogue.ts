import { readdirSync, readFileSync } from 'node:fs';

/** What a failing command said when it really ran. `$DIR` stands for the folder it ran in, `$ROOT` for the one above, `$HOME` for that of who recorded. */
export interface Recorded {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Versions of the tools, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Setup {
  readonly files?: Readonly<Record<string, string>>;
  readonly executable?: readonly string[];
  readonly commands?: readonly string[];
  /** When given, only these commands are on `PATH`. */
  readonly only?: readonly string[];
  /** A port that somebody else listens on. */
  readonly listen?: number;
}

/** One command line that fails. */
export interface ShellCase {
  readonly id: string;
  readonly line: string;
  readonly tools: readonly string[];
  readonly setup?: Setup;
  /** @default 'sh' */
  readonly shell?: string;
  /** What its author had to say. */
  readonly note?: string;
  /** Why nothing may be mended (the second set). */
  readonly why?: string;
  readonly expect?: {
    /** Lines that count as right. */
    readonly lines: readonly string[];
    /** Run after the corrected line; exits with 0 when the work is done. */
    readonly check?: string;
    /** `line`: the text alone is compared, as what it runs cannot succeed here. @default 'run' */
    readonly verify?: 'run' | 'line';
  };
  readonly recorded?: Recorded;
}

const folder = new URL('../catalogue/', import.meta.url);

export const readFamily = <T = ShellCase>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as T[];

export const shellFamilies: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !name.includes('steps'))
  .map((name) => name.slice(0, -'.json'.length))
  .sort();
