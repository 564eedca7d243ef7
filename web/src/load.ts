// What a page asks the server for: waiting, there, or refused with a way to ask again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<T> {
  data: T | null; // stays while a newer one is asked for
  error: unknown;
  busy: boolean;
  again: () => void;
  put: (data: T) => void;
}

/** `key` names what is asked for: another key asks anew, null waits. */
export function useLoad<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown; busy: boolean }>({ data: null, error: null, busy: true });
  const [round, setRound] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    setState((s) => ({ ...s, error: null, busy: true }));
    asking.current(stop.signal).then(
      (data) => stop.signal.aborted || setState({ data, error: null, busy: false }),
      (error: unknown) => stop.signal.aborted || setState((s) => ({ data: s.data, error, busy: false })),
    );
    return () => stop.abort();
  }, [key, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  const put = useCallback((data: T) => setState({ data, error: null, busy: false }), []);
  return { ...state, again, put };
}

/** A action of the reader: one at a time. */
export function useAction(): { busy: boolean; error: unknown; run: (action: () => Promise<unknown>) => Promise<boolean> } {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const busy = useRef(false);
  const run = useCallback(async (action: () => Promise<unknown>) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ busy: true, error: null });
    try {
      await action();
      setState({ busy: false, error: null });
      return true;
    } catch (error) {
      setState({ busy: false, error });
      return false;
    } finally {
      busy.current = false;
    }
  }, []);
  return { ...state, run };
}
