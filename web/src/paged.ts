// Lists that come in pages and are searched while typing.
import { useEffect, useRef, useState } from "preact/hooks";

export interface Paged<T> {
  rows: T[] | null;
  next: number | null;
  busy: boolean;
  error: unknown;
  more: () => void;
  again: () => void;
}

const typingPause = 250; // ms
export const mostRows = 1000; // of a list that is asked for as a whole

/** `whole`: all pages at once, as sorting needs them, up to `mostRows`. */
export function usePaged<T>(key: string, whole: boolean, ask: (offset: number, signal: AbortSignal) => Promise<{ rows: T[]; next: number | null }>): Paged<T> {
  const [state, setState] = useState<{ rows: T[] | null; next: number | null; busy: boolean; error: unknown }>({
    rows: null, next: null, busy: true, error: null,
  });
  const stop = useRef<AbortController | null>(null);
  const asking = useRef(ask);
  asking.current = ask;
  const first = useRef(true);

  const load = (offset: number, known: T[]) => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    setState((s) => ({ ...s, busy: true, error: null }));
    const all = async () => {
      let rows: T[] = [];
      for (let next: number | null = offset; ; ) {
        const page = await asking.current(next, mine.signal);
        rows = [...rows, ...page.rows];
        next = page.next;
        if (next === null || !whole || known.length + rows.length >= mostRows) return { rows, next };
      }
    };
    all().then(
      (page) => mine.signal.aborted || setState({ rows: [...known, ...page.rows], next: page.next, busy: false, error: null }),
      (error: unknown) => mine.signal.aborted || setState((s) => ({ ...s, busy: false, error })),
    );
  };

  useEffect(() => {
    const timer = setTimeout(() => load(0, []), first.current ? 0 : typingPause);
    first.current = false;
    return () => {
      clearTimeout(timer);
      stop.current?.abort();
    };
  }, [key, whole]);

  return {
    ...state,
    more: () => state.next !== null && load(state.next, state.rows ?? []),
    again: () => load(0, []),
  };
}
