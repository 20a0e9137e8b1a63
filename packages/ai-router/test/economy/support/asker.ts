// A process that asks, and can be told to die at a certain step of what it does for it.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { openJournal } from '../../../src/economy/journal.ts';
import { createEconomyLane } from '../../../src/economy/lane.ts';
import { economySettings } from '../../../src/economy/options.ts';
import { jobRequestFor } from '../../../src/economy/request.ts';
import type { Exchange } from '../../../src/exchange.ts';
import { anthropic } from '../../../src/providers/anthropic.ts';
import { openai } from '../../../src/providers/openai.ts';

const { UPSTREAM = '', JOURNAL = '', ANSWERS = '', PROVIDER = '', DIE_AT = '0', SHARED = 'yes' } = process.env;
const prompts = ['one', 'two'];

let steps = 0;
const step = (): void => {
  steps += 1;
  if (steps === Number(DIE_AT)) process.kill(process.pid, 'SIGKILL');
};

/** The same methods, with a step before and after each of those named. */
const stepping = <Target extends object>(target: Target, names: readonly string[]): Target =>
  new Proxy(target, {
    get(of, name) {
      const value = Reflect.get(of, name);
      if (typeof value !== 'function' || !names.includes(String(name))) return value;
      return (...args: unknown[]) => {
        step();
        const result = Reflect.apply(value, of, args);
        if (result instanceof Promise) return result.finally(step);
        step();
        return result;
      };
    },
  });

const provider =
  PROVIDER === 'openai'
    ? openai({ apiKey: 'key', baseUrl: `${UPSTREAM}/v1` })
    : anthropic({ apiKey: 'key', baseUrl: UPSTREAM });
const batches = provider.batches && stepping(provider.batches, ['submit', 'find', 'results']);
const stepped = { ...provider, ...(batches && { batches }) };

/** What was answered by now, by this process or one before it: who has an answer does not ask again. */
const answered = (): readonly string[] => (existsSync(ANSWERS) ? readFileSync(ANSWERS, 'utf8').split('\n') : []);
const isAnswered = (prompt: string): boolean => answered().some((line) => line.startsWith(`${prompt} `));
const note = (prompt: string, how: string): void => appendFileSync(ANSWERS, `${prompt} ${how}\n`);
const finish = (): void => {
  if (!prompts.every(isAnswered)) return;
  lane.close();
  void provider.close();
};

const lane = createEconomyLane({
  settings: economySettings({
    journalPath: JOURNAL,
    windowMs: 20,
    pollMs: 10,
    maxPollMs: 20,
    settleMs: 150,
    liveReserveMs: 1000,
    leastWaitMs: 1000,
  }),
  providers: [stepped],
  open: (path, owner, onError) =>
    stepping(openJournal(path, owner, onError), ['add', 'submit', 'resubmit', 'submitted', 'answer', 'drop', 'end']),
  onPaid() {},
  onUnattended({ destination }) {
    // As the cache does, where the answer is found by who asks next.
    const { storeKey } = JSON.parse(destination) as { storeKey?: string };
    if (storeKey === undefined || isAnswered(storeKey)) return;
    note(storeKey, 'cached');
    finish();
  },
  report() {},
});

lane.resume();
for (const prompt of prompts) {
  if (isAnswered(prompt)) continue;
  const model = PROVIDER === 'openai' ? 'gpt-4o-mini' : 'claude-haiku-4-5';
  const body = { model, max_tokens: 50, messages: [{ role: 'user', content: prompt }] };
  const protocol = PROVIDER === 'openai' ? 'openai-chat' : 'anthropic-messages';
  const exchange: Exchange = { protocol, body, deadlineAt: Date.now() + 60_000 };
  const shared = SHARED === 'yes';
  const request = jobRequestFor(
    exchange,
    { provider: stepped, model },
    { storeKey: shared ? prompt : undefined, shared },
  );
  if (!request) throw new Error('the lane must not take this request');
  const place = lane.enter(request, {
    answered() {
      note(prompt, 'answered');
      finish();
    },
    gaveUp(reason) {
      note(prompt, `gave up: ${reason}`);
      finish();
    },
  });
  if (!place) throw new Error('the lane did not take the request');
}
finish();
