// What the reports of other hosts come to: sums. The plan is made by the server.
import type { Sending, SendingDay, SendingGroup } from "./types";

export interface Sums {
  mails: number;
  passed: number;
  forwarded: number;
  stopped: number;
  failed: number; // not stopped
  forged_here: number;
}

export function sumsOf(days: readonly SendingDay[]): Sums {
  const all: Sums = { mails: 0, passed: 0, forwarded: 0, stopped: 0, failed: 0, forged_here: 0 };
  for (const d of days) {
    all.passed += d.passed;
    all.forwarded += d.forwarded;
    all.stopped += d.stopped;
    all.failed += d.failed;
    all.forged_here += d.forged_here;
  }
  all.mails = all.passed + all.forwarded + all.stopped + all.failed;
  return all;
}

/** Those that are, or may be, the owner's own: a stricter policy would stop their mails. */
export const isToMend = (g: SendingGroup): boolean => g.step === "sign" || g.step === "return-path" || g.step === "some-fail";

export interface Bar {
  day: number; // the first
  days: number;
  sums: Sums;
}

/** Every day of the period, those without reports too; beyond 120 by week, the newest whole. */
export function barsOf(s: Sending): Bar[] {
  const by = new Map(s.days.map((d) => [d.day, d]));
  const size = s.to - s.from > 120 ? 7 : 1;
  const bars: Bar[] = [];
  for (let end = s.to; end > s.from; end -= size) {
    const first = Math.max(s.from, end - size);
    const days: SendingDay[] = [];
    for (let day = first; day < end; ++day) {
      const d = by.get(day);
      if (d) days.push(d);
    }
    bars.unshift({ day: first, days: end - first, sums: sumsOf(days) });
  }
  return bars;
}
