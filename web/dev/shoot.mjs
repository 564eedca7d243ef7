// Walks through all pages in light and dark, English and Japanese, wide and narrow,
// against the mock. Fails on console errors, policy violations, horizontal overflow
// and serious accessibility findings.
//
//   node dev/shoot.mjs FOLDER [--only TEXT] [--quick]
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const folder = process.argv[2];
const only = process.argv[process.argv.indexOf("--only") + 1] ?? "";
const filtered = process.argv.includes("--only");
const quick = process.argv.includes("--quick");
if (!folder) throw new Error("a folder is wanted");
await mkdir(folder, { recursive: true });

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const mock = await startMock();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const all = ["en", "ja"].flatMap((lang) => ["light", "dark"].flatMap((scheme) => [1280, 360].map((width) => [lang, scheme, width])));
const few = [["en", "light", 1280], ["ja", "light", 360], ["ja", "dark", 1280]];
let failures = 0;
const fail = (what, where) => {
  ++failures;
  console.log(`FAIL ${where}: ${what}`);
};

const walks = [
  { name: "sign-in", role: null, hash: "#/" },
  { name: "sign-in-admin", role: null, hash: "#/", before: async (p) => p.locator("input[name=way][value=admin]").check() },
  { name: "sign-in-refused", role: null, hash: "#/", allow: /403/, before: async (p) => {
    await p.locator("input[name=way][value=mailbox]").check();
    await p.locator("#account").fill("taro%pop.example.jp");
    await p.locator("#password").fill("wrong");
    await p.locator("form button.button-primary").click();
    await p.locator(".form-error").waitFor();
  } },
  { name: "setup", role: null, hash: "#/setup/token", before: async (p) => p.locator("input[autocomplete=new-password]").first().fill("correct horse battery") },
  { name: "overview", role: "admin", hash: "#/", live: true },
  { name: "overview-tell", role: "admin", hash: "#/", before: async (p) => {
    await p.locator(".wave button").first().click();
    await p.locator(".wave .card a").first().waitFor();
  } },
  { name: "overview-watch", role: "admin", hash: "#/", before: async (p) => {
    await p.locator(".wave button").nth(1).click();
    await p.locator(".wave .card pre").first().waitFor();
  } },
  { name: "overview-year", role: "admin", hash: "#/?days=365", before: async (p) => {
    await p.locator(".chart").focus();
    for (let i = 0; i < 5; ++i) await p.keyboard.press("ArrowLeft");
  } },
  { name: "overview-table", role: "admin", hash: "#/?days=7", before: async (p) => p.locator(".chart-card .button").click() },
  { name: "overview-quiet", role: "admin", hash: "#/", mode: "quiet" },
  { name: "overview-blind", role: "admin", hash: "#/", mode: "blind", before: async (p) => p.locator("section.sight summary").click() },
  { name: "overview-blind-user", role: "user", hash: "#/", mode: "blind" },
  { name: "overview-empty", role: "admin", hash: "#/", mode: "empty" },
  { name: "overview-user", role: "user", hash: "#/" },
  { name: "overview-error", role: "admin", hash: "#/", fail: { "/api/overview": 503 }, allow: /503/ },
  { name: "menu", role: "admin", hash: "#/mails", before: async (p) => p.locator(".panel-menu button").click() },
  { name: "mails", role: "admin", hash: "#/mails" },
  { name: "wave-in-list", role: "admin", hash: "#/mails", before: async (p) => p.locator(".mail-wave summary").first().click() },
  { name: "mails-unverified", role: "admin", hash: "#/mails?verdict=unverified" },
  { name: "mails-forged", role: "admin", hash: "#/mails?verdict=forged&domain=hoshizora-bank.example" },
  { name: "mails-none", role: "user", hash: "#/mails?domain=nowhere.example" },
  { name: "mail-forged", role: "admin", hash: "#/mail/897" },
  { name: "mail-any", role: "user", hash: async (p) => "#/mail/" + (await p.evaluate(async () => {
    const { mails } = await (await fetch("/api/mails?verdict=genuine,new")).json();
    return (mails.find((m) => m.subject === null) ?? mails[0]).id;
  })) },
  { name: "mail-altered", role: "admin", hash: async (p) => "#/mail/" + (await p.evaluate(async () => (await (await fetch("/api/mails?verdict=altered")).json()).mails[0].id)) },
  { name: "domains", role: "admin", hash: "#/domains" },
  { name: "domain", role: "admin", hash: "#/domain/kissa.example" },
  { name: "rules", role: "user", hash: "#/rules" },
  { name: "rules-admin", role: "admin", hash: "#/rules" },
  { name: "own", role: "admin", hash: "#/own" },
  { name: "own-empty", role: "admin", hash: "#/own", mode: "empty" },
  { name: "own-domain", role: "admin", hash: "#/own/kissa.example", before: async (p) => {
    await p.locator("summary").last().click();
  } },
  { name: "own-domain-new", role: "admin", hash: "#/own/new.example" },
  { name: "own-domain-none", role: "admin", hash: "#/own/stranger.example", allow: /404/ },
  { name: "reports", role: "admin", hash: "#/reports", before: async (p) => p.locator(".sender summary").first().click() },
  { name: "reports-year", role: "admin", hash: "#/reports?days=365" },
  { name: "reports-empty", role: "admin", hash: "#/reports", mode: "empty" },
  { name: "reports-list", role: "admin", hash: "#/reports/list" },
  { name: "reports-source", role: "admin", hash: "#/reports/source?domain=hoshizora.example&address=198.51.100.20" },
  { name: "reports-group", role: "admin", hash: "#/reports/group?domain=hoshizora.example&name=Mailchimp" },
  { name: "mail-unfit", role: "admin", hash: async (p) => "#/mail/" + (await p.evaluate(async () => (await (await fetch("/api/mails?verdict=unverified&limit=200")).json()).mails.find((m) => m.code === "dkim-fail").id)) },
  { name: "keys", role: "admin", hash: "#/keys", before: async (p) => p.locator("tbody summary").first().click() },
  { name: "people", role: "admin", hash: "#/people" },
  { name: "people-choose", role: "admin", hash: "#/people", before: async (p) => p.locator("tbody .change").first().click() },
  { name: "settings", role: "admin", hash: "#/settings" },
  { name: "settings-open", role: "admin", hash: "#/settings", before: async (p) => p.locator(".section summary").first().click() },
  { name: "me", role: "user", hash: "#/me" },
  { name: "me-changed", role: "user", hash: "#/me", before: async (p) => {
    await p.locator(".way input").first().check();
    await p.locator("input[name=when]").nth(3).check();
    await p.locator(".form-save .button-primary").click();
    await p.locator(".saved").waitFor();
    await p.locator("#addon ~ ol .button-primary").first().click();
    await p.locator(".token").waitFor();
    await p.waitForTimeout(600);
  } },
];

async function judge(page, where) {
  const wide = await page.evaluate(() => ({ inner: document.documentElement.clientWidth, all: document.documentElement.scrollWidth }));
  if (wide.all > wide.inner) {
    const who = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".text, .table-scroll, .sr"))
      .slice(0, 4).map((e) => e.tagName + "." + e.className));
    fail(`overflows: ${wide.all} of ${wide.inner}: ${who.join(" ")}`, where);
  }
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations.filter((o) => o.impact === "serious" || o.impact === "critical"))
    for (const n of v.nodes.slice(0, 3)) fail(`axe ${v.id}: ${n.target.join(" ")} ${(n.failureSummary ?? "").split("\n").slice(1, 2).join("")}`, where);
  for (const v of violations.filter((o) => o.impact === "moderate")) console.log(`note ${where}: axe ${v.id}: ${v.nodes[0].target.join(" ")}`);
}

async function walk(lang, scheme, width) {
  for (const role of [null, "admin", "user"]) {
    const mine = walks.filter((w) => w.role === role && (!filtered || w.name.includes(only)));
    if (mine.length === 0) continue;
    const context = await browser.newContext({ locale: lang === "ja" ? "ja-JP" : "en-GB", timezoneId: "Asia/Tokyo", colorScheme: scheme, viewport: { width, height: width < 500 ? 740 : 860 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(6000);
    let where = "";
    let allow = null;
    page.on("console", (m) => {
      if ((m.type() === "error" || m.type() === "warning") && !(allow && allow.test(m.text()))) fail(`console: ${m.text()}`, where);
    });
    page.on("pageerror", (e) => fail(`error: ${e.message}`, where));
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI)));
    Object.assign(mock.knobs, { mode: "", fail: {} });
    await page.goto(mock.url);
    if (role) {
      await page.locator(`input[name=way][value=${role === "admin" ? "admin" : "mailbox"}]`).check();
      if (role === "user") await page.locator("#account").fill("taro%pop.example.jp");
      await page.locator("#password").fill(role === "admin" ? "administrator" : "mailbox");
      await page.locator("form button.button-primary").click();
      await page.locator(".shell").waitFor();
    }
    for (const w of mine) {
      where = `${w.name}-${lang}-${scheme}-${width}`;
      allow = w.allow ?? null;
      mock.reset();
      mock.knobs.mode = w.mode ?? "";
      mock.knobs.fail = w.fail ?? {};
      const hash = typeof w.hash === "function" ? await w.hash(page) : w.hash;
      await page.goto(mock.url + hash);
      await page.reload();
      await page.locator("main h1").first().waitFor();
      await page.waitForTimeout(120);
      await page.locator(".skeleton").first().waitFor({ state: "detached", timeout: 4000 }).catch(() => {});
      if (w.live) {
        await page.locator(".live-live").waitFor({ state: "attached" });
        mock.tell("forged");
        await page.locator(".newest .mail-fresh").first().waitFor();
      }
      try {
        await w.before?.(page);
      } catch (e) {
        fail(e.message.split("\n")[0], where);
      }
      await page.waitForTimeout(250);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(folder, where + ".png"), fullPage: !w.name.startsWith("menu") && !w.name.startsWith("mails") });
      await judge(page, where);
    }
    await context.close();
  }
}

try {
  for (const [lang, scheme, width] of quick ? few : all) await walk(lang, scheme, width);
} finally {
  await browser.close();
  mock.close();
}
console.log(failures ? `${failures} failures` : "all pages are fine");
process.exitCode = failures ? 1 : 0;
