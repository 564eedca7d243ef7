// Plausible answers for the mock server: made up, and the same at every start.
const day = 86400;
export const now = () => Math.floor(Date.now() / 1000);
const today = () => Math.floor(now() / day);

let seed = 20261126;
export function random() {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const between = (a, b) => a + Math.floor(random() * (b - a + 1));

export const accounts = [
  "taro@example.jp%pop.example.jp", "hanako@example.jp%pop.example.jp", "sato%mail.lab.example", "keiri%pop.office.example",
  "emily%pop.school.example", "jim@family.example%pop.family.example", "obaachan%pop.family.example",
];
export const user = accounts[0];

const senders = [
  ["hoshizora-bank.example", "星空銀行", "info", ["【星空銀行】ご利用明細のお知らせ", "【重要】お取引の確認について"]],
  ["railway.example", "東西鉄道", "ticket", ["ご予約の確認（11月28日）", "運行情報のお知らせ"]],
  ["kissa.example", "喫茶みなも", "minamo", ["冬の限定ブレンドができました", "ご来店ありがとうございました"]],
  ["office.example", "総務部 山田", "yamada", ["来週の会議について", "Re: 見積書の件"]],
  ["friend.example", "Emi Tanaka", "emi", ["Photos from Sunday", "Re: 年末の予定"]],
  ["shop.example", "つばめ書店", "order", ["ご注文を発送しました", "お探しの本が入荷しました"]],
  ["university.example", "学務課", "gakumu", ["レポート提出締切のご案内", "Library: due dates"]],
  ["lists.example.org", "users list", "users", ["[users] Release 4.2", "Re: [users] How to filter"]],
  ["newsletter.example", "Weekly News", "news", ["This week in brief", "今週のまとめ"]],
  ["clinic.example", "みどり医院", "yoyaku", ["予約日のお知らせ", "検査結果について"]],
];
const forgers = ["hoshizora-bank.example", "hosh1zora-bank.example", "railway.example", "tax-office.example", "parcel.example", "shop.example"];

const en = {
  "known-pair": (d) => `It is proven to come from ${d}, as mails on 41 days were.`,
  "aligned-dkim": (d) => `It is proven to come from ${d} by a signature of ${d}, which is not known here for that yet.`,
  "no-signature": () => "It has no signature, and nothing else proves who sent it.",
  "third-party-signature": (d) => `It is signed by mailer.example, which does not speak for ${d}.`,
  "dkim-fail": (d) => `The signature of ${d} does not fit the mail.`,
  "altered-by-list": (d) => `It comes from ${d}, and the mailing list users.lists.example.org added text with links to lists.example.org.`,
  "dmarc-fail": (d) => `It says that it comes from ${d}, which asks not to trust unproven mails in its name, and this one is not proven.`,
  "signature-missing": (d) => `Mails from ${d} have almost always come with a valid signature (212 of them), but this one has none.`,
  "look-alike": (d) => `The sender's domain ${d} looks like hoshizora-bank.example but is another one, and nothing proves it to be a sender you know.`,
};
const ja = {
  "known-pair": (d) => `${d} から届いたことが確認でき、同じように確認できたメールがこれまで 41 日届いています。`,
  "aligned-dkim": (d) => `${d} から届いたことは確認できましたが、${d} の署名で確認できたメールがまだ少ないため、「いつもの差出人」ではありません。`,
  "no-signature": () => "署名がなく、ほかにも誰から届いたかを証明するものがありません。",
  "third-party-signature": (d) => `mailer.example の署名がありますが、${d} から届いたことの証明にはなりません。`,
  "dkim-fail": (d) => `${d} の署名がメールの内容と合いません。`,
  "altered-by-list": (d) => `${d} から届いたメールに、メーリングリスト users.lists.example.org が件名または本文に書き足しています。`,
  "dmarc-fail": (d) => `${d} からのメールだと名乗っていますが、${d} は確認できないメールを信用しないよう求めており、このメールは確認できませんでした。`,
  "signature-missing": (d) => `${d} からのメールには、これまでほぼいつも正しい署名が付いていましたが（確認できたもの 212 通）、このメールにはありません。`,
  "look-alike": (d) => `差出人のドメイン ${d} は hoshizora-bank.example に似ていますが別のもので、いつもの差出人だと確認できません。`,
};

let lastId = 0;
export function makeMail(at, verdict) {
  const r = random();
  const v = verdict ?? (r < 0.72 ? "genuine" : r < 0.82 ? "new" : r < 0.945 ? "unverified" : r < 0.975 ? "altered" : "forged");
  const code = { genuine: ["known-pair"], new: ["aligned-dkim"], unverified: ["no-signature", "third-party-signature", "dkim-fail"], altered: ["altered-by-list"],
    forged: ["dmarc-fail", "signature-missing"] }[v];
  const [domain, name, local, subjects] = pick(senders);
  const forged = v === "forged";
  const author_domain = forged ? pick(forgers) : domain;
  const why = author_domain.startsWith("hosh1") ? "look-alike" : pick(code);
  const kept = forged || random() < 0.7;
  const proven = v === "genuine" || v === "new";
  return {
    id: ++lastId, account: pick(accounts), fetched: at, came: at, verdict: v, code: why,
    dkim: proven ? "pass" : v === "altered" || (forged && random() < 0.5) ? "fail" : "none",
    dmarc: proven ? "pass" : forged ? "fail" : "none", policy: forged ? "reject" : proven ? "quarantine" : "",
    author_domain,
    author: kept ? (forged ? `お客様センター <security@${author_domain}>` : `${name} <${local}@${author_domain}>`) : null,
    subject: kept ? (forged ? pick(["【緊急】口座の利用を停止しました", "Your parcel could not be delivered", "税金の還付について \u202egnp.exe", "パスワードの有効期限\u0007が切れます"]) : pick(subjects)) : null,
  };
}

export const mails = [];
for (let i = 900; i > 0; --i) mails.unshift(makeMail(now() - Math.floor(i * i * 9.5) - between(40, 4000)));
mails.sort((a, b) => b.fetched - a.fetched);
lastId = 900;
mails.forEach((m, i) => (m.id = lastId - i));
mails[3] = { ...makeMail(mails[3].fetched, "forged"), id: mails[3].id, author_domain: "hosh1zora-bank.example", code: "look-alike",
  author: "星空銀行 <info@hosh1zora-bank.example>", subject: "【星空銀行】重要：口座の確認\u202eをお願いします", account: user };
lastId = 900;

// A wave among them: the newest but for some.
for (let i = 0; i < 9; ++i) {
  const m = mails[5 + 2 * i];
  mails[5 + 2 * i] = { ...makeMail(mails[5].fetched - i * 1300, "forged"), id: m.id, account: accounts[i % 3], author_domain: "parcel.example", code: "dmarc-fail",
    author: "Delivery <info@parcel.example>", subject: `Your parcel could not be delivered (${i + 1})` };
}
mails.sort((a, b) => b.fetched - a.fetched);
mails.forEach((m, i) => (m.id = 900 - i));
lastId = 900;

export const withSentence = (m, lang) => ({ ...m, sentence: (lang === "ja" ? ja : en)[m.code](m.author_domain) });

function oneDay(d, scale) {
  const weekend = [0, 6].includes(new Date(d * day * 1000).getUTCDay());
  const n = Math.max(2, Math.round((weekend ? 22 : 58) * scale * (0.7 + 0.6 * random())));
  const part = (share) => Math.round(n * share * (0.7 + 0.6 * random()));
  const row = { day: d, genuine: part(0.7), new: part(0.09), unverified: part(0.13), altered: part(0.02), forged: random() < 0.3 ? between(1, 4) : 0 };
  const all = row.genuine + row.new + row.unverified + row.altered + row.forged;
  const pass = row.genuine + Math.round(row.new * 0.8);
  return { ...row, dkim_pass: pass, dkim_fail: row.altered + row.forged, dkim_none: Math.max(0, all - pass - row.altered - row.forged),
    dmarc_pass: Math.round(pass * 0.9), dmarc_fail: row.forged, dmarc_none: row.unverified, dmarc_other: 0 };
}
const allDays = Array.from({ length: 800 }, (_, i) => oneDay(today() - i, 1 - i / 1200)).reverse();

export function overview(days, admin, mode) {
  const to = today() + 1;
  const zero = (d) => Object.fromEntries(Object.keys(allDays[0]).map((k) => [k, k === "day" ? d : 0]));
  let list = allDays.slice(-days);
  let before = allDays.slice(-2 * days, -days).reduce((sum, d) => { for (const k of Object.keys(d)) if (k !== "day") sum[k] += d[k]; return sum; }, zero(to - 2 * days));
  const timed = (d) => ({ ...d, start: d.day * 86400, end: (d.day + 1) * 86400 });
  if (mode === "quiet") list = list.map((d) => ({ ...d, forged: 0 }));
  if (mode === "empty") { list = list.map((d) => zero(d.day)); before = zero(before.day); }
  if (!admin) {
    const few = (d) => Object.fromEntries(Object.entries(d).map(([k, n]) => [k, k === "day" ? n : Math.round(n / 5)]));
    list = list.map(few);
    before = few(before);
  }
  const empty = mode === "empty" || mode === "quiet";
  const blind = mode === "blind";
  const sight = {
    state: mode === "empty" ? "early" : blind ? "blind" : "good",
    servers: mode === "empty" ? [] : [{
      host: "pop.example.jp", state: blind ? "blind" : "good", mails: 240, certain: blind ? 12 : 236, inside: 3,
      why: blind ? [{ way: "no-door", way_host: "mx.example.jp", mails: 228 }] : [], accounts: blind ? [{ name: user, mails: 228 }] : [], all_accounts: blind ? 1 : 0,
      ...(blind && admin ? { settings: '[[provider]]\nupstream = "pop.example.jp"\nhost_domain = "example.jp"\n', has_provider: false } : {}),
    }],
  };
  const came = mails.filter((m) => m.author_domain === "parcel.example" && m.subject?.startsWith("Your parcel could not be delivered ("));
  const wave = { domain: "parcel.example", kind: "misused", like: "", mails: came.length, accounts: accounts.slice(0, 3), all_accounts: 3, first: Math.min(...came.map((m) => m.fetched)), last: Math.max(...came.map((m) => m.fetched)), fetched: Math.max(...came.map((m) => m.fetched)) };
  const waves = mode ? [] : [wave, { ...wave, domain: "hosh1zora-bank.example", kind: "look-alike", like: "hoshizora-bank.example", mails: 12, accounts: accounts.slice(0, 1), all_accounts: 1 }];
  const o = { from: to - days, to, zone: { name: "UTC", east: 0 }, days: list.map(timed), before, begins: to - 800, waves, sight };
  if (!admin) return o;
  const forged = list.reduce((n, d) => n + d.forged, 0);
  // So many in falling parts that add up.
  const parts = (n) => Array.from({ length: n }, (_, i) => i).reduce((found, i) => {
    const rest = forged - found.reduce((a, b) => a + b, 0);
    return [...found, i === n - 1 ? rest : Math.ceil(rest / 2)];
  }, []);
  const hit = parts(4);
  const hitAt = [0, 6, 1, 3];
  return { ...o,
    forged_domains: empty ? [] : parts(forgers.length).map((mails, i) => ({ name: forgers[i], mails, kind: i % 2 ? "look-alike" : "misused", like: i % 2 ? "hoshizora-bank.example" : "" })).filter((d) => d.mails > 0),
    accounts: mode === "empty" ? [] : accounts.map((name, i) => ({ name, mails: Math.round((days * 18) / (i + 1)) + 20, forged: hit[hitAt.indexOf(i)] ?? 0 })),
    health: { items: [
        { name: "border", state: blind ? "warn" : "ok", code: blind ? "blind" : "good", number: blind ? 1 : 236, text: "" },
        { name: "resolver", state: "ok", code: "good", number: 0, text: "the DNS answers" },
        { name: "disk", state: empty ? "ok" : "warn", code: empty ? "good" : "low", number: empty ? 9000 : 180, text: "180 MiB are free" },
      ],
      since: now() - 9 * day - 4000, sessions: 3, waiting: empty ? 0 : 12, lost: 0, dns: { questions: 48211, failed: 96, mean_ms: 18.4 },
      refused_logins: 9, strange_servers: empty ? 0 : 2, upstreams: [{ host: "pop.lab.example", errors: empty ? 0 : 12 }, { host: "pop.example.jp", errors: 0 }] } };
}

export function story(m, lang) {
  const d = m.author_domain;
  const proven = m.verdict === "genuine" || m.verdict === "new";
  const results = [
    { method: "dkim", result: m.dkim, reason: m.dkim === "fail" ? "the body was changed after it was signed" : "", properties: m.dkim === "none" ? [] : [
      { name: "header.d", value: d }, { name: "header.i", value: "@" + d }, { name: "header.s", value: "s2026" }, { name: "header.a", value: "rsa-sha256" }, { name: "header.b", value: "BEJftaKo" }] },
    { method: "spf", result: "pass", reason: 'the domain allows this address to send its mail: 203.0.113.66 matches "ip4:203.0.113.66" in the record of ' + (proven ? d : "spam.example"),
      properties: [{ name: "smtp.mailfrom", value: proven ? "bounce@" + d : "x@spam.example" }] },
    { method: "arc", result: "none", reason: "", properties: [] },
    { method: "dmarc", result: m.dmarc, reason: m.dmarc === "fail" ? `no domain that passed DKIM or SPF belongs to the author's domain; the policy of ${d} is reject` : "", properties: [{ name: "header.from", value: d }] },
  ];
  const kept = m.subject !== null;
  const header = `Received: from out.${d} (out.${d} [203.0.113.66])\r\n\tby mx.example.jp with ESMTPS id 4Xy1;\r\n\tThu, 26 Nov 2026 03:11:02 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; d=${d}; s=s2026; c=relaxed/relaxed;\r\n\th=from:subject:date:to; bh=g3zLYH4xKxcPrHOD18z9YfpQcnk/GaJedfustWU5uGs=; b=BEJftaKoVLMJUtaCrPhd5IlJvmbwD8tBEJftaKoVLMJUtaCrPhd5IlJvmbwD8t\r\nFrom: ${m.author}\r\nSubject: ${m.subject}\r\nTo: ${m.account.split("%")[0]}\r\nDate: Thu, 26 Nov 2026 12:11:00 +0900\r\nMessage-ID: <20261126.1@${d}>\r\n`;
  const text = `  Author: info@${d}\n  Verdict: ${m.verdict}\n  ${withSentence(m, "en").sentence}\n\n  The way it came, first to last\n    Written by the provider:\n     1 2026-11-26T03:11:02Z\n       from [203.0.113.66], calling itself out.${d}, to mx.example.jp, by ESMTPS, with TLS\n       ^ border: here the provider took the mail from outside\n\n  DKIM signature 1 of 1\n    signer       ${d}\n    algorithm    rsa-sha256\n    result       ${m.dkim}\n\n  DMARC (rfc9989)\n    Author:       ${d}\n    Policy:       reject\n    Result:       ${m.dmarc}\n`;
  return { ...withSentence(m, lang), uidl: "0000" + (70000 + m.id) + "a1", way: "certain", way_host: "", feedback: null, own_domain: false, text_of: "", results, header: kept ? header : null, story: kept ? text : null };
}

export const domains = [...senders.map((s) => s[0]), ...Array.from({ length: 90 }, (_, i) => `${pick(["mail", "info", "www", "post"])}${i}.${pick(["shop", "school", "city", "club"])}.example`),
  "xn--fiq228c.example"].map((domain, i) => ({ domain, mails: Math.ceil(900 / (i + 1)), last: now() - i * 5400 - between(60, 4000), known_by: i < 12 ? between(1, 5) : between(0, 1), seen_by: i < 12 ? 5 : 1 }));

export let rules = [
  { id: 1, account: "", kind: "author", pattern: "*@office.example", signer: "office.example", effect: "trust", until: null },
  { id: 2, account: "", kind: "list", pattern: "users.lists.example.org", signer: "", effect: "trust", until: null },
  { id: 3, account: user, kind: "author", pattern: "kissa.example", signer: "", effect: "trust", until: now() + 200 * day },
  { id: 4, account: "", kind: "signer", pattern: "mailer.example", signer: "", effect: "distrust", until: now() - 3 * day },
];
export const setRules = (list) => (rules = list);

export function domain(name) {
  const days = [];
  for (let i = 179; i >= 0; --i) if (random() < 0.55) days.push({ day: today() - i, proven: between(1, 9), unproven: random() < 0.06 ? between(1, 2) : 0 });
  const pairs = [
    { signer: name, mails: 412, days: 96, first: now() - 420 * day, last: now() - 5000, known: true },
    { signer: "spf:" + name, mails: 388, days: 94, first: now() - 410 * day, last: now() - 5000, known: true },
    { signer: "mailer.example", mails: 3, days: 2, first: now() - 3 * day, last: now() - day, known: false },
  ];
  return { domain: name, forged: null, histories: [
    { scope: "pop.example.jp", steadiness: 0.97, last: now() - 5000, known: true, pairs, days },
    { scope: "obaachan%pop.family.example", steadiness: 0.5, last: now() - 5 * day, known: false, pairs: pairs.slice(2), days: days.slice(-2) },
  ], rules: rules.filter((r) => r.pattern.includes(name)) };
}

const key = (n) => "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy6BUZlouGgsC3AqMXIly0mAzV1O1rHP9qteKsV7MB1Rytb7rkTZHdUIu2Waa".slice(0, 110) + "xCwSg".repeat(n);
export const keys = senders.flatMap(([d], i) => [
  { name: `s2026._domainkey.${d}`, records: [
    { text: key(3 + i), first: now() - 300 * day, last: now() - (i % 3 ? 2000 : 120 * day), authentic: i % 2 === 0, revoked: false },
    ...(i % 3 ? [] : [{ text: key(8 + i), first: now() - (i === 6 ? 3 : 119) * day, last: now() - 4000, authentic: i % 2 === 0, revoked: false }]),
    ...(i === 3 ? [{ text: "v=DKIM1; p=", first: now() - 2 * day, last: now() - 3000, authentic: false, revoked: true }] : []),
  ] },
]);

const choice = (methods, when = "forged", language = "ja") => ({ methods, language, when, subject_mark: false });
export const people = accounts.map((account, i) => ({ account, mails: Math.round(540 / (i + 1)), forged: [6, 2, 0, 1, 0, 0, 3][i], last: i === 5 ? 0 : now() - i * 9000 - 500,
  warned: [6, 2, 0, 1, 0, 0, 48][i], over_budget: i === 6, chosen: i % 2 === 0, tokens: i < 3 ? 1 : 0, addon_seen: i < 2 ? now() - i * 4000 - 60 : 0, knows_word: i < 4, choice: i === 4 ? choice([], "forged", "en") : choice(["C", "D", "A", "B"].slice(0, 2 + (i % 3)), ["forged", "altered", "forged", "new"][i % 4]) }));

const setting = (name, value, standard, type, help, line = null) => ({ name, value, default: standard, type, help, line });
export const settings = { file: "/etc/mekiki/mekiki.toml", settings: [
  setting("state", '"/var/lib/mekiki"', '""', "the path of a file or folder", "The folder that keeps certificates, secrets and spooled mails.\nMade with mode 0700 when absent. `--state` on the command line comes first.", 1),
  setting("listen.pop3", '["127.0.0.1:1110"]', '["127.0.0.1:1110"]', "a list, each an address with port", "Where mail clients connect, without TLS or with STLS.\nAn empty list turns it off."),
  setting("listen.pop3s", '["192.168.0.10:1995"]', '["127.0.0.1:1995"]', "a list, each an address with port", "Where mail clients connect with TLS.", 4),
  setting("users.methods", '"C,D"', '"C,D"', "letters of A, B, C, D with commas", "How users are told of forged mail who have not chosen for themselves."),
  setting("users.budget", "5", "5", "a whole number from 0 to 1000", "Warn a user by methods A and B about at most 1 mail in this many; 0: no limit."),
  setting("verdict.watched", '["office.example"]', "[]", "a list, each a domain", "domains that look-alikes are compared with", 11),
  setting("provider", "none", "none", "sections of their own", "The hosts of a mail provider"),
  setting("verdict.accuse_within", '"7d"', '"7d"', "a duration", "How old a mail may be to be called forged."),
  setting("verdict.accuse_unsigned_within", '"30d"', '"30d"', "a duration", "The same without a signature of the author's domain."),
  setting("history.keep", '"full"', '"domains"', '"domains" or "full"', "Whose texts are kept.\nOf forged mails always; of others if \"full\".", 9),
] };

export const standard = { methods: ["C", "D"], language: "ja", when: "forged", subject_mark: false, word: "mikano tesuro" };
export const questions = [{ view: "public hidden.example by hidden.example smtp\nborder by hidden.example mx", host: "mx*.hidden.example", mails: 41, senders: 17 }];
export const me = { account: user, chosen: false, choice: { ...standard }, standard, allowed: ["A", "C", "D"], budget: 5, over_budget: false, knows_word: false,
  tokens: [{ id: "0123456789abcdef", way: "code", made: now() - 86400 * 3, seen: now() - 1800 }] };

export function rehearse(c) {
  const told = { forged: 2, altered: 9, new: 46, classic: 11 }[c.when] ?? 2;
  return { days: 30, mails: 412, genuine: 318, new: 37, unverified: 48, altered: 7, forged: 2, rewritten: c.methods.includes("A") ? 2 : 0, warned: c.methods.includes("B") ? told : 0,
    popped: c.methods.includes("D") ? told : 0, marked: c.subject_mark ? 2 : 0, red: c.methods.includes("C") ? 2 : 0, green: c.methods.includes("C") ? 318 : 0, over_budget: c.when === "classic" && c.methods.includes("A") };
}

// Own domains: one in use, one broken, and forty that have no mail.
const hour = 3600;
const ago = (h) => Math.floor(Date.now() / 1000) - h * hour;
const spfChange = { what: "record", level: "warn", at: ago(30), name: "SPF", record: "", was: "v=spf1 mx -all", is: "v=spf1 mx +all", text: "SPF changed from v=spf1 mx -all to v=spf1 mx +all" };
const bareRow = { grade: "warn", policy: "none", parked: false, bad: 0, warn: 2, checked: ago(3), checking: false, silent_since: null, last_change: null, parked_lines: [] };
const parkedLines = (name) => [`${name}. IN MX 0 .`, `${name}. IN TXT "v=spf1 -all"`, `*._domainkey.${name}. IN TXT "v=DKIM1; p="`, `_dmarc.${name}. IN TXT "v=DMARC1; p=reject"`];
const ownRows = [
  { ...bareRow, domain: "kissa.example", grade: "bad", policy: "none", bad: 1, warn: 2, last_change: spfChange },
  { ...bareRow, domain: "xn--n8jp3a.example", silent_since: ago(6) },
  { ...bareRow, domain: "new.example", grade: null, policy: null, warn: 0, checked: null },
  ...Array.from({ length: 37 }, (_, i) => ({ ...bareRow, domain: `parked-name-number-${i + 1}.example`, grade: i % 9 === 4 ? "warn" : "ok", policy: i % 9 === 4 ? null : "reject", parked: i % 9 !== 4, warn: i % 9 === 4 ? 1 : 0, parked_lines: i % 9 === 4 ? parkedLines(`parked-name-number-${i + 1}.example`) : [] })),
];
export const ownDomains = (mode) => (mode === "empty" ? { domains: [], likely: ["kissa.example", "hana.example"] } : { domains: ownRows, likely: [] });
export const ownDomain = (name) => {
  const row = ownRows.find((d) => d.domain === name);
  if (!row) return null;
  const today = Math.floor(Date.now() / 86400000);
  const report = {
    domain: name,
    findings: [
      { id: "spf-allows-all", level: "bad", record: `${name} TXT`, text: `The term +all in the record of ${name} lets every host in the world send as this domain.`, remedy: `End the record with ~all or -all:\n${name}. IN TXT "v=spf1 mx include:_spf.provider-with-a-long-name.example ~all"`, publish: [`${name}. IN TXT "v=spf1 mx include:_spf.provider-with-a-long-name.example ~all"`] },
      { id: "dmarc-policy-none", level: "warn", record: `_dmarc.${name} TXT`, text: `The policy for ${name} is none: forgeries are delivered as any other mail.`, remedy: `Once the reports show that all your own mail passes, ask for quarantine, and then for reject:\n_dmarc.${name}. IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@${name}"`, publish: [`_dmarc.${name}. IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@${name}"`] },
      { id: "dkim-key-old", level: "info", record: `s2024._domainkey.${name} TXT`, text: "Mails have come signed with the key of selector s2024 for 512 days.", remedy: "Make a new key under a new selector (`mekiki keygen`), publish it, let the signer use it.", publish: [] },
    ],
    mx: [{ preference: 10, host: `mx.${name}`, addresses: [{ address: "192.0.2.25", names: [`mx.${name}`], confirmed: true }, { address: "2001:db8:1234:5678::25", names: [], confirmed: false }] }, { preference: 20, host: "backup.provider.example", addresses: [{ address: "198.51.100.7", names: ["host7.provider.example"], confirmed: false }] }],
    spf: { record: "v=spf1 mx include:_spf.provider-with-a-long-name.example +all", lookups: 12, void_lookups: 1, complete: true, terms: [
      { term: "mx", lookups: 1 },
      { term: "include:_spf.provider-with-a-long-name.example", lookups: 11, terms: [{ term: "include:_netblocks1.provider-with-a-long-name.example", lookups: 4, terms: [{ term: "a:out.provider.example", lookups: 1, note: "finds nothing" }, { term: "ip4:198.51.100.0/24", lookups: 0 }] }, { term: "~all", lookups: 0 }] },
      { term: "+all", lookups: 0 }] },
    dkim: [{ selector: "s2024", code: "ok", words: "", type: "rsa", bits: 2048, testing: false, first_seen: ago(512 * 24) }, { selector: "test", code: "ok", words: "", type: "ed25519", bits: 256, testing: true, first_seen: null }, { selector: "gone", code: "no_key", words: "no key under this name", type: null, bits: null, testing: null, first_seen: null }],
    dmarc: { record: `v=DMARC1; p=none; rua=mailto:dmarc-reports@${name}`, policy_domain: name, org_domain: name, policy: "none", subdomains: "none", nonexistent: "none" },
    dnssec: "present", mta_sts: "absent", tls_rpt: "broken", bimi: "unknown",
    arrived: { proven: 214, unproven: 9 },
    google: [["spf-or-dkim", "all", true], ["reverse-names", "all", false], ["tls", "all", null], ["spam-rate", "all", null], ["spf-and-dkim", "bulk", true], ["dmarc-published", "bulk", true], ["aligned", "bulk", null], ["one-click-unsubscribe", "bulk", null]].map(([rule, senders, holds]) => ({ rule, senders, holds })),
  };
  return {
    ...row,
    report: row.checked === null ? null : report,
    changes: row.last_change === null ? [] : [
      { what: "finding", level: "bad", at: ago(30), name: "spf-allows-all", record: `${name} TXT`, was: "", is: "", text: `spf-allows-all (${name} TXT): The term +all in the record of ${name} lets every host in the world send as this domain.` },
      spfChange,
      { what: "mended", level: "info", at: ago(200), name: "mx-host-alias", record: `${name} MX`, was: "", is: "", text: `mended: mx-host-alias (${name} MX)` },
      { what: "watched", level: "info", at: ago(900), name: "", record: "", was: "", is: "warn", text: "watched from now on; grade warn" },
    ],
    parked_lines: parkedLines(name),
    forged: { from: today - 179, to: today + 1, zone: { name: "UTC", east: 0 }, begins: today - 170,
      days: [[120, 1], [40, 3], [39, 60], [38, 22], [2, 1]].map(([ago, mails]) => ({ day: today - ago, start: (today - ago) * 86400, end: (today - ago + 1) * 86400, mails })),
      group: { domain: name, kind: "misused", like: "", mails: 87, accounts: [user], all_accounts: 1, first: ago(120 * 24), last: ago(48) } },
  };
};
// ------------------------------------------------------- reports of others

const source = (address, name, mails, passed, more = {}) => ({
  address, name, signer: "", sender: "", covered: "", first: now() - 55 * day, last: now() - day, mails, passed, dkim: passed, spf: Math.floor(passed * 0.9), forwarded: 0, stopped: 0, ...more,
});
const group = (name, step, sources, more = {}) => {
  const sum = (key) => sources.reduce((n, s) => n + s[key], 0);
  return { name, mark: null, owner: step === "yours-or-forged" ? "unknown" : step === "forwards" ? "foreign" : "ours", why: step === "yours-or-forged" ? "undecided" : step === "forwards" ? "forwards" : "passes", service: false, step, mails: sum("mails"), passed: sum("passed"), dkim: sum("dkim"), spf: sum("spf"), forwarded: sum("forwarded"), stopped: sum("stopped"),
    first: Math.min(...sources.map((s) => s.first)), last: Math.max(...sources.map((s) => s.last)), sources, all_sources: sources.length, ...more };
};
const sendingGroups = [
  group("hoshizora.example", "none", [source("192.0.2.10", "mx1.hoshizora.example", 8412, 8412, { signer: "hoshizora.example", covered: "ip4:192.0.2.0/28" }), source("2001:db8::25", "mx2.hoshizora.example", 931, 931)]),
  group("Mailchimp", "some-fail", [source("198.51.100.20", "mail20.mcsv.net", 2210, 2142), source("198.51.100.21", "mail21.mcsv.net", 1890, 1890)], { service: true, all_sources: 14 }),
  group("invoice-service.example", "yours-or-forged", [source("203.0.113.5", "out5.invoice-service.example", 611, 0, { sender: "bounce.invoice-service.example", stopped: 12 })]),
  group("university.example", "forwards", [source("198.51.100.77", "forward.university.example", 96, 0, { forwarded: 88 })]),
  group("203.0.113.0/24", "yours-or-forged", [source("203.0.113.201", "", 2403, 0, { first: now() - 20 * day, last: now() - 17 * day }), source("203.0.113.202", "", 1201, 0)], { all_sources: 31 }),
];
let ignoredReporters = [];
export const markSender = (b) => {
  const g = sendingGroups.find((one) => one.name === b.sender);
  const plain = b.owner === "unknown" && !b.note;
  if (g) Object.assign(g, { mark: plain ? null : { name: b.sender, owner: b.owner, note: b.note, at: now(), who: "Sato" }, owner: b.owner, why: b.owner === "unknown" ? "undecided" : "marked" });
  return {};
};
export const ignoreReporter = (b) => {
  ignoredReporters = ignoredReporters.filter((r) => r.author !== b.author);
  if (b.ignored) ignoredReporters.push({ author: b.author, at: now(), who: "Sato", reports: 40 });
  return {};
};
export const sendingPlan = (domain, lang) => {
  const open = sendingGroups.filter((g) => g.owner === "unknown");
  const ja = lang === "ja";
  const ready = open.length === 0;
  return {
    domain, policy: "none", testing: false, asked: true, step: ready ? "quarantine" : "stay",
    text: ready ? (ja ? "p=quarantine にしてください。自分の送信元はすべて合格していると、レポートで確かめられました。" : "Publish p=quarantine: the reports show that all that sends for you passes.") : ja ? "ポリシーは今のままにしてください。" : "Leave the policy as it is.",
    why: open.map((g) => ({ kind: "source-unknown", name: g.name, have: g.mails - g.passed, need: 0, text: ja ? `${g.name} が誰のものかを決めてください。そのメール ${g.mails - g.passed} 通が失敗しています。` : `Decide whose ${g.name} is: ${g.mails - g.passed} mails of it failed.` })),
    from: today() - 34, days: 33, need_days: 20, reporters: 9, whole: true,
    stages: [{ policy: "none", state: "now", since: today() - 55, earliest: null }, { policy: "quarantine", state: "next", since: null, earliest: ready ? today() : null }, { policy: "reject", state: "later", since: null, earliest: ready ? today() + 20 : null }],
    record: ready ? { name: `_dmarc.${domain}`, text: `v=DMARC1; p=quarantine; rua=mailto:dmarc@${domain}` } : null,
    senders: [],
  };
};
export const sending = (days) => {
  const to = today() + 1;
  return {
    domains: [{ name: "hoshizora.example", proven: true, reports: 412, last: today() }, { name: "parked.example", proven: false, reports: 3, last: today() - 9 }],
    domain: "hoshizora.example", from: to - days, to, policy: "p=none sp=none adkim=r aspf=r", reports: 412, reporters: 9, failures: 2, unproven: { reports: 5, mails: 1200 },
    days: Array.from({ length: Math.min(days, 56) }, (_, i) => {
      const wave = i >= 17 && i < 20;
      return { day: to - 1 - i, passed: 180 + ((i * 37) % 90), forwarded: i % 3, stopped: i % 5 ? 0 : 2, failed: 12 + (wave ? 1200 - 300 * (i - 17) : (i * 7) % 9), forged_here: wave ? 5 + i % 3 : i === 31 ? 1 : 0 };
    }),
    groups: sendingGroups, all_groups: sendingGroups.length, marks: [], ignored: ignoredReporters,
  };
};
export const sendingGroup = (name) => sendingGroups.find((g) => g.name === name);
export const sendingSource = (address) => {
  const s = sendingGroups.flatMap((g) => g.sources).find((o) => o.address === address);
  return { source: s, rows: ["google.com", "enterprise.protection.outlook.com", "yahoo.co.jp"].map((org, i) => ({
    kind: "aggregate", org, author: i === 2 ? "" : org, proven: i !== 2, ignored: false, first: now() - (i + 1) * day, last: now() - i * day, mails: 40 + i, dkim: s.passed > 0, spf: i === 0, disposition: i === 1 ? "quarantine" : "none",
    forwarded: false, header_from: "hoshizora.example", envelope_from: s.sender || "hoshizora.example", dkim_results: s.passed ? "hoshizora.example s2026 pass" : "", spf_results: "hoshizora.example mfrom fail", note: i === 1 ? "local_policy arc=pass" : "",
  })) };
};
export const keptReports = () => Array.from({ length: 120 }, (_, i) => ({
  kind: i % 11 === 7 ? "tls" : "aggregate", org: "google.com", author: i % 13 === 5 ? "" : ["google.com", "yahoo.co.jp", "mail.ru"][i % 3], proven: i % 13 !== 5, ignored: i % 13 !== 5 && ignoredReporters.some((r) => r.author === ["google.com", "yahoo.co.jp", "mail.ru"][i % 3]), id: "r" + i, policy: "p=none", faults: i % 9 ? "" : "content-type no-policy",
  taken: now() - i * 7000, first: now() - i * 7000 - day, last: now() - i * 7000, mails: 300 - i, failed: i % 17, records: 4,
}));
