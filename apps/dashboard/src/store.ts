import { useEffect, useState } from 'preact/hooks';

export interface Store<State> {
  get(): State;
  set(next: State): void;
  subscribe(listener: () => void): () => void;
}

/** A value that several components show. */
export const createStore = <State>(initial: State): Store<State> => {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    get: () => state,
    set: (next) => {
      if (Object.is(next, state)) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** The store's value, now and whenever it changes. */
export const useStore = <State>(store: Store<State>): State => {
  const [state, setState] = useState(store.get);
  useEffect(() => {
    const take = () => setState(() => store.get());
    // It may have changed between drawing and now.
    take();
    return store.subscribe(take);
  }, [store]);
  return state;
};
