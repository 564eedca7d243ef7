// A stand-in for `mekiki serve`: the built pages with their strict policy, and
// the interface of docs/dashboard.md from made-up data. Loopback only.
//
//   node dev/mock.mjs [--port N] [--every MS]      a live mail each so many ms
//
// Sign in as administrator with "administrator", as user with any account and
// the password "mailbox". For trying what goes wrong, POST /mock {...}:
// {"fail": {"/api/mails": 503}}, {"mode": "quiet"|"empty"|"blind"}, {"delay": MS},
// {"mail": VERDICT}, {"drop": true} (ends all event streams), {"events": 503}.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as data from "./data.mjs";

export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };

class Refusal extends Error {
  constructor(status, code, text) {
    super(text);
    Object.assign(this, { status, code });
  }
}
const need = (ok, status, code, text) => {
  if (!ok) throw new Refusal(status, code, text);
};

export function startMock({ root, port = 0, every = 0, demo = true } = {}) {
  const folder = root ?? process.env.MEKIKI_WEB_OUT ?? fileURLToPath(new URL("../dist", import.meta.url));
  const sessions = new Map();
  const streams = new Set();
  const knobs = { fail: {}, mode: "", delay: 0, events: 200, setup: false };
  let me = structuredClone(data.me);
  let questions = structuredClone(data.questions);
  let answers = [];
  let lookingUntil = 0;

  const shown = (s) => ({ role: s?.role ?? "none", ...(s?.account ? { account: s.account } : {}), ...(s ? { csrf: s.csrf } : {}), setup: knobs.setup, demo, version: "1.0.0" });
  const begin = (answer, s) => {
    const id = randomBytes(16).toString("hex");
    sessions.set(id, { ...s, csrf: randomBytes(16).toString("hex") });
    answer.setHeader("Set-Cookie", `mekiki=${id}; HttpOnly; SameSite=Strict; Path=/`);
    return shown(sessions.get(id));
  };
  const page = (list, q) => {
    const offset = Number(q.get("offset") ?? 0);
    const limit = Number(q.get("limit") ?? 50);
    return [list.slice(offset, offset + limit), offset + limit < list.length ? offset + limit : null];
  };
  const seen = (s) => (knobs.mode === "empty" ? [] : s.role === "admin" ? data.mails : data.mails.filter((m) => m.account === data.user));

  const filtered = (s, q) => {
    const wanted = (q.get("verdict") ?? "").split(",").filter(Boolean);
    const domain = q.get("domain");
    const words = (q.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const text = (m) => [m.author, m.author_domain, m.subject, m.code, s.role === "admin" ? m.account : ""].join("\n").toLowerCase();
    return seen(s).filter((m) => (!wanted.length || wanted.includes(m.verdict)) && (!domain || m.author_domain === domain || m.author_domain.endsWith("." + domain)) &&
      (!q.get("account") || m.account === q.get("account")) && m.fetched >= Number(q.get("from") ?? 0) && m.fetched < Number(q.get("to") ?? Infinity) && words.every((w) => text(m).includes(w)));
  };

  const get = {
    "/api/overview": (s, q) => data.overview(Number(q.get("days")), s.role === "admin", knobs.mode),
    "/api/mails/count": (s, q) => ({ mails: filtered(s, q).length, whole: true }),
    "/api/suggestions": (s, q) => ({
      accounts: s.role === "admin" ? [...new Set(seen(s).map((m) => m.account))].filter((a) => a.includes(q.get("search"))).slice(0, 5) : [],
      domains: [...new Set(seen(s).map((m) => m.author_domain))].filter((d) => d.includes(q.get("search"))).slice(0, 5),
    }),
    "/api/mails": (s, q) => {
      const found = filtered(s, q).filter((m) => m.id < Number(q.get("before") ?? Infinity));
      const limit = Number(q.get("limit") ?? 50);
      const mails = found.slice(0, limit).map((m) => data.withSentence(m, q.get("lang")));
      return { mails, next: found.length > limit ? String(mails.at(-1).id) : null, rules_since: 0 };
    },
    "/api/mail": (s, q) => {
      const m = seen(s).find((o) => o.id === Number(q.get("id")));
      need(m, 404, "not-found", "");
      return data.story(m, q.get("lang"));
    },
    "/api/domains": (_s, q) => {
      const [domains, next] = page(knobs.mode === "empty" ? [] : data.domains.filter((d) => d.domain.includes(q.get("search") ?? "") && (!q.get("known") || d.known_by > 0)), q);
      return { domains, next };
    },
    "/api/domain": (_s, q) => data.domain(q.get("name")),
    "/api/rules": (s) => ({ rules: knobs.mode === "empty" ? [] : data.rules.filter((r) => s.role === "admin" || r.account === "" || r.account === s.account) }),
    "/api/reports": (s, q) => ({
      reports: knobs.mode === "empty" ? [] : seen(s).filter((m) => m.verdict === "unverified" || m.verdict === "forged").slice(0, 3).map((m, i) => ({
        ...data.withSentence(m, q.get("lang")),
        feedback: { said: m.verdict === "forged" ? "mistake" : "report", at: m.fetched + 900, answer: i === 2 ? "forged" : "", answered: i === 2 ? m.fetched + 4000 : 0 },
      })),
    }),
    "/api/borders": (s) => ({ scope: s.account ?? data.user, questions: knobs.mode === "empty" ? [] : questions, answers }),
    "/api/doors": () => ({ pop3: [1110], pop3s: [1995], ca_sha256: Array.from({ length: 32 }, (_, i) => (i * 7 + 16).toString(16).toUpperCase().padStart(2, "0")).join(":") }),
    "/api/me/rules": () => ({ steps: "1. Quit the program.\n2. Put the file into its folder.", files: [{ name: "filter.dat", text: "rules" }] }),
    "/api/me": (s) => {
      need(s.role === "user", 403, "forbidden", "");
      return me;
    },
  };
  const admin = {
    "/api/keys": (_s, q) => {
      const found = knobs.mode === "empty" ? [] : data.keys.filter((k) => k.name.includes(q.get("search") ?? ""));
      if (q.get("changed")) {
        const since = data.now() - Number(q.get("changed")) * 86400;
        return { keys: found.filter((k) => k.records.some((r, i) => (i > 0 || r.revoked) && r.first >= since)), next: null };
      }
      const [keys, next] = page(found, q);
      return { keys, next };
    },
    "/api/people": (_s, q) => {
      const [people, next] = page(knobs.mode === "empty" ? [] : data.people, q);
      return { people, next, allowed: ["A", "C", "D"] };
    },
    "/api/settings": () => data.settings,
    "/api/own-domains": () => data.ownDomains(knobs.mode),
    "/api/own-domain": (_s, q) => {
      const found = data.ownDomain(q.get("name"));
      need(found, 404, "not-found", "This domain is not watched.");
      return { ...found, checking: lookingUntil > Date.now() };
    },
    "/api/sending": (_s, q) => (knobs.mode === "empty" ? { ...data.sending(7), domains: [], domain: "", days: [], groups: [] } : data.sending(Number(q.get("days")))),
    "/api/sending/group": (_s, q) => data.sendingGroup(q.get("name")),
    "/api/sending/plan": (_s, q) => data.sendingPlan(q.get("domain"), q.get("lang")),
    "/api/sending/source": (_s, q) => data.sendingSource(q.get("address")),
    "/api/sending/reports": (_s, q) => {
      const [reports, next] = page(data.keptReports(), q);
      return { reports, next };
    },
    "/api/deeds": () => ({ deeds: [{ at: data.now() - 4000, who: "Sato", from: "192.0.2.7", what: "people/choice", details: '{"methods":["C"]}' }] }),
  };
  const post = {
    "/api/rules": (s, b) => {
      need(b.pattern, 400, "bad-request", "The pattern of a rule must not be empty.");
      const id = Math.max(0, ...data.rules.map((r) => r.id)) + 1;
      data.setRules([...data.rules, { id, account: s.role === "admin" ? b.account : s.account, kind: b.kind, pattern: b.pattern, signer: b.signer, effect: b.effect, until: b.days === null ? null : data.now() + b.days * 86400 }]);
      return { id };
    },
    "/api/rules/remove": (_s, b) => {
      data.setRules(data.rules.filter((r) => r.id !== b.id));
      return {};
    },
    "/api/feedback": () => ({}),
    "/api/reports/answer": () => ({}),
    "/api/sending/mark": (_s, b) => data.markSender(b),
    "/api/sending/ignore": (_s, b) => data.ignoreReporter(b),
    "/api/people/choice": (_s, b) => {
      const p = data.people.find((o) => o.account === b.account);
      Object.assign(p, { chosen: true, choice: { ...p.choice, methods: b.methods, when: b.when } });
      return {};
    },
    "/api/borders/answer": (s, b) => {
      const of = [...questions, ...answers].find((q) => q.view === b.view);
      need(of, 404, "not-found", "That is not asked.");
      questions = questions.filter((q) => q.view !== b.view);
      answers = answers.filter((a) => a.view !== b.view);
      if (b.answer !== "later")
        answers.push({ view: b.view, host: of.host, answer: b.answer, at: data.now() });
      return { scope: s.account ?? data.user, questions, answers };
    },
    "/api/own-domains/check": (_s, b) => {
      need(data.ownDomain(b.domain), 404, "not-found", "This domain is not watched.");
      lookingUntil = Date.now() + 500;
      return {};
    },
    "/api/me/choice": (_s, b) => (me = { ...me, chosen: true, choice: b }),
    "/api/me/erase": () => me,
    "/api/me/forget": () => (me = { ...me, chosen: false, choice: { ...me.standard } }),
    "/api/me/rehearse": (_s, b) => data.rehearse(b),
    "/api/me/token": () => {
      me = { ...me, tokens: [{ id: randomBytes(8).toString("hex"), way: "page", made: data.now(), seen: 0 }, ...me.tokens] };
      return { token: "mk_" + randomBytes(18).toString("base64url") };
    },
    "/api/me/tokens/forget": (_s, b) => (me = { ...me, tokens: me.tokens.filter((one) => one.id !== b.id) }),
    "/api/me/word-known": () => (me = { ...me, knows_word: true }),
    "/api/me/code": () => ({ code: "7K3M-0QXA-V9TB", seconds: 600 }),
  };

  const tell = (verdict) => {
    const m = { ...data.makeMail(data.now(), verdict) };
    m.account = data.user;
    data.mails.unshift(m);
    for (const s of streams) s.answer.write(`event: mail\ndata: ${JSON.stringify(data.withSentence(m, s.lang))}\n\n`);
    return m;
  };
  const judgeAnew = (id, verdict) => {
    const m = Object.assign(data.mails.find((o) => o.id === id), { verdict });
    for (const s of streams) s.answer.write(`event: mail\ndata: ${JSON.stringify(data.withSentence(m, s.lang))}\n\n`);
  };

  async function body(request) {
    let text = "";
    for await (const part of request) {
      text += part;
      need(text.length < 65536, 400, "bad-request", "Too long.");
    }
    return JSON.parse(text || "{}");
  }

  async function api(request, answer, url) {
    const s = sessions.get(/mekiki=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "");
    const path = url.pathname;
    if (knobs.delay) await new Promise((go) => setTimeout(go, knobs.delay));
    if (knobs.fail[path]) throw new Refusal(knobs.fail[path], knobs.fail[path] === 503 ? "unavailable" : "http", "");
    if (request.method === "POST") {
      const b = await body(request);
      need(request.headers["content-type"] === "application/json", 400, "bad-request", "JSON is wanted.");
      if (path === "/api/sign-in" && b.account === undefined) {
        need(b.password === "administrator", 403, "refused", "That is not the administrator's password.");
        return begin(answer, { role: "admin" });
      }
      if (path === "/api/sign-in") {
        need(b.password === "mailbox", 403, "refused", "pop.example.jp refused the login: -ERR [AUTH] Invalid login");
        return begin(answer, { role: "user", account: data.user });
      }
      if (path === "/api/setup") {
        need(b.token === "token", 403, "refused", "This link was used already, or never was one of ours.");
        return begin(answer, { role: "admin" });
      }
      need(s, 401, "sign-in", "");
      need(request.headers["x-mekiki-csrf"] === s.csrf, 403, "csrf", "");
      if (path === "/api/sign-out") {
        sessions.clear();
        return shown(null);
      }
      need(post[path], 404, "not-found", "");
      return post[path](s, b);
    }
    if (path === "/api/session") return shown(s);
    need(s, 401, "sign-in", "");
    if (path === "/api/events") {
      need(knobs.events === 200, knobs.events, "unavailable", "");
      answer.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      answer.write(": here\n\n");
      const stream = { answer, lang: url.searchParams.get("lang") };
      streams.add(stream);
      request.on("close", () => streams.delete(stream));
      return undefined;
    }
    if (admin[path]) need(s.role === "admin", 403, "forbidden", "");
    const found = get[path] ?? admin[path];
    need(found, 404, "not-found", "");
    return found(s, url.searchParams);
  }

  async function file(answer, url) {
    const name = url.pathname === "/" ? "/index.html" : normalize(url.pathname);
    const content = await readFile(join(folder, name)).catch(() => null);
    answer.writeHead(content ? 200 : 404, { "Content-Type": types[extname(name)] ?? "text/plain", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff" });
    answer.end(content ?? "not found");
  }

  const server = createServer(async (request, answer) => {
    const url = new URL(request.url, "http://localhost");
    try {
      if (url.pathname === "/mock") {
        const b = await body(request);
        if (b.mail) tell(b.mail === "any" ? undefined : b.mail);
        if (b.drop) for (const s of [...streams]) s.answer.destroy();
        for (const k of Object.keys(knobs)) if (k in b) knobs[k] = b[k];
        answer.end("{}");
        return;
      }
      if (!url.pathname.startsWith("/api/")) return await file(answer, url);
      const said = await api(request, answer, url);
      if (said === undefined) return;
      answer.writeHead(200, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" });
      answer.end(JSON.stringify(said));
    } catch (e) {
      if (!(e instanceof Refusal)) console.error(e);
      answer.writeHead(e.status ?? 500, { "Content-Type": "application/json; charset=utf-8" });
      answer.end(JSON.stringify({ error: e.code ?? "internal", text: e instanceof Refusal ? e.message : "" }));
    }
  });
  const timer = every ? setInterval(() => tell(), every) : undefined;
  return new Promise((started) =>
    server.listen(port, "127.0.0.1", () =>
      started({
        url: `http://127.0.0.1:${server.address().port}/`,
        tell,
        judgeAnew,
        knobs,
        drop: () => {
          for (const s of [...streams]) s.answer.destroy();
        },
        forget: () => sessions.clear(),
        reset: () => {
          me = structuredClone(data.me);
          questions = structuredClone(data.questions);
          answers = [];
        },
        close: () => {
          clearInterval(timer);
          for (const s of streams) s.answer.destroy();
          server.closeAllConnections();
          server.close();
        },
      }),
    ),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, other) => {
    const at = process.argv.indexOf("--" + name);
    return at < 0 ? other : Number(process.argv[at + 1]);
  };
  const mock = await startMock({ port: option("port", 0), every: option("every", 20000) });
  console.log(mock.url);
}
