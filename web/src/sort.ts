// The order of a table: "mails" or, from the highest down, "-mails". It stands in the address.
import type { Language } from "./types";

export type Columns<T> = Readonly<Record<string, (row: T) => string | number>>;

const keyOf = (by: string): string => by.replace(/^-/, "");

/** As they came where there is no such column. */
export function sorted<T>(rows: readonly T[], columns: Columns<T>, by: string, lang: Language): T[] {
  const key = keyOf(by);
  const value = Object.keys(columns).includes(key) ? columns[key] : undefined;
  if (!value) return [...rows];
  const order = new Intl.Collator(lang, { numeric: true });
  const way = by.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return way * (typeof x === "number" && typeof y === "number" ? x - y : order.compare(String(x), String(y)));
  });
}

/** After a click on the head of `column`: numbers and times begin with the highest. */
export function turned(by: string, column: string, isNumber: boolean): string {
  const first = isNumber ? "-" + column : column;
  const second = isNumber ? column : "-" + column;
  return by === first ? second : by === second ? "" : first;
}

export const directionOf = (by: string, column: string): "ascending" | "descending" | "none" =>
  keyOf(by) !== column ? "none" : by.startsWith("-") ? "descending" : "ascending";
