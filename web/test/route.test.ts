import test from "node:test";
import assert from "node:assert/strict";
import { href, parseRoute } from "../src/route";
import { isOpen, isSearchable, matches, periodOf, readFilter, toQuery, writeFilter } from "../src/filter";
import { daysOfUtc, type Days } from "../src/days";
import { dayBegins, daysInLinks, foreignZone } from "../src/format";
import type { Mail } from "../src/types";

test("addresses are read", () => {
  const table: [string, string[], Record<string, string>][] = [
    ["", [], {}],
    ["#", [], {}],
    ["#/", [], {}],
    ["#/mails", ["mails"], {}],
    ["#/mails?verdict=forged,new&domain=example.jp", ["mails"], { verdict: "forged,new", domain: "example.jp" }],
    ["#/domain/xn--fiq228c.example", ["domain", "xn--fiq228c.example"], {}],
    ["#/domain/a%2Fb%25c", ["domain", "a/b%c"], {}],
    ["#/domain/100%", ["domain", "100%"], {}], // a lone "%" is no reason to fail
    ["#//mails//", ["mails"], {}],
    ["#/mails?account=taro%25pop.example.jp", ["mails"], { account: "taro%pop.example.jp" }],
  ];
  for (const [hash, path, query] of table) assert.deepEqual(parseRoute(hash), { path, query }, hash);
});

test("what is written is read again", () => {
  for (const [path, query] of [
    [["mails"], { verdict: "forged", account: "taro@example.jp%pop.example.jp:10110" }],
    [["domain", "日本語.example"], {}],
    [["setup", "a/b?c#d&e"], { x: "1 +2" }],
  ] as [string[], Record<string, string>][])
    assert.deepEqual(parseRoute(href(path, query)), { path, query });
  assert.equal(href(["mails"], { verdict: "", domain: undefined }), "#/mails");
  assert.equal(href([]), "#/");
});

test("filters are read from addresses and written back", () => {
  const read = readFilter({ verdict: "new,forged,nonsense", domain: " Example.JP ", from: "2026-02-30", to: "2026-11-26" });
  assert.deepEqual(read, { search: "", verdicts: ["new", "forged"], domain: "example.jp", account: "", from: "", to: "2026-11-26" });
  assert.deepEqual(writeFilter(read), { search: "", verdict: "new,forged", domain: "example.jp", account: "", from: "", to: "2026-11-26" });
  assert.equal(isOpen(readFilter({})), true);
  assert.equal(isOpen(read), false);
  assert.equal(writeFilter(readFilter({ verdict: "genuine,new,unverified,altered,forged" })).verdict, "");
});

test("a period of times is read as it is, and kept by links", () => {
  const read = readFilter({ from: "2026-11-25T00:00Z", to: "2026-11-26T00:00Z", domain: "x.example" });
  assert.deepEqual([read.from, read.to], ["2026-11-25T00:00Z", "2026-11-26T00:00Z"]);
  const asked = toQuery(read, "en");
  assert.equal(asked.from, Date.UTC(2026, 10, 25) / 1000);
  assert.equal(asked.to, Date.UTC(2026, 10, 26) / 1000, "that time is not within");
  assert.deepEqual(periodOf({ from: "2026-11-25T00:00Z", to: "nonsense", domain: "x.example" }), { from: "2026-11-25T00:00Z", to: "" });
  for (const wrong of ["2026-11-25T00:00", "2026-13-25T00:00Z", "2026-11-25T25:00Z", "2026-11-25T00:00:00Z"]) assert.equal(readFilter({ from: wrong }).from, "", wrong);
});

test("days of UTC are dates in links where the reader's days are the same, else times", () => {
  const zone = process.env.TZ;
  const table: [string, string, string, string][] = [
    ["UTC", "2026-11-26", "2026-11-27", ""],
    ["Asia/Tokyo", "2026-11-26T00:00Z", "2026-11-28T00:00Z", "09:00 GMT+9"],
    ["Europe/London", "2026-11-26", "2026-11-27", ""],
  ];
  for (const [name, from, to, begins] of table) {
    process.env.TZ = name;
    assert.deepEqual(daysInLinks(daysOfUtc(20783, 20784)), { from, to }, name);
    assert.equal(dayBegins(20783, "en"), begins, name);
    const asked = toQuery(readFilter({ from, to }), "en");
    assert.deepEqual([asked.from, asked.to], [20783 * 86400, 20785 * 86400], name);
  }
  process.env.TZ = "Europe/London";
  // Its clocks went back on 25 October: the 24th and the 26th do not begin alike.
  assert.deepEqual(daysInLinks(daysOfUtc(20749, 20751)), { from: "2026-10-23T00:00Z", to: "2026-10-26T00:00Z" });
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("days of the server are dates in links where they are the reader's, else times; and the page says whose they are", () => {
  const zone = process.env.TZ;
  const hour = 3600;
  // 26 and 27 November in Tokyo.
  const tokyo: Days = { first: 20783, last: 20784, start: 20783 * 86400 - 9 * hour, end: 20785 * 86400 - 9 * hour };
  const asOne = (d: Days) => [{ day: d.first, start: d.start, end: d.start + 86400 }, { day: d.last, start: d.end - 86400, end: d.end }];
  const there = { name: "JST", east: 9 * hour };
  const table: [string, string, string, string][] = [
    ["Asia/Tokyo", "2026-11-26", "2026-11-27", ""],
    ["UTC", "2026-11-25T15:00Z", "2026-11-27T15:00Z", "UTC+09:00 (JST)"],
    ["America/New_York", "2026-11-25T15:00Z", "2026-11-27T15:00Z", "UTC+09:00 (JST)"],
  ];
  for (const [name, from, to, whose] of table) {
    process.env.TZ = name;
    assert.deepEqual(daysInLinks(tokyo), { from, to }, name);
    assert.equal(foreignZone(there, asOne(tokyo)), whose, name);
    const asked = toQuery(readFilter({ from, to }), "en");
    assert.deepEqual([asked.from, asked.to], [tokyo.start, tokyo.end], name);
  }
  // As midnight is, but on another date: 24 hours apart.
  process.env.TZ = "Pacific/Pago_Pago"; // UTC-11
  const east: Days = { first: 20783, last: 20783, start: 20783 * 86400 - 13 * hour, end: 20784 * 86400 - 13 * hour };
  assert.deepEqual(daysInLinks(east), { from: "2026-11-25T11:00Z", to: "2026-11-26T11:00Z" });
  assert.equal(foreignZone({ name: "+13", east: 13 * hour }, [{ day: 20783, start: east.start, end: east.end }]), "UTC+13:00");
  // The day of 25 hours, 25 October in Berlin, read there and in Tunis, whose clocks are never set.
  const long: Days = { first: 20751, last: 20751, start: 1792879200, end: 1792969200 };
  const longDay = [{ day: 20751, start: long.start, end: long.end }];
  process.env.TZ = "Europe/Berlin";
  assert.deepEqual(daysInLinks(long), { from: "2026-10-25", to: "2026-10-25" });
  assert.equal(foreignZone({ name: "CET", east: hour }, longDay), "");
  process.env.TZ = "Africa/Tunis";
  assert.deepEqual(daysInLinks(long), { from: "2026-10-24T22:00Z", to: "2026-10-25T23:00Z" });
  assert.equal(foreignZone({ name: "CET", east: hour }, longDay), "UTC+01:00 (CET)");
  // Names without letters, and half hours to the west.
  assert.equal(foreignZone({ name: "-0330", east: -12600 }, longDay), "UTC-03:30");
  assert.equal(foreignZone({ name: "UTC", east: 0 }, longDay), "UTC");
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("a search is kept as it was typed, and asked for where there is enough of it", () => {
  assert.equal(readFilter({ search: " 銀行 =1+1% " }).search, "銀行 =1+1%");
  assert.equal(toQuery(readFilter({ search: "銀行" }), "ja").search, "銀行");
  assert.equal(isOpen(readFilter({ search: "x" })), false);
  for (const [text, enough] of [["", false], [" ", false], ["a", false], [" a ", false], ["ab", true], ["a b", true], ["銀", true], ["é", true], ["%", false]] as [string, boolean][])
    assert.equal(isSearchable(text), enough, text);
});

test("dates become the seconds of the reader's days", () => {
  const query = toQuery(readFilter({ from: "2026-03-29", to: "2026-03-29" }), "en"); // 23 hours in Berlin
  assert.equal((query.to ?? 0) - (query.from ?? 0), 23 * 3600);
});

test("arrivals fit a filter as the server's answers do", () => {
  const mail = { verdict: "forged", author_domain: "mail.example.jp", account: "a%b", fetched: 1000 } as Mail;
  const table: [Record<string, string>, boolean][] = [
    [{}, true],
    [{ verdict: "forged,new" }, true],
    [{ verdict: "genuine" }, false],
    [{ domain: "example.jp" }, true],
    [{ domain: "mail.example.jp" }, true],
    [{ domain: "ample.jp" }, false],
    [{ domain: "x.mail.example.jp" }, false],
    [{ account: "a%b" }, true],
    [{ account: "a" }, false],
    [{ from: "1970-01-02" }, false],
    [{ to: "1970-01-01" }, true],
  ];
  for (const [query, fits] of table) assert.equal(matches(readFilter(query), mail), fits, JSON.stringify(query));
});
