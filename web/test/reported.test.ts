import { test } from "node:test";
import assert from "node:assert/strict";
import { barsOf, sumsOf } from "../src/reported";
import type { Sending, SendingGroup, SendingStep } from "../src/types";

const group = (step: SendingStep): SendingGroup => ({
  name: "a", mark: null, owner: "unknown", why: "undecided", service: false, step, mails: 1, passed: 0, dkim: 0, spf: 0, forwarded: 0, stopped: 0, first: 0, last: 0, sources: [], all_sources: 0,
});
const sending = (policy: string, steps: SendingStep[], from = 0, to = 3): Sending => ({
  domains: [], domain: "example.jp", from, to, policy, reports: 1, reporters: 1, failures: 0, unproven: { reports: 0, mails: 0 },
  days: [{ day: 1, passed: 5, forwarded: 1, stopped: 2, failed: 3, forged_here: 4 }], groups: steps.map(group), all_groups: steps.length,
  others: { mails: 0, passed: 0, dkim: 0, spf: 0, forwarded: 0, stopped: 0 }, marks: [], ignored: [],
});

test("sums are of all that came, and forgeries here are none of them", () => {
  assert.deepEqual(sumsOf(sending("", []).days), { mails: 11, passed: 5, forwarded: 1, stopped: 2, failed: 3, forged_here: 4 });
});

test("days without reports have their place", () => {
  const bars = barsOf(sending("", []));
  assert.deepEqual(bars.map((b) => [b.day, b.sums.mails]), [[0, 0], [1, 11], [2, 0]]);
});

test("a year is told by weeks, the newest whole", () => {
  const bars = barsOf(sending("", [], 0, 365));
  assert.equal(bars.length, 53);
  assert.equal(bars.at(-1)?.days, 7);
  assert.equal(bars[0]?.days, 1);
  assert.equal(bars.reduce((n, b) => n + b.sums.passed, 0), 5);
});
