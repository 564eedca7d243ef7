import test from "node:test";
import assert from "node:assert/strict";
import { inWaves, kindOfWave, leastWave, waveGap } from "../src/waves";
import type { Mail } from "../src/types";

const hour = 3600;
let id = 0;
const mail = (fetched: number, verdict = "forged", author_domain = "bank.example", code = "dmarc-fail", came = fetched): Mail => ({ id: ++id, fetched, came, verdict, author_domain, code }) as Mail;
const newestFirst = (mails: Mail[]) => mails.sort((a, b) => b.fetched - a.fetched);
const sizes = (mails: Mail[]) => inWaves(newestFirst(mails)).map((i) => i.mails.length);
const times = (n: number, at: number, step: number, domain?: string) => Array.from({ length: n }, (_, i) => mail(at + i * step, "forged", domain));

test("mails of one domain within hours are one item", () => {
  const t0 = 1_000_000;
  assert.deepEqual(sizes(times(leastWave, t0, hour)), [leastWave]);
  assert.deepEqual(sizes(times(leastWave - 1, t0, hour)), [1, 1, 1, 1]);
  assert.deepEqual(sizes(times(leastWave, t0, waveGap)), [leastWave]);
  assert.deepEqual(sizes(times(leastWave, t0, waveGap + 1)), Array(leastWave).fill(1));
  const twoWaves = [...times(5, t0, 60), ...times(6, t0 + 2 * waveGap, 60)];
  assert.deepEqual(sizes(twoWaves), [6, 5]);
});

test("what lies between stays where it was, and nothing is lost", () => {
  const between = [mail(130, "genuine"), mail(250, "forged", "other.example"), mail(10, "new")];
  const all = newestFirst([...times(6, 100, 60), ...between]);
  const items = inWaves(all);
  assert.deepEqual(items.map((i) => [i.newest.author_domain, i.newest.verdict, i.mails.length]), [
    ["bank.example", "forged", 6], ["other.example", "forged", 1], ["bank.example", "genuine", 1], ["bank.example", "new", 1],
  ]);
  assert.deepEqual(items.flatMap((i) => i.mails.map((m) => m.id)).sort(), all.map((m) => m.id).sort());
  assert.ok(items.every((i) => i.newest === i.mails[0]));
});

test("a wave has the times at which its mails came, whenever they were fetched again", () => {
  const again = (came: number) => mail(9_000_000, "forged", "bank.example", "dmarc-fail", came);
  // One of six is fetched again, weeks later, beside a mail of that day.
  const [late, today, ...rest] = inWaves(newestFirst([...times(5, 100, 60), again(160), mail(9_000_001, "new")]));
  assert.deepEqual([late!.mails.length, today!.mails.length, rest], [1, 6, []]);
  assert.deepEqual(today!.mails.map((m) => m.came), [340, 280, 220, 160, 160, 100]);
  // All of them, by another client, with older ones: two waves.
  const all = [...[0, 1, 2, 3, 4].map(again), ...[0, 1, 2, 3, 4].map((i) => again(i + 2 * waveGap))];
  assert.deepEqual(sizes(all), [5, 5]);
});

test("other verdicts, and mails without a domain, make no wave", () => {
  assert.deepEqual(sizes(Array.from({ length: 6 }, (_, i) => mail(i, "unverified"))), Array(6).fill(1));
  assert.deepEqual(sizes(Array.from({ length: 6 }, (_, i) => mail(i, "forged", ""))), Array(6).fill(1));
});

test("its kind is that of most of its mails", () => {
  const of = (...codes: string[]) => kindOfWave(codes.map((c) => mail(1, "forged", "x.example", c)));
  assert.equal(of("look-alike", "look-alike", "dmarc-fail"), "look-alike");
  assert.equal(of("display-name", "dmarc-fail", "own-address"), "misused");
});
