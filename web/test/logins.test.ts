import test from "node:test";
import assert from "node:assert/strict";
import { loginWays } from "../src/logins";

const words = { name: "NAME", server: "SERVER" };
const routes = [
  { pattern: "*@example.jp", host: "pop.example.jp" },
  { pattern: "*@sub.example.jp", host: "pop.example.jp" },
  { pattern: "boss@other.example", host: "pop.other.example" },
  { pattern: "*%office", host: "imap.other.example" },
  { pattern: "*@*.example", host: "many.example" },
];
const logins = (...a: Parameters<typeof loginWays>) => loginWays(...a).map((w) => `${w.kind} ${w.login}`);

test("without a route the server stands in the name", () => {
  assert.deepEqual(logins([], "", words), ["both NAME%SERVER"]);
  assert.deepEqual(logins([], " Pop.example.jp ", words), ["both NAME%pop.example.jp"]);
});

test("where a route takes addresses, people log in by theirs", () => {
  assert.deepEqual(logins(routes, "", words), ["address NAME@example.jp", "address NAME@sub.example.jp", "both NAME%office", "both NAME%SERVER"]);
  assert.deepEqual(logins(routes, "POP.example.jp", words), ["address NAME@example.jp", "address NAME@sub.example.jp", "both NAME%pop.example.jp"]);
  assert.deepEqual(logins(routes, "pop.example.jp:1995", words), ["address NAME@example.jp", "address NAME@sub.example.jp", "both NAME%pop.example.jp:1995"]);
  assert.deepEqual(logins(routes, "elsewhere.example", words), ["both NAME%elsewhere.example"]);
  assert.equal(loginWays(routes, "", words)[0]!.host, "pop.example.jp");
});

test("one for all names needs the name alone", () => {
  assert.deepEqual(logins([{ pattern: "*", host: "pop.example.jp" }], "", words), ["name NAME", "both NAME%SERVER"]);
});
