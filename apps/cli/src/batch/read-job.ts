import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { JsonObject } from '@hotpath/runtime';
import { fileUnusable, usageError } from '../errors.ts';
import { chooseFormat } from './input.ts';
import type { InputFormat } from './rows.ts';

/** What the command was told, checked. */
export interface Job {
  /** `-` is standard input. */
  readonly path: string;
  readonly format: InputFormat;
  readonly output: string;
  readonly template: string | undefined;
  readonly system: string | undefined;
  readonly schema: JsonObject | undefined;
  readonly model: string | undefined;
  readonly includesInput: boolean;
  readonly concurrency: number;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly maxCostUsd: number | undefined;
  /** Milliseconds; undefined: at once. */
  readonly deadlineMs: number | undefined;
  readonly isSure: boolean;
  readonly isDryRun: boolean;
  readonly retriesFailed: boolean;
  readonly restarts: boolean;
  readonly cache: 'use' | 'off';
  readonly isQuiet: boolean;
  readonly json: boolean;
  readonly configFile: string | undefined;
}

export interface JobFlags {
  readonly template: string | undefined;
  readonly 'template-file': string | undefined;
  readonly system: string | undefined;
  readonly schema: string | undefined;
  readonly model: string | undefined;
  readonly output: string | undefined;
  readonly 'answers-only': boolean;
  readonly format: string | undefined;
  readonly concurrency: number | undefined;
  readonly 'max-tokens': number | undefined;
  readonly temperature: number | undefined;
  readonly 'max-cost': number | undefined;
  readonly yes: boolean;
  readonly 'dry-run': boolean;
  readonly economy: boolean;
  readonly deadline: string | undefined;
  readonly 'retry-failed': boolean;
  readonly restart: boolean;
  readonly 'no-cache': boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly config: string | undefined;
}

const usualConcurrency = 8;
const dayMs = 86_400_000;

const readText = async (path: string): Promise<string> => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw fileUnusable(path, error);
  }
};

const readTemplate = async (flags: JobFlags): Promise<string | undefined> => {
  const { template, 'template-file': file } = flags;
  if (file === undefined) return template;
  if (template !== undefined) throw usageError('Give --template or --template-file, not both.', 'batch');
  // Editors end a file with a line feed that nobody meant to ask.
  return (await readText(file)).replace(/\r?\n$/, '');
};

const readSchema = async (path: string | undefined): Promise<JsonObject | undefined> => {
  if (path === undefined) return undefined;
  const text = await readText(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (error) {
    throw fileUnusable(path, error);
  }
  throw fileUnusable(path, new Error('a JSON Schema is an object'));
};

const readDeadline = async ({ economy, deadline }: JobFlags): Promise<number | undefined> => {
  if (deadline === undefined) return economy ? dayMs : undefined;
  const { parseDuration } = await import('@hotpath/runtime');
  // A number alone could be seconds as well as milliseconds.
  const deadlineMs = Number.isFinite(Number(deadline)) ? undefined : parseDuration(deadline);
  if (deadlineMs === undefined) {
    throw usageError(`--deadline must be a duration such as 30m or 6h, not "${deadline}".`, 'batch');
  }
  return deadlineMs;
};

/** Throws usage errors, and `CLI_FILE_UNUSABLE` for a template or a schema that cannot be read. */
export const readJob = async (path: string, flags: JobFlags): Promise<Job> => {
  const format = chooseFormat(path, flags.format);
  if (path === '-' && flags.output === undefined) {
    throw usageError('Say where the answers go: --output answers.jsonl', 'batch');
  }
  const output = flags.output ?? `${path}.answers.jsonl`;
  if (output === '-') throw usageError('Answers go to a file, so that they can be gone on with. Name one.', 'batch');
  if (path !== '-' && resolve(path) === resolve(output)) {
    throw usageError('The answers would replace the rows: name another --output.', 'batch');
  }
  return {
    path,
    format,
    output,
    template: await readTemplate(flags),
    system: flags.system,
    schema: await readSchema(flags.schema),
    model: flags.model,
    includesInput: !flags['answers-only'],
    concurrency: flags.concurrency ?? usualConcurrency,
    maxTokens: flags['max-tokens'],
    temperature: flags.temperature,
    maxCostUsd: flags['max-cost'],
    deadlineMs: await readDeadline(flags),
    isSure: flags.yes,
    isDryRun: flags['dry-run'],
    retriesFailed: flags['retry-failed'],
    restarts: flags.restart,
    cache: flags['no-cache'] ? 'off' : 'use',
    isQuiet: flags.quiet,
    json: flags.json,
    configFile: flags.config,
  };
};
