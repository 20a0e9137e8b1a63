import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import type { Upstream } from '../../../tests/upstream/index.ts';
import { freshMachine, type Machine } from './built.ts';

/** What stands in an output line. */
export interface ResultLine {
  readonly row: number;
  readonly answer?: unknown;
  readonly model?: string;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  readonly costUsd?: number;
  readonly cache?: string;
  readonly lane?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A machine with a key for the loopback provider. Nothing else is asked for models. */
export const batchMachine = (upstream: Upstream, config = '') => {
  const machine: Machine = freshMachine();
  machine.write('hotpath.config.yaml', `defaultModel: openai/gpt-4o-mini\ndetect: { ollama: false }\n${config}`);
  const environment = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: upstream.openaiUrl };
  const pathOf = (name: string): string => join(machine.folder, name);
  const text = (name: string): string => (existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : '');
  return {
    ...machine,
    environment: { ...machine.environment, ...environment },
    start: (args: readonly string[]) => machine.start(['batch', ...args], { environment }),
    run: (args: readonly string[], options: { readonly input?: string } = {}) =>
      machine.run(['batch', ...args], { ...options, environment }),
    /** Another command than batch. */
    runOther: machine.run,
    text,
    results: (name: string): readonly ResultLine[] =>
      text(name)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ResultLine),
    /** The journal of the only job there is. */
    journal: (): string => {
      const folder = pathOf('home/state/batches');
      const [found] = readdirSync(folder).filter((name) => name.endsWith('.sqlite'));
      return join(folder, found ?? 'none');
    },
  };
};

/** What the provider was asked, in the words of the last message. */
export const promptsOf = (upstream: Upstream, of: (request: Upstream['requests'][number]) => boolean = () => true) =>
  upstream.requests
    .filter(({ path }) => path === '/v1/chat/completions')
    .filter(of)
    .map(({ body }) => {
      const { messages } = JSON.parse(body.toString()) as {
        readonly messages: readonly { readonly content: string }[];
      };
      return messages.at(-1)?.content ?? '';
    });
