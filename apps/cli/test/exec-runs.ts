import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterEach } from 'vitest';
import { heard, type Machine, type Outcome, outcomeOf } from './built.ts';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** Has something ended after the test. */
export const endLater = (stop: () => unknown): void => void stops.push(stop);

/** A configuration that knows what answers, and warns of nothing. */
export const simulated = '{"providers":{"sim":{}},"detect":{"ollama":false}}';

/** Asks the gateway of its environment; each argument is a question, those of one argument with commas at the same time. */
export const asking = `
  const ask = async (content) => {
    const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
      body: JSON.stringify({ model: process.env.MODEL ?? 'sim/sim-1', messages: [{ role: 'user', content }] }),
    });
    await response.text();
    return response.headers.get('x-hotpath-cache') + ' ' + response.status;
  };
  for (const questions of process.argv.slice(2)) console.log((await Promise.all(questions.split(',').map(ask))).join());
`;

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
}

/** Runs `hotpath exec` away from the terminal of the tests, so that signals come from the test alone. */
const startExec = (
  machine: Machine,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Run => {
  const child = machine.start(['exec', ...args], { environment, detached: true });
  endLater(() => child.kill('SIGKILL'));
  return { child, outcome: outcomeOf(child) };
};

/** The address of a `hotpath serve` on this machine. */
export const serve = async (machine: Machine): Promise<string> => {
  const child = machine.start(['serve', '--port', '0', '--json']);
  endLater(() => child.kill('SIGKILL'));
  return JSON.parse(await heard(child.stdout, /\n/)).url;
};

export const node = process.execPath;

/** Ways to run `hotpath exec` on the machine of the test: to its end, or to be watched. */
export const execOn = (machine: () => Machine) => ({
  start: (args: readonly string[]): Run => startExec(machine(), args),
  run: (
    args: readonly string[],
    options: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> => machine().run(['exec', ...args], options),
});
