/** As much of an `EventSource` as is used. */
export interface Source {
  addEventListener(name: string, listener: (event: { readonly data?: string }) => void): void;
  close(): void;
}

export type Status = 'connecting' | 'open' | 'waiting' | 'closed';

export interface EventsOptions {
  readonly open: () => Source;
  /** Names of the events, each with what takes its data. */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  readonly onStatus: (status: Status) => void;
  /** Called before each new attempt, as to look whether somebody is still signed in. */
  readonly onLost?: (() => void) | undefined;
  /** Without an event for so long, the connection is taken to be dead, milliseconds. @default it may be silent */
  readonly silenceMs?: number | undefined;
  readonly schedule?: (work: () => void, afterMs: number) => () => void;
  readonly random?: () => number;
}

export interface Events {
  /** Now rather than after the wait, as when the network is back. */
  retry(): void;
  close(): void;
}

const firstMs = 1_000;
const longestMs = 30_000;

/** How long to wait before another attempt, after so many that failed: twice as long each time, and not at the same time as all others. */
export const delayAfter = (failures: number, random: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16)) * (0.5 + random / 2);

const later = (work: () => void, afterMs: number): (() => void) => {
  const timer = setTimeout(work, afterMs);
  return () => clearTimeout(timer);
};

/** Server-sent events that are asked for anew when they stop: an `EventSource` by itself gives up on an answer that is no stream. */
export const connectEvents = (options: EventsOptions): Events => {
  const { open, on, onStatus, onLost, silenceMs, schedule = later, random = Math.random } = options;
  let source: Source | undefined;
  let failures = 0;
  let isClosed = false;
  let stopWaiting = (): void => {};

  const expect = (): void => {
    stopWaiting();
    if (silenceMs !== undefined) stopWaiting = schedule(lose, silenceMs);
  };
  const lose = (): void => {
    if (isClosed) return;
    stopWaiting();
    source?.close();
    source = undefined;
    onStatus('waiting');
    stopWaiting = schedule(
      () => {
        onLost?.();
        connect();
      },
      delayAfter(failures, random()),
    );
    failures += 1;
  };
  const connect = (): void => {
    if (isClosed) return;
    stopWaiting();
    onStatus('connecting');
    const own = open();
    source = own;
    const ifCurrent = (work: () => void) => () => {
      if (source === own) work();
    };
    own.addEventListener(
      'open',
      ifCurrent(() => {
        failures = 0;
        onStatus('open');
        expect();
      }),
    );
    own.addEventListener('error', ifCurrent(lose));
    for (const [name, take] of Object.entries(on)) {
      own.addEventListener(name, ({ data }) => {
        if (source !== own || data === undefined) return;
        expect();
        take(JSON.parse(data));
      });
    }
    expect();
  };

  connect();
  return {
    retry: () => {
      if (source === undefined) connect();
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      stopWaiting();
      source?.close();
      source = undefined;
      onStatus('closed');
    },
  };
};
