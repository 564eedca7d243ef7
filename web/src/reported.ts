// What the reports of other hosts come to: sums, and the one next step.
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

/** "p" of "p=none sp=reject"; "" where it is not told. */
export const policyOf = (text: string): string => /(?:^| )p=(\S+)/.exec(text)?.[1] ?? "";

/** Those that are, or may be, the owner's own: a stricter policy would stop their mails. */
export const isToMend = (g: SendingGroup): boolean => g.step === "sign" || g.step === "return-path" || g.step === "some-fail";

export type Plan = "mend" | "quarantine" | "reject" | "kept";

/** What the owner does next, by all senders together. */
export function planOf(s: Sending): Plan {
  const policy = policyOf(s.policy);
  if (s.groups.some(isToMend)) return "mend";
  if (policy === "reject") return "kept";
  return policy === "quarantine" ? "reject" : "quarantine";
}

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
