// Numbers, times and lengths as the reader's language writes them.
import type { DayTimes, Language, Zone } from "./types";
import { startOfUtc, type Days } from "./days";

const locales: Record<Language, string> = { en: "en", ja: "ja" };
const made = new Map<string, unknown>();

/** Intl objects are slow to make. */
function once<T>(name: string, make: () => T): T {
  const found = made.get(name) as T | undefined;
  if (found !== undefined) return found;
  const fresh = make();
  made.set(name, fresh);
  return fresh;
}

export const formatNumber = (n: number, lang: Language, digits = 0): string =>
  once(`n${lang}${digits}`, () => new Intl.NumberFormat(locales[lang], { maximumFractionDigits: digits })).format(n);

/** "97.4%"; never "100%" while something is missing, nor "0%" while something is there. */
export function formatShare(share: number, lang: Language): string {
  const capped = share < 1 ? Math.min(share, 0.999) : share;
  const raised = capped > 0 ? Math.max(capped, 0.001) : capped;
  return once(`s${lang}`, () => new Intl.NumberFormat(locales[lang], { style: "percent", maximumFractionDigits: 1 })).format(raised);
}

/** "29 Nov 2026, 00:52 GMT+9", where the reader is. */
export const formatTime = (seconds: number, lang: Language): string =>
  once(`t${lang}`, () => new Intl.DateTimeFormat(locales[lang], {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  })).format(seconds * 1000);

export const formatDate = (seconds: number, lang: Language): string =>
  once(`d${lang}`, () => new Intl.DateTimeFormat(locales[lang], { dateStyle: "medium" })).format(seconds * 1000);

/** A day by its number: "26 Nov", "11月26日". */
export const formatDay = (day: number, lang: Language): string =>
  once(`y${lang}`, () => new Intl.DateTimeFormat(locales[lang], { month: "short", day: "numeric", timeZone: "UTC" })).format(
    startOfUtc(day) * 1000,
  );

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago"; "just now" below a minute is the caller's word for null. */
export function formatAgo(seconds: number, now: number, lang: Language): string | null {
  const past = now - seconds;
  const format = once(`r${lang}`, () => new Intl.RelativeTimeFormat(locales[lang], { numeric: "auto" }));
  for (const [unit, length] of units) {
    if (Math.abs(past) >= length) return format.format(-Math.trunc(past / length), unit);
  }
  return null;
}

/** Change against before: a share of it. Nothing where there was nothing to compare with. */
export const change = (now: number, before: number): number | null => (before === 0 ? null : (now - before) / before);

export const formatChange = (share: number, lang: Language): string =>
  once(`c${lang}`, () => new Intl.NumberFormat(locales[lang], { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" })).format(share);

export const formatPoints = (points: number, lang: Language): string =>
  once(`p${lang}`, () => new Intl.NumberFormat(locales[lang], { maximumFractionDigits: 1, signDisplay: "exceptZero" })).format(points * 100);

/** "2026-11-26T00:00Z", as a chart's days begin; nothing for anything else. */
function instant(text: string): number | null {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at / 1000;
}

export const isInstant = (text: string): boolean => instant(text) !== null;

const isMidnight = (at: Date): boolean => at.getHours() === 0 && at.getMinutes() === 0;
const utcText = (seconds: number, length: number): string => new Date(seconds * 1000).toISOString().slice(0, length);
const dateOf = (day: number): string => utcText(startOfUtc(day), 10);

/** Whether that day begins then where the reader is. */
const beginsHere = (day: number, start: number): boolean => startOfDate(dateOf(day)) === start;

/** Days as links have them: as dates where the reader's days are the same. */
export function daysInLinks(d: Days): { from: string; to: string } {
  return beginsHere(d.first, d.start) && beginsHere(d.last + 1, d.end)
    ? { from: dateOf(d.first), to: dateOf(d.last) }
    : { from: utcText(d.start, 16) + "Z", to: utcText(d.end, 16) + "Z" };
}

/** "UTC+09:00 (JST)", where these days are not the reader's; else "". */
export function foreignZone(zone: Zone, days: readonly DayTimes[]): string {
  if (days.every((d) => beginsHere(d.day, d.start) && beginsHere(d.day + 1, d.end))) return "";
  const minutes = Math.abs(Math.trunc(zone.east / 60));
  const two = (n: number): string => String(n).padStart(2, "0");
  const offset = minutes === 0 ? "UTC" : `UTC${zone.east < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  return /^[A-Za-z]/.test(zone.name) && zone.name !== offset ? `${offset} (${zone.name})` : offset;
}

/** "09:00 GMT+9": when a day of UTC begins for the reader; "" where that is midnight. */
export function dayBegins(day: number, lang: Language): string {
  const at = new Date(startOfUtc(day) * 1000);
  if (isMidnight(at)) return "";
  return new Intl.DateTimeFormat(locales[lang], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }).format(at);
}

/** "2026-11-26" as its first second here, or a time as it is; nothing for what is neither. */
export function startOfDate(text: string): number | null {
  if (isInstant(text)) return instant(text);
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!parts) return null;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return at.getMonth() === Number(parts[2]) - 1 ? at.getTime() / 1000 : null;
}

/** The first second after that date; a time is itself not within. Not 86,400 later: clocks are put forward and back. */
export function endOfDate(text: string): number | null {
  if (isInstant(text)) return instant(text);
  const start = startOfDate(text);
  if (start === null) return null;
  const at = new Date(start * 1000);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1).getTime() / 1000;
}
