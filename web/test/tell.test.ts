import test from "node:test";
import assert from "node:assert/strict";
import { en } from "../src/i18n/en";
import { ja } from "../src/i18n/ja";
import { addressesOf, hitBy, letterAbout, mailtoOf, nameToWatch, watchLines } from "../src/tell";
import type { MailQuery } from "../src/api";
import type { ForgedGroup, Mail } from "../src/types";

const wave = (part: Partial<ForgedGroup> = {}): ForgedGroup => ({ domain: "bank.example", kind: "misused", like: "", mails: 64, accounts: [], all_accounts: 7, first: 1_795_000_000, last: 1_795_009_000, fetched: 1_795_500_000, ...part });
const mail = (account: string, author_domain = "bank.example"): Mail => ({ account, author_domain }) as Mail;

test("all accounts of a wave are found, page by page, and those of the domain alone", async () => {
  const asked: MailQuery[] = [];
  const pages = [
    { mails: [mail("b@x.example%p"), mail("a%p"), mail("c%p", "sub.bank.example")], next: "7", rules_since: 0 },
    { mails: [mail("a%p"), mail("d%p")], next: null, rules_since: 0 },
  ];
  const found = await hitBy(wave(), async (q) => (asked.push(q), pages[asked.length - 1]!));
  assert.deepEqual(found, { accounts: ["a%p", "b@x.example%p", "d%p"], cut: false });
  assert.deepEqual(asked.map((q) => q.before), [undefined, "7"]);
  // The list goes by the last fetch.
  assert.deepEqual([asked[0]!.from, asked[0]!.to], [1_795_000_000, 1_795_500_001]);
  const endless = await hitBy(wave(), async () => ({ mails: [mail("a%p")], next: "7", rules_since: 0 }));
  assert.ok(endless.cut);
});

test("a login that is no address gets no mail", () => {
  assert.deepEqual(addressesOf(["taro@example.jp%pop.example.jp", "taro%pop.example.jp", "taro@example.jp%other.example", "a@b@c%p", "x?bcc=evil@e.example%p"]), {
    addresses: ["taro@example.jp"], others: ["taro%pop.example.jp", "a@b@c%p", "x?bcc=evil@e.example%p"],
  });
  // A % of a login stays in it.
  assert.deepEqual(addressesOf(["a%b@c.example%p"]).others, ["a%b@c.example%p"]);
});

test("the letter says what came, and what to do, in both languages", () => {
  for (const [lang, words] of [["en", en.wave.mail], ["ja", ja.wave.mail]] as const) {
    const plain = letterAbout(wave(), words, lang, "");
    assert.match(plain.text, /64/);
    assert.match(plain.text, /bank\.example/);
    assert.ok(!plain.text.includes("{") && !plain.text.includes("http"), plain.text);
    const withPage = letterAbout(wave({ kind: "look-alike", like: "real.example" }), words, lang, "https://mekiki.example/#/mails?$&");
    assert.match(withPage.text, /real\.example/);
    assert.ok(withPage.text.includes("bank[.]example") && !/bank\.example/.test(withPage.text + withPage.subject), "the forger's domain becomes no link");
    assert.ok(withPage.text.includes("https://mekiki.example/#/mails?$&"), withPage.text);
  }
});

test("a domain that a stranger wrote puts nothing into the link", () => {
  const { link, isLong } = mailtoOf(["a+b@x.example", "c@y.example"], letterAbout(wave({ domain: "x&cc=evil@e.example\r\nBcc: y" }), en.wave.mail, "en", ""));
  const [, query] = link.split("?");
  assert.deepEqual([...new URLSearchParams(query).keys()], ["bcc", "subject", "body"]);
  assert.equal(new URLSearchParams(query!.replace(/\+/g, "%2B")).get("bcc"), "a+b@x.example,c@y.example");
  assert.ok(!/[\r\n]/.test(decodeURIComponent(/subject=([^&]*)/.exec(link)![1]!)));
  assert.equal(isLong, false);
  const many = Array.from({ length: 200 }, (_, i) => `somebody${i}@example.jp`);
  assert.equal(mailtoOf(many, letterAbout(wave(), en.wave.mail, "en", "")).isLong, true);
});

test("what to watch is the name that was meant", () => {
  assert.equal(nameToWatch(wave()), "bank.example");
  assert.equal(nameToWatch(wave({ kind: "look-alike", like: "real.example" })), "real.example");
  assert.equal(nameToWatch(wave({ kind: "display-name" })), "");
  assert.equal(watchLines("[]", "bank.example"), '[verdict]\nwatched = ["bank.example"]\n');
  assert.equal(watchLines('["a.example", "b.example"]', "bank.example"), '[verdict]\nwatched = ["a.example", "b.example", "bank.example"]\n');
  assert.equal(watchLines('["bank.example"]', "bank.example"), null);
});
