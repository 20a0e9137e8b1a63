import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from './request.ts';

export interface Resource<Value> {
  /** The last that was got; it stays while another is on its way, and where that fails. */
  readonly value: Value | undefined;
  readonly error: ApiError | undefined;
  /** Whether `value` answers another question than the present one. */
  readonly isStale: boolean;
  readonly reload: () => void;
}

interface Held<Value> {
  readonly key: string | null;
  readonly value?: Value;
  readonly error?: ApiError;
}

/**
 * What `load` gets, anew whenever `key` is another, and every so many milliseconds while the page is looked at. A `null` key asks for
 * nothing.
 */
export const useResource = <Value>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Resource<Value> => {
  const [held, setHeld] = useState<Held<Value>>({ key: null });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // A round asks once more for the same.
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: number | undefined;
    const again = () => {
      if (everyMs === undefined || stop.signal.aborted) return;
      timer = window.setTimeout(() => (document.hidden ? again() : get()), everyMs);
    };
    const get = () =>
      void latest.current(stop.signal).then(
        (value) => {
          if (stop.signal.aborted) return;
          setHeld({ key, value });
          again();
        },
        (error: ApiError) => {
          if (stop.signal.aborted) return;
          setHeld(({ value, key: known }) => ({ key: known, error, ...(value !== undefined && { value }) }));
          // What is not there does not come by asking.
          if (error.status !== 404) again();
        },
      );
    get();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [key, everyMs, round]);
  const reload = useCallback(() => setRound((value) => value + 1), []);
  return { value: held.value, error: held.error, isStale: held.value !== undefined && held.key !== key, reload };
};
