// A code becomes a connection: what is typed, what is asked, what is believed.
import assert from "node:assert/strict";
import test from "node:test";
import {
  end,
  guessPlaces,
  pair,
  readCode,
  readConnection,
  renew,
} from "../../addon/thunderbird/connection.js";
import { keyOf, retagged } from "../../addon/thunderbird/tags.js";

const origin = "https://mekiki.example.jp:8110";
const answer = {
  account: "taro@example.jp%pop.example.jp",
  values: ["0123456789abcdef", "fedcba9876543210"],
  tag: "0123456789ab",
  choice: { methods: ["C", "D"], language: "ja", when: "altered", subject_mark: true, word: "梅干し" },
  version: "0.2.0",
};
const token = "0123456789abcdef".repeat(4);
const kept = {
  account: answer.account, values: answer.values, tag: answer.tag, methods: ["C", "D"],
  language: "ja", when: "altered", word: "梅干し",
};
const answering = (status, body, seen = []) => async (url, how) => {
  seen.push([url, how]);
  return { status, text: async () => JSON.stringify(body) };
};

test("a code is read as people type it", () => {
  for (const [typed, expected] of [
    ["7K3M-0QXA-V9TB", "7K3M0QXAV9TB"],
    [" 7k3m 0qxa v9tb\n", "7K3M0QXAV9TB"],
    ["７Ｋ３Ｍ－０ＱＸＡ－Ｖ９ＴＢ", "7K3M0QXAV9TB"],
    ["7K3M\u20130QXA\u2014V9TB", "7K3M0QXAV9TB"],
    ["7K3MOQXAILTB", "7K3MOQXAILTB"], // the dashboard reads O, I and L
    ["", ""],
    ["7K3M-0QXA", ""],
    ["7K3M-0QXA-V9TB-0", ""],
    ["7K3M-0QXA-V9TU", ""],
    ["7K3M-0QXA-V9T%", ""],
    ["あいうえおかきくけこさし", ""],
    [token, ""],
  ]) {
    assert.equal(readCode(typed), expected, typed);
  }
});

test("only a whole connection is believed", () => {
  assert.deepEqual(readConnection(answer), kept);
  for (const [name, change] of Object.entries({
    "no account": { account: "" },
    "an account that is none": { account: 1 },
    "no values": { values: [] },
    "values as a text": { values: "0123456789abcdef" },
    "three values": { values: [...answer.values, "0".repeat(16)] },
    "a short value": { values: ["0123456789abcde"] },
    "a value that matches anything": { values: [".*"] },
    "a value in capitals": { values: ["0123456789ABCDEF"] },
    "no tag": { tag: "" },
    "a tag of the user's": { tag: "$label1" },
    "no choice": { choice: undefined },
    "a method that is none": { choice: { ...answer.choice, methods: ["E"] } },
    "methods as a text": { choice: { ...answer.choice, methods: "C" } },
    "another language": { choice: { ...answer.choice, language: "../en" } },
    "another occasion": { choice: { ...answer.choice, when: "never" } },
    "no word": { choice: { ...answer.choice, word: null } },
    "a book": { choice: { ...answer.choice, word: "x".repeat(65) } },
  })) {
    assert.equal(readConnection({ ...answer, ...change }), null, name);
  }
  for (const none of [null, undefined, {}, [], "x"]) {
    assert.equal(readConnection(none), null);
  }
  const turned = readConnection({ ...answer, account: "a\u202eb" });
  assert.equal(turned.account, "a\ufffdb");
});

test("a code is sent once, without a token, and brings one", async () => {
  const seen = [];
  const got = await pair(answering(200, { ...answer, token }, seen), origin, "7K3M0QXAV9TB", "ja");
  assert.deepEqual(got, { connection: kept, token });
  assert.equal(seen.length, 1);
  const [[url, how]] = seen;
  assert.equal(url, `${origin}/api/pair?lang=ja`);
  assert.equal(how.method, "POST");
  assert.deepEqual(how.headers, { "Content-Type": "application/json" });
  assert.deepEqual(JSON.parse(how.body), { code: "7K3M0QXAV9TB" });
  assert.deepEqual([how.credentials, how.redirect], ["omit", "error"]);
});

test("what comes of a code in other ways", async () => {
  for (const [status, body, problem, text] of [
    [403, { error: "refused", text: "No." }, "refused", "No."],
    [429, { error: "too-many", text: "Wait." }, "refused", "Wait."],
    [200, answer, "strange", ""], // no token
    [200, { ...answer, token: "short" }, "strange", ""],
    [200, { ...answer, token, values: [] }, "strange", ""],
    [200, { token }, "strange", ""],
    [404, {}, "strange", ""],
  ]) {
    assert.deepEqual(await pair(answering(status, body), origin, "C", "en"), { problem, text });
  }
});

test("a connection is renewed and ended by its token", async () => {
  const seen = [];
  assert.deepEqual(await renew(answering(200, answer, seen), origin, token, "en"), { connection: kept });
  assert.deepEqual(await end(answering(200, {}, seen), origin, token, "en"), {});
  assert.deepEqual(seen.map(([url, how]) => [url, how.method, how.headers.Authorization]), [
    [`${origin}/api/connection?lang=en`, "GET", `Bearer ${token}`],
    [`${origin}/api/connection/end?lang=en`, "POST", `Bearer ${token}`],
  ]);
  assert.equal((await renew(answering(401, {}), origin, token, "en")).problem, "token");
});

test("the account of a mailbox is guessed where its name says so", () => {
  const account = (id, type, name, ...addresses) => ({ id, type, name, addresses });
  const work = account("a", "pop3", "Work", "Taro@Example.jp");
  const home = account("b", "pop3", "Home", "taro@home.example");
  const folders = account("c", "local", "Local Folders");
  for (const [login, candidates, expected] of [
    ["taro@example.jp%pop.example.jp", [home, work, folders], ["a"]],
    ["taro%pop.example.jp", [home, work, folders], []],
    ["taro%pop.example.jp", [home, folders], ["b"]], // the only one
    ["taro%pop.example.jp", [folders], []],
    ["taro%pop.example.jp", [work, account("d", "pop3", "taro%pop.example.jp")], ["d"]],
    ["taro%pop.example.jp", [work, account("d", "pop3", "TARO")], ["d"]],
  ]) {
    assert.deepEqual(guessPlaces(login, candidates), expected, login);
  }
});

test("a mail has the tag of its verdict, and keeps its own", () => {
  const value = "0123456789ab";
  const key = keyOf("forged", value);
  assert.equal(key, `mekiki-forged-${value}`);
  assert.equal(keyOf("unverified", value), "");
  assert.equal(keyOf("constructor", value), "");
  for (const [tags, verdict, expected] of [
    [[], "forged", [key]],
    [[key], "forged", null],
    [["$label1"], "forged", ["$label1", key]],
    [[keyOf("genuine", value)], "forged", [key]], // judged again
    [["$label1", key], "unverified", ["$label1"]],
    [[], "unverified", null],
    [["mekiki-forged-other"], "genuine", ["mekiki-forged-other", keyOf("genuine", value)]],
  ]) {
    assert.deepEqual(retagged(tags, verdict, value), expected, `${tags} ${verdict}`);
  }
});
