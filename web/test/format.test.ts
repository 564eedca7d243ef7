import test from "node:test";
import assert from "node:assert/strict";
import { change, endOfDate, formatAgo, formatDay, formatNumber, formatShare, startOfDate } from "../src/format";
import { strengthOf } from "../src/strength";
import { visible, visibleLines } from "../src/visible";
import { passedElsewhere, signersOf, unfitSigner } from "../src/signers";

test("how long ago", () => {
  const now = 1_800_000_000;
  const table: [number, string | null, string | null][] = [
    [0, null, null],
    [59, null, null],
    [60, "1 minute ago", "1 分前"],
    [3599, "59 minutes ago", "59 分前"],
    [3600, "1 hour ago", "1 時間前"],
    [86400, "yesterday", "昨日"],
    [3 * 86400, "3 days ago", "3 日前"],
    [40 * 86400, "last month", "先月"],
    [400 * 86400, "last year", "昨年"],
    [-120, "in 2 minutes", "2 分後"],
  ];
  for (const [past, en, ja] of table) {
    assert.equal(formatAgo(now - past, now, "en"), en, `${past}`);
    assert.equal(formatAgo(now - past, now, "ja"), ja, `${past}`);
  }
});

test("shares never hide what is there", () => {
  const table: [number, string][] = [[0, "0%"], [1, "100%"], [0.9999, "99.9%"], [0.00001, "0.1%"], [0.5, "50%"], [0.814, "81.4%"]];
  for (const [share, text] of table) assert.equal(formatShare(share, "en"), text);
});

test("numbers, days, changes", () => {
  assert.equal(formatNumber(12345, "ja"), "12,345");
  assert.equal(formatDay(0, "en"), "Jan 1");
  assert.equal(formatDay(20783, "ja"), "11月26日");
  assert.equal(change(15, 10), 0.5);
  assert.equal(change(15, 0), null);
});

test("dates that are none", () => {
  for (const text of ["", "2026", "2026-13-01", "2026-02-30", "yesterday", "2026-11-26T00:00"]) assert.equal(startOfDate(text), null, text);
  assert.equal((endOfDate("2026-10-25") ?? 0) - (startOfDate("2026-10-25") ?? 0), 25 * 3600);
});

test("what cannot be seen is shown", () => {
  const table: [string, string][] = [
    ["plain 日本語 text", "plain 日本語 text"],
    ["a\u202egnp.exe", "a⟨RLO⟩gnp.exe"],
    ["tab\there\u0007", "tab⟨TAB⟩here⟨BEL⟩"],
    ["zero\u200bwidth\ufeff", "zero⟨ZWSP⟩width⟨BOM⟩"],
    ["\u0000\u007f\u0085", "⟨NUL⟩⟨DEL⟩⟨U+0085⟩"],
    ["a\r\nb", "a⟨CR⟩⟨LF⟩b"],
  ];
  for (const [text, shown] of table) assert.equal(visible(text), shown);
  assert.equal(visibleLines("a\r\n\tb\u202e\rc"), "a\n\tb⟨RLO⟩⟨CR⟩c");
});

test("passwords", () => {
  const table: [string, string][] = [
    ["", "weak"], ["short", "weak"], ["aaaaaaaaaaaaaaaaaaaaaaa", "weak"], ["123456789012345678", "weak"],
    ["kite-lamp-77", "fair"], ["correct horse battery staple", "strong"], ["みかん電車ひまわり灯台ねこ坂道", "fair"],
  ];
  for (const [password, strength] of table) assert.equal(strengthOf(password), strength, password);
});

test("signers as rules name them", () => {
  assert.deepEqual(
    signersOf([
      { method: "dkim", result: "pass", reason: "", properties: [{ name: "header.d", value: "Example.JP" }, { name: "header.s", value: "s" }] },
      { method: "dkim", result: "fail", reason: "", properties: [{ name: "header.d", value: "other.example" }] },
      { method: "dkim", result: "pass", reason: "", properties: [{ name: "header.d", value: "esp.example" }] },
      { method: "spf", result: "pass", reason: "", properties: [{ name: "smtp.mailfrom", value: "bounce@example.jp" }] },
      { method: "spf", result: "pass", reason: "", properties: [{ name: "smtp.mailfrom", value: "x@spam.example" }] },
    ], "mail.example.jp"),
    ["example.jp", "spf:example.jp"],
  );
});

test("a signature for the author that does not fit is told", () => {
  const dkim = (result: string, domain: string) => ({ method: "dkim", result, reason: "", properties: [{ name: "header.d", value: domain }] });
  assert.equal(unfitSigner([dkim("pass", "esp.example"), dkim("fail", "Mail.bank.example")], "bank.example"), "mail.bank.example");
  assert.equal(unfitSigner([dkim("fail", "esp.example")], "bank.example"), "");
  assert.equal(unfitSigner([dkim("permerror", "bank.example")], "bank.example"), "");
  assert.equal(unfitSigner([{ ...dkim("fail", "bank.example"), method: "spf" }], "bank.example"), "");
});

test("what passed for another domain than the author's says so", () => {
  const result = (method: string, word: string, name: string, value: string) => ({ method, result: word, reason: "", properties: [{ name, value }] });
  const table: [ReturnType<typeof result>, string][] = [
    [result("spf", "pass", "smtp.mailfrom", "x@spam.example"), "spam.example"],
    [result("spf", "pass", "smtp.mailfrom", "x@BANK.example"), ""],
    [result("spf", "pass", "smtp.mailfrom", "x@bounce.bank.example"), ""],
    [result("spf", "pass", "smtp.mailfrom", "x@notbank.example"), "notbank.example"],
    [result("spf", "fail", "smtp.mailfrom", "x@spam.example"), ""],
    [result("dkim", "pass", "header.d", "mailer.example"), "mailer.example"],
    [result("dmarc", "pass", "header.from", "spam.example"), ""],
  ];
  for (const [r, domain] of table) assert.equal(passedElsewhere(r, "bank.example"), domain, JSON.stringify(r));
  assert.equal(passedElsewhere(result("spf", "pass", "smtp.mailfrom", "x@spam.example"), ""), "");
});
