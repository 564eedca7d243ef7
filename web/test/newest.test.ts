import test from "node:test";
import assert from "node:assert/strict";
import { readFilter } from "../src/filter";
import { put, renewed, withNews } from "../src/newest";
import type { Mail } from "../src/types";

const mail = (id: number, verdict = "new", fetched = id): Mail => ({ id, fetched, verdict }) as Mail;
const ids = (mails: readonly Mail[] | null) => mails?.map((m) => m.id) ?? null;
const list = (...all: number[]) => all.map((id) => mail(id));

test("a mail stands at its place, once", () => {
  assert.deepEqual(ids(put([], mail(1))), [1]);
  assert.deepEqual(ids(put(list(5, 3, 1), mail(4))), [5, 4, 3, 1]);
  assert.deepEqual(ids(put(list(5, 3, 1), mail(6))), [6, 5, 3, 1]);
  assert.deepEqual(ids(put(list(5, 3, 1), mail(0))), [5, 3, 1, 0]);
  const changed = put(list(5, 3, 1), mail(3, "forged"));
  assert.deepEqual(changed.map((m) => m.verdict), ["new", "forged", "new"]);
  // Fetched once more: it is the newest now.
  assert.deepEqual(ids(put(list(5, 3, 1), mail(1, "new", 9))), [1, 5, 3]);
});

test("what came while the list was asked for is not lost, nor what the filter excludes let in", () => {
  const all = readFilter({});
  assert.deepEqual(ids(withNews(list(3, 1), [mail(4), mail(2)], all)), [4, 3, 2, 1]);
  assert.deepEqual(ids(withNews([], [mail(1)], all)), [1]);
  const forged = readFilter({ verdict: "forged" });
  const asked = [mail(3, "forged"), mail(1, "forged")];
  assert.deepEqual(ids(withNews(asked, [mail(4, "new"), mail(3, "new"), mail(5, "forged")], forged)), [5, 1]);
  assert.deepEqual(ids(withNews(list(3), [mail(4)], readFilter({ search: "bank" }))), [3], "only the server knows what is found");
});

test("what the first page says counts as far as it reaches", () => {
  const table: [number[], number[], unknown, number[] | null][] = [
    [[5, 4, 3, 2, 1], [6, 5, 4], "x", [6, 5, 4, 3, 2, 1]],
    [[5, 4, 3, 2, 1], [5, 3], "x", [5, 3, 2, 1]], // 4 does not fit any more
    [[5, 4, 3, 2, 1], [5, 3], null, [5, 3]], // nor do the others
    [[5, 4, 3], [], null, []],
    [[5, 4, 3], [], "x", [5, 4, 3]], // not known yet
    [[3, 2, 1], [9, 8, 7], "x", null], // 4 to 6 are missing
    [[5, 4], [2, 1], "x", [2, 1]],
    [[], [2, 1], "x", [2, 1]],
  ];
  for (const [known, page, next, found] of table)
    assert.deepEqual(ids(renewed(list(...known), { mails: list(...page), next })), found, `${known} ${page} ${next}`);
  assert.deepEqual(renewed([mail(2), mail(1)], { mails: [mail(2, "forged")], next: "x" })?.map((m) => m.verdict), ["forged", "new"]);
});
