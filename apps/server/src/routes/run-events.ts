import type { ServerResponse } from 'node:http';
import type { RunHistory } from '@hotpath/runtime';
import { attemptView, runView, waitingIn } from './run-views.ts';

export interface RunEventsOptions {
  /** What is written down now; `undefined` where it was removed. */
  readonly load: () => Promise<RunHistory | undefined>;
  /** Whether nobody runs it any more. */
  readonly isInterrupted: (history: RunHistory) => Promise<boolean>;
  /** Between two looks, milliseconds. Longer where looking takes long. */
  readonly everyMs: number;
  /** How often something is said where nothing happens, milliseconds. */
  readonly commentMs: number;
  /** Whether whoever listens still may: looked at with each comment. @default always */
  readonly mayListen?: (() => boolean) | undefined;
  readonly onError: (error: unknown) => void;
}

/** Of the time, a look takes one part in so many at most. */
const restPerLook = 10;
const ended = new Set(['committed', 'kept', 'undone', 'failed']);

/**
 * Tells a client of a run as it goes on, in whatever process it does: first all there is, then what has changed, as server-sent
 * events `run` and `step`; `end` when it has ended. Returns what ends it before.
 */
export const streamRun = (response: ServerResponse, options: RunEventsOptions): (() => void) => {
  const { load, isInterrupted, everyMs, commentMs, mayListen = () => true, onError } = options;
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const write = (event: string, value: unknown): void =>
    void response.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
  /** Says it unless it has said the same of it before. */
  const tell = (event: string, key: string, value: unknown): void => {
    const text = JSON.stringify(value);
    if (told.get(key) === text) return;
    told.set(key, text);
    write(event, value);
  };
  const comments = setInterval(() => (mayListen() ? response.write(': waiting\n\n') : stop()), commentMs);
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    clearInterval(comments);
    response.end();
  };
  const look = async (): Promise<void> => {
    const beganAt = performance.now();
    const history = await load();
    if (isOver) return;
    if (history === undefined) {
      write('end', { state: null });
      stop();
      return;
    }
    const { run, attempts } = history;
    const own = runView(run, await isInterrupted(history));
    if (isOver) return;
    // First the run, so that whoever draws has something to draw steps within; its end comes last.
    const isEnd = ended.has(run.state);
    const view = { ...own, waiting: waitingIn(history) };
    if (!isEnd || told.size === 0) tell('run', 'run', view);
    for (const attempt of attempts) tell('step', `${attempt.step}\n${attempt.attempt}`, attemptView(attempt));
    if (isEnd) {
      tell('run', 'run', view);
      write('end', { state: run.state });
      stop();
      return;
    }
    timer = setTimeout(lookAgain, Math.max(everyMs, (performance.now() - beganAt) * restPerLook));
  };
  const lookAgain = (): void =>
    void look().catch((error: unknown) => {
      onError(error);
      stop();
    });
  response.once('close', stop);
  lookAgain();
  return stop;
};
