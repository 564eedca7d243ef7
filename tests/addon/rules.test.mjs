// What the bar offers to keep, by what a stranger wrote.
import assert from "node:assert/strict";
import test from "node:test";
import { offers, readAuthor } from "../../addon/thunderbird/rules.js";

test("one author that everybody reads alike, or none", () => {
  const one = { address: "hanako@example.jp", domain: "example.jp" };
  for (const [value, expected] of [
    ["hanako@example.jp", one],
    ["<hanako@example.jp>", one],
    ["Hanako Yamada <hanako@example.jp>", one],
    ["Hanako\r\n Yamada <hanako@example.jp>", one],
    ['"Yamada, \\"H\\" <x@y.example>" <hanako@example.jp>', one],
    ["=?utf-8?B?5bGx55Sw?= <hanako@example.jp>", one],
    ["hanako@EXAMPLE.jp", one],
    ["Ha.Na+ko@example.jp", { address: "Ha.Na+ko@example.jp", domain: "example.jp" }],
    ["a@日本.jp", { address: "a@xn--wgv71a.jp", domain: "xn--wgv71a.jp" }],
    // A rule's "*" would stand for anything.
    ["*@example.jp", null],
    ["a*b@example.jp", null],
    ["a@*.jp", null],
    // Several, or what looks like another.
    ["hanako@example.jp, jiro@example.jp", null],
    ["a@example.jp <hanako@example.jp>", null],
    ["<a@example.jp> <hanako@example.jp>", null],
    ["<a@example.jp <hanako@example.jp>", null],
    ["Hanako <hanako@example.jp> (x)", null],
    ["Hanako (x) <hanako@example.jp>", null],
    ["friends: hanako@example.jp;", null],
    ["<@relay.example:hanako@example.jp>", null],
    ['"hanako"@example.jp', null],
    ['"a" "b" <hanako@example.jp>', null],
    ['"open <hanako@example.jp>', null],
    ["a@b@example.jp", null],
    ["ha nako@example.jp", null],
    ["hanako@example.jp\u0000", null],
    ["Hanako\r<hanako@example.jp>", null],
    ["Hanako\u0000 <hanako@example.jp>", null],
    ["花子@example.jp", null],
    [".hanako@example.jp", null],
    [`${"a".repeat(65)}@example.jp`, null],
    // Whatever is no domain.
    ["hanako@jp", null],
    ["hanako@example.jp.", null],
    ["hanako@[192.0.2.1]", null],
    ["hanako@example.jp/x", null],
    ["hanako@example.jp?x", null],
    ["hanako@example%2ejp", null],
    ["hanako@", null],
    ["", null],
  ]) {
    assert.deepEqual(readAuthor([value]), expected, value);
  }
  for (const fields of [undefined, [], ["a@example.jp", "a@example.jp"]]) {
    assert.equal(readAuthor(fields), null);
  }
});

test("no From field takes long to read", () => {
  for (const piece of ["a", "a.", "a@", '"', '"\\', "<", "<a@", "a_", " "]) {
    const start = performance.now();
    readAuthor([piece.repeat(200_000)]);
    readAuthor([`<${piece.repeat(200_000)}>`]);
    readAuthor([`a@${piece.repeat(200_000)}`]);
    assert.ok(performance.now() - start < 1000, piece);
  }
});

const from = ["Hanako <hanako@example.jp>"];
const facts = "author=example.jp signer=mail.example.jp selector=s1";
const trust = (pattern, signer) => ({
  account: "", kind: "author", pattern, signer, effect: "trust", days: 30,
});
const distrust = {
  account: "", kind: "author", pattern: "hanako@example.jp", signer: "", effect: "distrust",
  days: 30,
};
const trusting = (signer) => ({
  "trust-address": trust("hanako@example.jp", signer),
  "trust-domain": trust("example.jp", signer),
});

test("trust is offered for what is proven, and for what proved it alone", () => {
  for (const [verdict, reason, signer] of [
    ["new", `aligned-dkim ${facts}`, "mail.example.jp"],
    ["new", "aligned-spf author=example.jp signer=spf:bounce.example.jp", "spf:bounce.example.jp"],
    ["altered", "altered-by-list author=example.jp signer=example.jp list=l.example",
      "example.jp"],
    ["altered", "altered-by-forwarder author=example.jp signer=example.jp forwarder=f.example",
      "example.jp"],
    ["altered", "altered-by-provider author=example.jp signer=example.jp provider=p.example",
      "example.jp"],
    ["altered", "altered-lossless author=example.jp signer=example.jp", "example.jp"],
  ]) {
    assert.deepEqual(
      offers({ verdict, reason }, from),
      { rules: { ...trusting(signer), distrust }, note: "" },
      reason,
    );
  }
});

test("where nothing proves the author, it is said instead", () => {
  const codes = [
    "came-by-list", "came-by-forwarder", "provider-vouches", "test-key", "partial-signature",
    "unsigned-field", "changed-on-the-way", "reported-spf", "spf-unproven-border",
    "third-party-signature",
    "dkim-temperror", "spf-temperror", "arc-temperror", "dmarc-temperror", "dkim-fail", "no-signature", "no-usable-signature",
  ];
  for (const code of codes) {
    for (const reason of [code, `${code} ${facts}`]) {
      assert.deepEqual(
        offers({ verdict: "unverified", reason }, from),
        { rules: {}, note: "unproven" },
        reason,
      );
    }
  }
  // Proven by what a provider says alone.
  assert.deepEqual(
    offers({ verdict: "altered", reason: `altered-after-report ${facts} reporter=r` }, from),
    { rules: { distrust }, note: "unproven" },
  );
});

test("nothing is offered that would be without effect, or against the user", () => {
  const nothing = { rules: {}, note: "" };
  const unclear = { rules: {}, note: "unclear" };
  for (const [verdict, reason, fields, expected] of [
    ["forged", "dmarc-fail author=example.jp policy=reject", from, nothing],
    ["forged", `look-alike ${facts}`, from, nothing],
    ["forged", `aligned-dkim ${facts}`, from, nothing],
    ["unverified", "not-judged cause=x", from, nothing],
    ["unverified", "header-too-long", from, nothing],
    ["genuine", `known-pair ${facts}`, from, { rules: { distrust }, note: "" }],
    ["genuine", `trusted-pair ${facts}`, from, { rules: { distrust }, note: "" }],
    ["unverified", "distrusted author=example.jp", from, { rules: {}, note: "" }],
    ["unverified", "sender-class author=example.jp rule=spf", from,
      { rules: { distrust }, note: "" }],
    // Where Mekiki and this file read another author.
    ["new", `aligned-dkim ${facts}`, ["a@other.example"], unclear],
    ["new", `aligned-dkim ${facts}`, ["a@sub.example.jp"], unclear],
    ["new", `aligned-dkim ${facts}`, ["*@example.jp"], unclear],
    ["new", `aligned-dkim ${facts}`, [], unclear],
    ["unverified", "no-author", [], unclear],
    ["unverified", "several-authors authors=2 fields=1", ["a@b.example, c@d.example"], unclear],
  ]) {
    assert.deepEqual(offers({ verdict, reason }, fields), expected, `${reason} ${fields}`);
  }
  for (const signer of ["", "*", "spf:", "spf:*", "x", "a b.example", "dkim:a.example"]) {
    const reason = `aligned-dkim author=example.jp signer=${signer}`;
    assert.deepEqual(offers({ verdict: "new", reason }, from).rules, { distrust }, signer);
  }
  // Not by a word of another verdict.
  assert.deepEqual(
    offers({ verdict: "unverified", reason: `aligned-dkim ${facts}` }, from).rules,
    {},
  );
});
