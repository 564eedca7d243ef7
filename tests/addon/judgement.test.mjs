// The parts of the add-on that need no Thunderbird: node --test tests/addon
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  doesNotFit,
  isTold,
  parseValues,
  readJudgement,
  resultCells,
  resultLines,
  unfitSigner,
} from "../../addon/thunderbird/judgement.js";
import { sentence, tellsBesides } from "../../addon/thunderbird/sentence.js";
import { alike, join, mostShown, nothing } from "../../addon/thunderbird/told.js";

const folder = new URL("../../addon/thunderbird/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const secret = "0123456789abcdef";

const other = "fedcba9876543210";

test("values are found in what people paste, or none are", () => {
  for (const [pasted, expected] of [
    [secret, [secret]],
    [`  ${secret}\n`, [secret]],
    [`forged-${secret}`, [secret]],
    [`X-Mekiki-Label: forged-${secret}`, [secret]],
    [`genuine-${secret} forged-${secret}`, [secret]],
    [`  forged-${secret}  ->  red\n  forged-${other}  ->  red`, [secret, other]],
    [`mekiki-forged-0123456789ab`, []],
    ["", []],
    ["0123456789abcde", []],
    [`${secret}0`, []],
    [`x${secret}`, []],
    [secret.toUpperCase(), []],
  ]) {
    assert.deepEqual(parseValues(pasted), expected, pasted);
  }
});

const label = (...values) => ({
  "x-mekiki-label": values,
  "x-mekiki-reason": ["dmarc-fail author=a.example\r\n policy=reject"],
  "x-dkim-check": ["fail", "pass"],
  "authentication-results": ["ours;\r\n dkim=fail", "theirs; dkim=pass"],
});

test("only labels with a known value are believed", () => {
  for (const verdict of ["genuine", "new", "altered", "unverified", "forged"]) {
    for (const values of [
      [`${verdict}-${secret}`],
      [`${verdict}-${secret}`, `${verdict}-${other}`],
      [`${verdict}-${other}`, `${verdict}-${secret}`],
    ]) {
      assert.deepEqual(readJudgement(label(...values), ["0000000000000000", secret]), {
        verdict,
        values: values.map((value) => value.slice(verdict.length + 1)),
        check: "fail",
        reason: "dmarc-fail author=a.example policy=reject",
        results: "ours; dkim=fail",
      });
    }
  }
  for (const [values, known] of [
    [[`forged-${secret}`], []],
    [["forged-"], [""]],
    [["forged-fedcba9876543210"], [secret]],
    [["forged"], [secret]],
    [[`FORGED-${secret}`], [secret]],
    [[`forged-${secret}x`], [secret]],
    [[`genuine forged-${secret}`], [secret]],
    [[`constructor-${secret}`], [secret]],
    [[`forged-${secret}`, `forged-${secret}`], [secret]],
    [[`forged-${secret}`, `genuine-${other}`], [secret]],
    [[`forged-${secret}`, "forged-"], [secret]],
    [[`forged-${secret}`, `forged-${other}`, "forged-0000000000000000"], [secret]],
    [[], [secret]],
  ]) {
    assert.equal(readJudgement(label(...values), known), null, values.join());
  }
  assert.equal(readJudgement({}, [secret]), null);
});

test("when to open the window", () => {
  const told = (when) =>
    ["forged", "altered", "new", "genuine", "unverified"].filter((verdict) =>
      isTold({ verdict, check: "none" }, when),
    );
  assert.deepEqual(told("forged"), ["forged"]);
  assert.deepEqual(told("altered"), ["forged", "altered"]);
  assert.deepEqual(told("new"), ["forged", "altered", "new"]);
  assert.deepEqual(told("classic"), []);
  assert.ok(isTold({ verdict: "unverified", check: "fail" }, "classic"));
});

test("results are divided at semicolons that divide", () => {
  assert.deepEqual(
    resultLines('us; dkim=fail reason="a; b \\"; c" header.d=x; spf=none (d; (e) \\) f); arc=none'),
    ["us", 'dkim=fail reason="a; b \\"; c" header.d=x', "spf=none (d; (e) \\) f)", "arc=none"],
  );
  assert.deepEqual(resultLines('us; a="b; c'), ["us", 'a="b; c']);
  assert.deepEqual(resultLines(""), []);
});

test("a result is a row of cells", () => {
  assert.deepEqual(resultCells('dkim=fail reason="a = b" header.d=x'),
    { method: "dkim", result: "fail", about: 'reason="a = b" header.d=x' });
  assert.deepEqual(resultCells("arc = none"), { method: "arc", result: "none", about: "" });
  assert.equal(resultCells("mekiki.test"), null);
  assert.equal(resultCells(""), null);
});

test("a signature that does not fit is told from none", () => {
  for (const [verdict, reason, expected] of [
    ["unverified", "dkim-fail signer=a.example", true],
    ["unverified", "changed-on-the-way signer=a.example", true],
    ["unverified", "no-signature", false],
    ["unverified", "dkim-failure", false],
    ["forged", "dkim-fail", false],
  ]) {
    assert.equal(doesNotFit({ verdict, reason }), expected, reason);
  }
});

test("beside the policy a signature that does not fit is told", () => {
  const of = (results, reason = "dmarc-fail author=bank.example policy=reject", verdict = "forged") =>
    unfitSigner({ verdict, reason, results });
  const broken = 'us; dkim=fail reason="x; header.d=no.example" header.d=bank.example; spf=none';
  assert.equal(of('us; dkim=fail reason="the body was changed" header.d=Mail.bank.example'), "mail.bank.example");
  assert.equal(of("us; dkim=pass header.d=bank.example"), "");
  assert.equal(of("us; dkim=fail header.d=esp.example"), "");
  assert.equal(of(broken, "signature-broken author=bank.example"), "");
  assert.equal(of(broken, undefined, "unverified"), "");
  assert.equal(of(""), "");
});

test("mails of which the same is said stand together", () => {
  const mail = (id, title, sentence) => ({ id, title, sentence });
  const groups = alike([mail(1, "a", "b"), mail(2, "c", "d"), mail(3, "a", "b"), mail(4, "ab", "")]);
  assert.deepEqual(groups.map((g) => g.map(({ id }) => id)), [[1, 3], [2], [4]]);
});

test("facts are shown as people read them", () => {
  const patterns = {
    added: { en: "To {links}.", ja: "{links} へ。" },
    field: { en: "Not {field}.", ja: "{field}なし。" },
    look: { en: "{seen} or {like}.", ja: "{seen}、{like}。" },
    mixed: { en: "{'seen'}.", ja: "" },
    class: { en: "Any.", ja: "" },
    "class/both": { en: "Both.", ja: "" },
    "told/one-edit": { en: "; but {seen}.", ja: "" },
  };
  for (const [reason, language, expected] of [
    ["added links=a.example,b.example", "en", "To a.example, b.example."],
    ["added links=a.example,b.example", "ja", "a.example、b.example へ。"],
    ["field field=reply-to", "en", "Not reply-to."],
    ["field field=reply-to", "ja", "返信先なし。"],
    ["field field=x-other", "ja", "x-otherなし。"],
    [
      "look seen=xn--bnk-6cd.example like=bank.example",
      "en",
      "b\u0430nk.example (xn--bnk-6cd.example) or bank.example.",
    ],
    [
      "look seen=mail.xn--wgv71a119e.jp like=x",
      "en",
      "mail.日本語.jp (mail.xn--wgv71a119e.jp) or x.",
    ],
    // RFC 3492 7.1 (B), and names that are none.
    ["look seen=xn--ihqwcrb4cv8a8dqg056pqjye.jp like=x", "en",
      "他们为什么不说中文.jp (xn--ihqwcrb4cv8a8dqg056pqjye.jp) or x."],
    ["look seen=xn--a.jp like=xn--", "en", "xn--a.jp or xn--."],
    ["look seen=xn--99999999.jp like=xn--ab-xyz0.%E2%80%AE", "en",
      "xn--99999999.jp or xn--ab-xyz0.?."],
    ["mixed seen=xn--bnk-6cd.example", "en", "“b\u0430nk.example (xn--bnk-6cd.example)”."],
    ["mixed seen=a@xn--bnk-6cd.example", "en", "“a@xn--bnk-6cd.example”."],
    ["class rule=both", "en", "Both."],
    ["class rule=both finding=one-edit seen=x", "en", "Both; but x."],
    ["class rule=none", "en", "Any."],
    ["class", "en", "Any."],
  ]) {
    assert.equal(sentence(reason, patterns, language), expected, reason);
  }
});

test("a reason becomes a sentence", () => {
  const patterns = {
    plain: { en: "From {author}, {days} days.", ja: "{author} から {days} 日。" },
    look: { en: "Not this one.", ja: "" },
    "look/bidi": { en: "It says {'seen'}.", ja: "{'seen'}です。" },
  };
  for (const [reason, language, expected] of [
    ["plain author=a.example days=3", "en", "From a.example, 3 days."],
    ["plain author=a.example days=3", "ja", "a.example から 3 日。"],
    ["plain author=a.example author=b.example", "en", "From a.example, ? days."],
    ["plain author={days}\u202e days=3", "en", "From {days}?, 3 days."],
    ["look finding=bidi seen=x", "ja", "「x」です。"],
    [`look finding=bidi seen=${"y".repeat(61)}"`, "en", `It says “${"y".repeat(60)}…”.`],
    ['look finding=bidi seen=a"b', "en", "It says “a?b”."],
    ["look finding=bidi seen=%E8%8A%B1%E5%AD%90", "ja", "「花子」です。"],
    ["look finding=bidi seen=Hanako%20Yamada%3D100%25", "en", "It says “Hanako Yamada=100%”."],
    ["look finding=bidi seen=??%4?%zz", "en", "It says “??%4?%zz”."],
    [`look finding=bidi seen=${"%F0%A0%AE%B7".repeat(61)}`, "en", `It says “${"𠮷".repeat(60)}…”.`],
    // Cut within a character, directions, lines, what is invisible, quotation marks.
    [
      "look finding=bidi seen=a%E8%8A%0D%E2%80%AE%E2%80%A8%E2%80%8B%EF%BB%BF%C2%9B%E2%80%9Dz",
      "en",
      "It says “a????????z”.",
    ],
    ["look finding=bidi seen=<b>%3Cb>", "en", "It says “<b><b>”."],
    ["plain author=a%20b%E8%8A%B1 days=3", "en", "From a?b?, 3 days."],
    ["plain author=a%20days=9 days=3", "en", "From a?days=9, 3 days."],
    ["look finding=other", "en", "Not this one."],
    ["constructor", "en", ""],
    ["", "en", ""],
  ]) {
    assert.equal(sentence(reason, patterns, language), expected, reason);
  }
});

test("what is told besides ends the sentence", () => {
  const patterns = read("sentences.json");
  const besides = "finding=display-name seen=%E8%8A%B1%E5%AD%90 like=friend.example";
  for (const [reason, language, expected] of [
    [
      `aligned-dkim author=evil.example signer=evil.example ${besides}`,
      "en",
      "It is proven to come from evil.example; but its sender goes by the name “花子”, as somebody at friend.example does, and writes from no address there.",
    ],
    [
      `no-signature ${besides}`,
      "ja",
      "署名がなく、ほかにも誰から届いたかを証明するものがありません（なお、差出人は friend.example の人と同じ名前「花子」を名乗っていますが、そのドメインのアドレスから書かれてはいません）。",
    ],
    [
      "dkim-fail signer=a.example finding=other-suffix seen=b.example like=b.test",
      "en",
      "The signature of a.example does not fit the mail; but its domain b.example looks like b.test, and is another one.",
    ],
    // It is what the sentence is about.
    [
      `display-name ${besides}`,
      "en",
      "The sender goes by the name “花子”, as somebody at friend.example does, but writes from no address there, and nothing proves it to be a sender you know.",
    ],
    ["dkim-fail signer=a.example finding=confusable", "en", "The signature of a.example does not fit the mail."],
    [
      "dkim-fail signer=a.example finding=mixed-script seen=%CE%B1GEL",
      "en",
      "The signature of a.example does not fit the mail; but its sender's name or address “αGEL” mixes letters that do not belong together.",
    ],
  ]) {
    assert.equal(sentence(reason, patterns, language), expected);
    assert.equal(tellsBesides(reason, patterns), /; but its |（なお、/.test(expected), reason);
  }
  assert.equal(tellsBesides("no-signature", patterns), false);
});

test("a fact may choose the sentence", () => {
  const patterns = {
    code: { en: "From {author}.", ja: "" },
    "code/told": { en: "Never.", ja: "" },
    "code/links": { en: "Links to {links}.", ja: "" },
    "told/one-edit": { en: "; but {seen}.", ja: "" },
  };
  const words = (reason) => sentence(reason, patterns, "en");
  assert.equal(words("code author=a.example links=b.example"), "Links to b.example.");
  assert.equal(words("code author=a.example links="), "From a.example.");
  assert.equal(
    words("code links=b.example finding=one-edit seen=c.example"),
    "Links to b.example; but c.example.",
  );
});

test("a sentence may want several facts, or one of what was undone", () => {
  const patterns = {
    "code/links+by": { en: "{by}: {links}.", ja: "" },
    "code/undone-footer": { en: "Footer.", ja: "" },
    code: { en: "{by} {what}.", ja: "" },
    "what/links": { en: "added {links}", ja: "" },
    what: { en: "did something", ja: "" },
  };
  const words = (reason) => sentence(reason, patterns, "en");
  assert.equal(words("code links=a.example by=b.example"), "b.example: a.example.");
  assert.equal(words("code by=b.example undone=part,footer"), "Footer.");
  assert.equal(words("code by=b.example undone=footers"), "b.example did something.");
  assert.equal(words("code links=a.example"), "? added a.example.");
});

test("each sentence can be filled in both languages", () => {
  const patterns = read("sentences.json");
  assert.ok(Object.keys(patterns).length > 30);
  // {what} stands within others.
  const whole = Object.keys(patterns).filter((code) => code.split("/")[0] !== "what");
  for (const code of whole) {
    for (const language of ["en", "ja"]) {
      const [name, finding = ""] = code.split("/");
      const reason =
        name === "told" ? `no-signature finding=${finding}`
        : finding === "told" ? `${name} finding=display-name`
        : `${name} finding=${finding} ${finding || "x"}=value`;
      const words = sentence(reason, patterns, language);
      assert.match(words, language === "ja" ? /。$/ : /\.$/);
      assert.doesNotMatch(words, /[{}]/, code);
    }
  }
});

test("the window lists each mail once, and the newest of a flood", () => {
  const mails = (from, to) =>
    Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
  const once = join(nothing, mails(0, 3));
  const twice = join(once, mails(1, 5));
  assert.deepEqual(twice, { mails: mails(0, 5), total: 5 });
  const flood = join(twice, mails(5, mostShown + 7));
  assert.equal(flood.total, mostShown + 7);
  assert.deepEqual(flood.mails, mails(7, mostShown + 7));
});

test("both languages have every text that is used, and no other", () => {
  const en = read("_locales/en/messages.json");
  const ja = read("_locales/ja/messages.json");
  assert.deepEqual(Object.keys(ja), Object.keys(en));
  const used = ["manifest.json", "background.js", "warning.js", "options.html", "options.js",
    "verdict.js"]
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
  for (const key of Object.keys(en)) {
    assert.ok(en[key].message && ja[key].message, key);
    assert.deepEqual(ja[key].placeholders, en[key].placeholders, key);
    const [family] = key.split("_");
    const isMade = ["title", "when", "problem", "note", "do", "tag", "say"].includes(family);
    assert.ok(isMade || new RegExp(`["_]${key}(?:__)?"`).test(used), `${key} is not used`);
  }
});
