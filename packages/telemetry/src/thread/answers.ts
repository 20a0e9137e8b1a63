import { shortestStepMs } from '../analytics/period.ts';
import type { EventStore } from '../store/event-store.ts';
import { isReport, questions } from './questions.ts';

/** Each takes parameters of its own, which whoever asks has got right. */
type Answers = Readonly<Record<string, ((store: EventStore, parameters: unknown) => unknown) | undefined>>;

/** Answers that are held at most. */
const mostHeld = 64;

/** Answers questions, and holds the answers that stay the same until something in the store has changed. `now`: epoch milliseconds. */
export const createAnswers = (store: EventStore, now: () => number = Date.now) => {
  const held = new Map<string, unknown>();
  let version = '';

  return (question: string, parameters: unknown): unknown => {
    const find = (questions as Answers)[question];
    if (find === undefined) throw new Error(`nobody knows the question "${question}"`);
    if (!isReport(question)) return find(store, parameters);
    const current = store.version();
    if (current !== version) held.clear();
    version = current;
    // A time that ends now ends with the five minutes that are going on.
    const key = JSON.stringify([question, Math.floor(now() / shortestStepMs), parameters]);
    if (held.has(key)) return held.get(key);
    const answer = find(store, parameters);
    const [oldest] = held.keys();
    if (held.size >= mostHeld && oldest !== undefined) held.delete(oldest);
    held.set(key, answer);
    return answer;
  };
};
