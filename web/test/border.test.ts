import test from "node:test";
import assert from "node:assert/strict";
import { answerBorder, bond, getBorders } from "../src/api";
import { texts } from "../src/i18n";
import { visible } from "../src/visible";

test("the question names what was seen", () => {
  assert.equal(
    texts.en.border.question("mf*.ocn.ad.jp", "41", "17"),
    "Your mail comes in through mf*.ocn.ad.jp (seen in 41 mails of 17 senders that are proven). Is this your provider's server?",
  );
  assert.equal(
    texts.ja.border.question("mf*.ocn.ad.jp", "41", "17"),
    "メールは mf*.ocn.ad.jp から届いています（確認できたメール 41\u00a0通、差出人 17\u00a0件）。これはご利用のプロバイダーのサーバーですか？",
  );
  // Somebody else's mail is not the administrator's.
  assert.equal(
    texts.en.border.question("mx.example.jp", "6", "4", "joe@example.jp"),
    "Mail of joe@example.jp comes in through mx.example.jp (seen in 6 mails of 4 senders that are proven). Is this the account's provider's server?",
  );
  assert.match(texts.ja.border.question("mx.example.jp", "6", "4", "joe@example.jp"), /^joe@example.jp のメールは mx.example.jp から届いています.*このアカウントのプロバイダー/);
  assert.match(texts.en.border.question(visible("a\u202eb"), "1", "1"), /a⟨RLO⟩b/);
});

test("an answer says what was said of which server", () => {
  assert.equal(texts.en.border.answered("mx.example.jp", false, "30 Nov 2026"), "mx.example.jp is not the provider's server (answered on 30 Nov 2026).");
  assert.equal(texts.ja.border.answered("mx.example.jp", true, "2026/11/30"), "mx.example.jp はプロバイダーのサーバーです（回答：2026/11/30）。");
});

test("the answer is about the question's own view, for the account that is looked at", async (t) => {
  const asked: { path: string; options: RequestInit }[] = [];
  t.mock.method(globalThis, "fetch", (path: string, options: RequestInit) => {
    asked.push({ path, options });
    return Promise.resolve(new Response('{"scope": "", "questions": []}'));
  });
  bond.csrf = "token";
  await getBorders();
  await getBorders("taro@a.example%pop.example");
  assert.deepEqual(asked.map((a) => a.path), ["/api/borders?lang=en", "/api/borders?lang=en&account=taro%40a.example%25pop.example"]);
  const view = "public a.example by a.example smtp\nborder by a.example mx";
  await answerBorder(view, "yes");
  await answerBorder(view, "later", "taro%pop.example");
  assert.deepEqual(asked.slice(2).map((a) => JSON.parse(String(a.options.body))), [
    { view, answer: "yes" },
    { view, answer: "later", account: "taro%pop.example" },
  ]);
  for (const a of asked.slice(2)) {
    assert.equal(a.path, "/api/borders/answer?lang=en");
    assert.equal((a.options.headers as Record<string, string>)["X-Mekiki-CSRF"], "token");
  }
});
