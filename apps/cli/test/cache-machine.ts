import { join } from 'node:path';
import { freshMachine, type Outcome } from './built.ts';

/** A machine with a simulated provider, to be asked for its cache. */
export const cacheMachine = () => {
  const machine = freshMachine();
  machine.write('hotpath.config.json', '{"providers":{"sim":{}},"defaultModel":"sim/sim-1"}');
  const cache = (...args: string[]): Promise<Outcome> => machine.run(['cache', ...args]);
  return {
    ...machine,
    /** Where the cache file comes to be. */
    file: join(machine.folder, 'home', 'cache', 'answers.sqlite'),
    cache,
    json: async (...args: string[]) => JSON.parse((await cache(...args, '--json')).stdout),
    ask: async (question: string): Promise<{ text: string; cache: string }> =>
      JSON.parse((await machine.run(['ask', question, '--json'])).stdout),
    /** The entries of an export. */
    exported: async () =>
      (await cache('export')).stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line)),
  };
};

export type CacheMachine = ReturnType<typeof cacheMachine>;
