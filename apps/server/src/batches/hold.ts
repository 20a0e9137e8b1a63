/** Whether the lines of a batch are still wanted. `cancelled`: only those that somebody works on already. `left`: none. */
export interface Hold {
  readonly state: 'wanted' | 'cancelled' | 'left';
  /** Calls `listener` at each change; returns what ends that. */
  listen(listener: () => void): () => void;
  cancel(): void;
  leave(): void;
}

/** What an `AbortSignal` could say, for thousands of listeners. */
export const createHold = (): Hold => {
  const listeners = new Set<() => void>();
  let state: Hold['state'] = 'wanted';

  const change = (next: Hold['state']): void => {
    if (state === next || state === 'left') return;
    state = next;
    for (const listener of [...listeners]) listener();
  };

  return {
    get state() {
      return state;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cancel: () => change('cancelled'),
    leave: () => change('left'),
  };
};
