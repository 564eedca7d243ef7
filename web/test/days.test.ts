import test from "node:test";
import assert from "node:assert/strict";
import { fold, provenShare, spanSize, sumOf, total } from "../src/days";
import type { Day } from "../src/types";

const day = (n: number, forged = 0): Day => ({
  day: n, start: n * 86400 - 32400, end: n * 86400 + 54000, genuine: 6, new: 2, unverified: 1, altered: 1, forged,
  dkim_pass: 8, dkim_fail: 1, dkim_none: 1, dmarc_pass: 7, dmarc_fail: 0, dmarc_none: 3, dmarc_other: 0,
});
const days = (from: number, n: number): Day[] => Array.from({ length: n }, (_, i) => day(from + i, i === n - 1 ? 5 : 0));

test("days are folded into weeks from the newest back", () => {
  const weeks = fold(days(100, 16), 7);
  assert.deepEqual(weeks.map((w) => [w.first, w.last, total(w), w.forged]), [
    [100, 101, 20, 0], // the rest
    [102, 108, 70, 0],
    [109, 115, 75, 5],
  ]);
  assert.equal(weeks[1]?.dkim_pass, 56);
  assert.deepEqual([weeks[1]?.start, weeks[1]?.end], [102 * 86400 - 32400, 109 * 86400 - 32400], "from the begin of its first day to the end of its last");
  assert.deepEqual(fold([], 7), []);
  assert.deepEqual(fold(days(5, 3), 1).map((s) => s.first), [5, 6, 7]);
});

test("nothing is lost in folding", () => {
  for (const n of [1, 6, 7, 8, 90, 365, 730]) {
    const all = days(1, n);
    assert.equal(fold(all, spanSize(n)).reduce((sum, s) => sum + total(s), 0), total(sumOf(all)), String(n));
  }
});

test("the share that is proven", () => {
  assert.equal(provenShare(day(1)), 0.8);
  assert.equal(provenShare(sumOf([])), null);
});
