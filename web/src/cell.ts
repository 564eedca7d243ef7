// A value that parts of the page watch: all state that outlives a page.
import { useEffect, useState } from "preact/hooks";

export interface Cell<T> {
  get(): T;
  set(value: T): void;
  watch(on: (value: T) => void): () => void;
}

export function cell<T>(first: T): Cell<T> {
  let value = first;
  const watchers = new Set<(value: T) => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const on of [...watchers]) on(next);
    },
    watch(on) {
      watchers.add(on);
      return () => watchers.delete(on);
    },
  };
}

export function useCell<T>(c: Cell<T>): T {
  const [value, setValue] = useState<{ at: T }>({ at: c.get() });
  useEffect(() => {
    setValue((old) => (Object.is(old.at, c.get()) ? old : { at: c.get() }));
    return c.watch((at) => setValue({ at }));
  }, [c]);
  return value.at;
}
