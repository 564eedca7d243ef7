// Days are counted from 1970-01-01, and are those of the server's zone, or of UTC.
import { verdicts, type Counts, type Day } from "./types";

export const secondsADay = 86400;
export const startOfUtc = (day: number): number => day * secondsADay;

/** Days from first to last, and when they begin and end. */
export interface Days {
  first: number; // day
  last: number; // day, itself within
  start: number;
  end: number; // not within
}

export const daysOfUtc = (first: number, last: number): Days => ({ first, last, start: startOfUtc(first), end: startOfUtc(last + 1) });

export interface Span extends Counts, Days {
  dkim_pass: number;
  dmarc_pass: number;
}

const summed = [...verdicts, "dkim_pass", "dmarc_pass"] as const;

export const total = (c: Counts): number => verdicts.reduce((sum, v) => sum + c[v], 0);

/** Share of mails whose author is proven; nothing where there was no mail. */
export function provenShare(c: Counts): number | null {
  const all = total(c);
  return all === 0 ? null : (c.genuine + c.new) / all;
}

export function sumOf(days: readonly Day[]): Span {
  const begin = days[0];
  const end = days[days.length - 1];
  const sum = { first: begin?.day ?? 0, last: end?.day ?? 0, start: begin?.start ?? 0, end: end?.end ?? 0 } as Span;
  for (const name of summed) sum[name] = days.reduce((n, d) => n + d[name], 0);
  return sum;
}

/**
 * Spans of `size` days, the newest whole. The oldest may be shorter: a span
 * that is filled up with days nobody asked for would look like a fall.
 */
export function fold(days: readonly Day[], size: number): Span[] {
  const spans: Span[] = [];
  for (let end = days.length; end > 0; end -= size) spans.unshift(sumOf(days.slice(Math.max(0, end - size), end)));
  return spans;
}

/** So that bars stay wide enough to be pointed at. */
export const spanSize = (days: number): number => (days > 120 ? 7 : 1);

/** The date, as Mails wants it, that begins the last `days` days here. */
export function since(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() - (days - 1));
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}
