// The address bar.
import { cell, useCell } from "./cell";
import { href, parseRoute, type Route } from "./route";

const route = cell<Route>(parseRoute(location.hash));
addEventListener("hashchange", () => route.set(parseRoute(location.hash)));

export const useRoute = (): Route => useCell(route);

export function go(path: readonly string[], query: Record<string, string | undefined> = {}): void {
  location.hash = href(path, query);
}

/** Without a new entry for "back": for what changes while typing. */
export function replace(path: readonly string[], query: Record<string, string | undefined> = {}): void {
  history.replaceState(null, "", href(path, query));
  route.set(parseRoute(location.hash));
}
