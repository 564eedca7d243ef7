// Lists for spreadsheets (RFC 4180). Strangers wrote what is in them.
import { visible } from "./visible";

// What a spreadsheet would calculate; Japanese ones read it in full width, too.
const formula = /^[\s\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** An apostrophe makes text of a formula. Numbers of ours stay numbers. */
export function csvCell(value: string | number): string {
  const text = typeof value === "number" ? String(value) : visible(value);
  const safe = typeof value === "string" && formula.test(text) ? "'" + text : text;
  return /[",;\s]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** With a mark by which Excel in Japan knows that it is UTF-8. */
export const csv = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  "\ufeff" + [head, ...rows].map((row) => row.map(csvCell).join(",") + "\r\n").join("");

const two = (n: number): string => String(n).padStart(2, "0");

/** "2026-11-29 00:52:10" where the reader is: as spreadsheets read it. */
export function csvTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
