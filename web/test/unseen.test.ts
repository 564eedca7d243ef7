import test from "node:test";
import assert from "node:assert/strict";
import { en } from "../src/i18n/en";
import { ja } from "../src/i18n/ja";
import { isUnseen, wayText } from "../src/way";
import type { MailStory } from "../src/types";

// docs/dashboard.md, "What cannot be seen"
const ways = [
  "provider-unknown", "no-door", "name-only", "no-time", "no-outside-hop", "unreadable", "no-address", "unusable-address", "not-smtp",
  "provider-or-customer", "own-sender", "broken-chain", "contradicted", "too-many-hops", "dns-unavailable", "submitted", "local-program",
];

test("every reason why a mail could not be accused has words", () => {
  for (const t of [en, ja]) {
    assert.deepEqual(Object.keys(t.unseen).sort(), [...ways].sort());
    for (const way of ways) {
      assert.notEqual(wayText({ way, way_host: "mx.example.jp" }, t), t.unseenOther(way));
      assert.ok(!wayText({ way, way_host: "" }, t).includes("undefined"), way);
    }
  }
  assert.ok(wayText({ way: "no-door", way_host: "mx.example.jp" }, en).includes("mx.example.jp"));
  assert.ok(wayText({ way: "no-door", way_host: "" }, en).includes(en.unseenHost));
  assert.ok(wayText({ way: "new-one", way_host: "" }, en).includes("new-one"));
});

test("only what nothing proves could have been accused", () => {
  const mail = (verdict: string, way: string) => ({ verdict, way }) as MailStory;
  assert.ok(isUnseen(mail("unverified", "no-door")));
  assert.ok(!isUnseen(mail("genuine", "no-door")));
  assert.ok(!isUnseen(mail("unverified", "certain")));
  assert.ok(!isUnseen(mail("unverified", "")));
});
