// What is said to the dashboard, and what its answers come to.
import assert from "node:assert/strict";
import test from "node:test";
import { findMail, keep, readAddress, readToken, sayAbout, whose } from "../../addon/thunderbird/dashboard.js";

test("a token travels in clear on this computer only", () => {
  for (const [typed, origin, pattern] of [
    ["http://127.0.0.1:8110", "http://127.0.0.1:8110", "http://127.0.0.1/*"],
    [" http://localhost:8110/#/me ", "http://localhost:8110", "http://localhost/*"],
    ["http://127.1:8110", "http://127.0.0.1:8110", "http://127.0.0.1/*"],
    ["https://mekiki.example.jp", "https://mekiki.example.jp", "https://mekiki.example.jp/*"],
    ["https://mekiki.example.jp:8443/x", "https://mekiki.example.jp:8443",
      "https://mekiki.example.jp/*"],
  ]) {
    assert.deepEqual(readAddress(typed), { origin, pattern }, typed);
  }
  for (const typed of [
    "", "127.0.0.1:8110", "localhost:8110", "http://mekiki.example.jp", "http://192.0.2.1:8110",
    "http://127.0.0.1.example.jp", "http://127.0.0.1@evil.example", "https://u:p@a.example",
    "https://u@a.example", "ftp://127.0.0.1", "file:///etc/passwd", "javascript:1", "https://",
  ]) {
    assert.equal(readAddress(typed), null, typed);
  }
});

test("tokens are one word", () => {
  const token = "0123456789abcdef".repeat(4);
  assert.equal(readToken(token), token);
  assert.equal(readToken(` ${token}\n`), token);
  for (const typed of ["", "short", `${token} ${token}`, `${token}\r\nX: y`, "あ".repeat(64)]) {
    assert.equal(readToken(typed), "", typed);
  }
});

const origin = "http://127.0.0.1:8110";
const answering = (status, body, seen = []) => async (url, how) => {
  seen.push([url, how]);
  return { status, text: async () => body };
};

test("requests are as docs/dashboard.md says, and go nowhere else", async () => {
  const rule = { account: "", kind: "author", pattern: "a.example", signer: "", effect: "trust",
    days: null };
  const seen = [];
  assert.deepEqual(await keep(answering(200, '{"id":7}', seen), origin, "token", "ja", rule), { id: 7 });
  assert.deepEqual(
    await whose(answering(200, '{"account":"taro@pop.example"}', seen), origin, "token", "ja"),
    { account: "taro@pop.example" },
  );
  const [[postUrl, post], [getUrl, get]] = seen;
  assert.equal(postUrl, `${origin}/api/rules?lang=ja`);
  assert.equal(post.method, "POST");
  assert.deepEqual(JSON.parse(post.body), rule);
  assert.deepEqual(post.headers, {
    Authorization: "Bearer token", "Content-Type": "application/json",
  });
  assert.equal(getUrl, `${origin}/api/me?lang=ja`);
  assert.equal(get.method, "GET");
  assert.equal(get.body, undefined);
  assert.deepEqual(get.headers, { Authorization: "Bearer token" });
  for (const { credentials, redirect, cache } of [post, get]) {
    assert.deepEqual([credentials, redirect, cache], ["omit", "error", "no-store"]);
  }
});

test("each answer comes to a word for people", async () => {
  for (const [status, body, problem, text] of [
    [401, '{"error":"sign-in","text":"Please sign in."}', "token", ""],
    [401, "", "token", ""],
    [409, '{"error":"conflict","text":"There are 1,000 rules."}', "refused",
      "There are 1,000 rules."],
    [503, '{"error":"unavailable","text":"No answer\\u202e\\n."}', "refused",
      "No answer\ufffd\ufffd."],
    [400, `{"text":"${"x".repeat(300)}"}`, "refused", `${"x".repeat(200)}…`],
    [500, '{"error":"x"}', "strange", ""],
    [404, "<html>", "strange", ""],
    [200, "<html>", "strange", ""],
    [200, "null", "strange", ""],
    [200, "{}", "strange", ""],
    [200, "[]", "strange", ""],
    [200, `{"id":1,"account":"a","more":"${"x".repeat(1_000_000)}"}`, "strange", ""],
  ]) {
    assert.deepEqual(await keep(answering(status, body), origin, "t", "en", {}), { problem, text }, body);
    assert.deepEqual(await whose(answering(status, body), origin, "t", "en"), { problem, text }, body);
  }
  const silent = async () => {
    throw new TypeError("NetworkError");
  };
  assert.deepEqual(await keep(silent, origin, "t", "en", {}), { problem: "silent", text: "" });
});

test("a mail is found by what its server calls it, and told about", async () => {
  const seen = [];
  assert.deepEqual(
    await findMail(answering(200, '{"id":12,"story":"x"}', seen), origin, "token", "ja", "a&b#c d"),
    { mail: 12 },
  );
  assert.equal(seen[0][0], `${origin}/api/mail?lang=ja&uidl=a%26b%23c%20d`);
  assert.deepEqual(await findMail(answering(200, '{"id":"12"}'), origin, "token", "en", "u"),
    { problem: "strange", text: "" });
  assert.deepEqual(
    await findMail(answering(404, '{"error":"not-found","text":"There is no such mail."}'), origin,
      "token", "en", "u"),
    { problem: "refused", text: "There is no such mail." },
  );
  assert.deepEqual(await sayAbout(answering(200, "{}", seen), origin, "token", "en", 12, "report"), {});
  const [url, post] = seen[1];
  assert.equal(url, `${origin}/api/feedback?lang=en`);
  assert.deepEqual(JSON.parse(post.body), { mail: 12, said: "report" });
});
