// What pictures do not show: keyboard, back, live events that break, notices, signing out.
//
//   node dev/behave.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const mock = await startMock();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let failed = 0;

async function signedIn(role) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 } });
  // Chromium without a desktop shows no notices: keep what would have been shown.
  await context.addInitScript(() => {
    window.shown = [];
    window.Notification = class {
      static permission = "default";
      static requestPermission() {
        return Promise.resolve((this.permission = "granted"));
      }
      constructor(title, options) {
        window.shown.push({ title, ...options, click: () => this.onclick() });
      }
      close() {}
    };
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  await page.goto(mock.url);
  await page.locator(`input[name=way][value=${role === "admin" ? "admin" : "mailbox"}]`).check();
  if (role === "user") await page.locator("#account").fill("taro%pop.example.jp");
  await page.locator("#password").fill(role === "admin" ? "administrator" : "mailbox");
  await page.keyboard.press("Enter");
  await page.locator(".live-live").waitFor({ state: "attached" });
  return { context, page };
}

async function check(name, role, steps) {
  const { context, page } = await signedIn(role);
  try {
    await steps(page);
    console.log("ok   " + name);
  } catch (e) {
    ++failed;
    console.log(`FAIL ${name}: ${e.message.split("\n").slice(0, 4).join(" ")}`);
  } finally {
    Object.assign(mock.knobs, { fail: {}, mode: "", events: 200 });
    mock.reset();
    await context.close();
  }
}

await check("keyboard reaches the content past the navigation", "admin", async (page) => {
  await page.reload();
  await page.locator(".live-live").waitFor({ state: "attached" });
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement?.classList.contains("skip")));
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement?.closest("main") !== null));
});

await check("a new page takes the focus to its heading", "admin", async (page) => {
  await page.locator(".side a").nth(1).click();
  await page.locator(".mail-list a:visible").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
});

await check("the chart is read by arrow keys", "admin", async (page) => {
  await page.locator(".chart").focus();
  const total = await page.locator(".chart").getAttribute("aria-valuetext");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  const day = await page.locator(".chart").getAttribute("aria-valuetext");
  assert.notEqual(day, total);
  assert.match(day, /Genuine \d+/);
});

await check("back finds the list and the filter as they were", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator(".chip.tone-genuine").click();
  await page.locator(".mail-list .badge.tone-genuine").first().waitFor();
  await page.locator(".more").click();
  await page.waitForFunction(() => document.querySelectorAll(".mail-list li").length > 60);
  const many = await page.locator(".mail-list li").count();
  await page.locator(".mail-list a:visible").nth(70).scrollIntoViewIfNeeded();
  const y = await page.evaluate(() => scrollY);
  await page.locator(".mail-list a:visible").nth(70).click();
  await page.locator(".verdict").waitFor();
  await page.goBack();
  await page.locator(".mail-list a:visible").nth(70).waitFor();
  assert.equal(await page.locator(".mail-list li").count(), many);
  await page.waitForFunction((was) => Math.abs(scrollY - was) < 200, y);
  await page.goBack();
  await page.waitForFunction(() => !location.hash.includes("verdict"));
});

await check("a mail that arrives is inserted where it fits", "admin", async (page) => {
  await page.goto(mock.url + "#/mails?verdict=forged");
  await page.locator(".mail-list a:visible").first().waitFor();
  const before = await page.locator(".mail-list li").count();
  mock.tell("genuine");
  mock.tell("forged");
  await page.locator(".mail-fresh .badge.tone-forged").waitFor();
  assert.equal(await page.locator(".mail-list li").count(), before + 1);
  await page.waitForFunction(() => document.querySelector("[aria-live]").textContent.length > 0);
});

await check("a search finds what has all its words, and is kept on the way back", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator("input[name=search]").fill("hoshizora INFO");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash === "#/mails?search=hoshizora+INFO");
  await page.locator(".mail-list a:visible").first().waitFor();
  const rows = await page.locator(".mail-who").allTextContents();
  assert.ok(rows.every((r) => r.includes("info@") && r.includes("hoshizora")), rows.join());
  assert.match(await page.locator(".heading .hint").textContent(), /^\d+ of \d+$/);
  await page.locator(".mail-list a:visible").first().click();
  await page.locator(".crumb a").click();
  await page.waitForFunction(() => location.hash === "#/mails?search=hoshizora+INFO");
  assert.equal(await page.locator("input[name=search]").inputValue(), "hoshizora INFO");
});

await check("one letter is not searched for, and that is said", "user", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator("input[name=search]").fill("a");
  await page.locator("#search-short").waitFor();
  await page.keyboard.press("Enter");
  assert.match(page.url(), /#\/mails$/);
});

await check("accounts and domains are suggested", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator("input[name=search]").fill("forged taro");
  await page.locator('#suggestions option[value^="forged taro"]').first().waitFor({ state: "attached" });
  await page.locator("input[name=search]").fill("hoshi");
  await page.locator('#suggestions option[value^="hoshizora"]').first().waitFor({ state: "attached" });
});

await check("tables are sorted by their heads, and the address keeps it", "admin", async (page) => {
  await page.goto(mock.url + "#/people");
  await page.locator("tbody tr").first().waitFor();
  const numbers = () => page.locator("tbody td:nth-of-type(2)").allTextContents().then((all) => all.map(Number));
  await page.locator("thead button", { hasText: "Forged" }).click();
  await page.locator('th[aria-sort="descending"]').waitFor();
  let now = await numbers();
  assert.deepEqual(now, now.slice().sort((a, b) => b - a));
  assert.match(page.url(), /sort=-forged/);
  await page.reload();
  await page.locator('th[aria-sort="descending"]').waitFor();
  await page.locator("thead button", { hasText: "Forged" }).focus();
  await page.keyboard.press("Enter");
  await page.locator('th[aria-sort="ascending"]').waitFor();
  now = await numbers();
  assert.deepEqual(now, now.slice().sort((a, b) => a - b));
});

await check("a list is saved for spreadsheets, and no cell is calculated", "admin", async (page) => {
  const m = mock.tell("forged");
  m.subject = '=HYPERLINK("http://x.example","銀行")';
  await page.goto(mock.url + "#/mails?verdict=forged");
  await page.locator(".mail-list a:visible").first().waitFor();
  const saved = page.waitForEvent("download");
  await page.locator(".heading button").click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), "mekiki-mails.csv");
  const text = await readFile(await file.path(), "utf8");
  assert.ok(text.startsWith('\ufeff"Fetched ('), text.slice(0, 40));
  const lines = text.split("\r\n");
  assert.ok(lines.length > 2 && lines.slice(1, -1).every((l) => l.includes(",Forged,")), lines[1]);
  assert.ok(text.includes(`,"'=HYPERLINK(""http://x.example"",""銀行"")",`), text.slice(0, 400));
});

await check("a wave is one item of the list, and opens", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  const wave = page.locator(".mail-wave").first();
  await wave.waitFor();
  assert.match(await wave.locator("summary").innerText(), /\d+ forged mails in the name of parcel\.example/);
  assert.match(await wave.locator("summary").innerText(), /To 3 accounts/);
  assert.equal(await wave.locator("a:visible").count(), 0);
  await wave.locator("summary").focus();
  await page.keyboard.press("Enter");
  await wave.locator("a").first().waitFor();
  assert.ok((await wave.locator("a:visible").count()) >= 9);
  await page.goto(mock.url + "#/");
  await page.locator(".wave").first().getByRole("link", { name: "See them" }).click();
  await page.locator(".mail-wave a").first().waitFor(); // alone it is open at once
});

await check("those whom a wave reached are told by the reader's own program", "admin", async (page) => {
  await page.goto(mock.url + "#/");
  const wave = page.locator(".wave").first();
  await wave.getByRole("button", { name: "Tell them" }).click();
  const link = wave.getByRole("link", { name: "Write a mail" });
  await link.waitFor();
  const asked = new URLSearchParams((await link.getAttribute("href")).replace(/^mailto:\?/, ""));
  assert.deepEqual([...asked.keys()], ["bcc", "subject", "body"]);
  assert.match(asked.get("bcc"), /^[^,]+@[^,]+(,[^,]+@[^,]+)*$/);
  assert.match(asked.get("body"), /parcel\.example[^]*change that password now/);
  const shown = await wave.locator("pre").innerText();
  assert.ok(shown.includes(asked.get("subject")));
  assert.match(await wave.innerText(), /Mekiki sends nothing by itself/);
  assert.match(await wave.innerText(), /only the login name is known[^]*sato%mail\.lab\.example/);
  await wave.locator("input[value=ja]").check();
  await wave.locator("pre", { hasText: "かたる" }).waitFor();
  await wave.getByRole("button", { name: "Tell them" }).click();
  await link.waitFor({ state: "hidden" });
});

await check("to watch a name shows what to set, beside what is set", "admin", async (page) => {
  await page.goto(mock.url + "#/");
  const wave = page.locator(".wave").first();
  await wave.getByRole("button", { name: "Watch this name" }).click();
  await wave.locator("pre", { hasText: 'watched = ["office.example", "parcel.example"]' }).waitFor();
  assert.match(await wave.innerText(), /restart Mekiki/);
});

await check("a user is not offered what only administrators can do", "user", async (page) => {
  await page.goto(mock.url + "#/");
  await page.locator(".wave").first().waitFor();
  assert.equal(await page.locator(".wave button").count(), 0);
});

await check("ways are words, and an administrator can choose for somebody", "admin", async (page) => {
  await page.goto(mock.url + "#/people");
  const row = page.locator("tbody tr", { hasText: "emily" });
  await row.waitFor();
  assert.match(await row.innerText(), /not at all/);
  await row.getByRole("button", { name: /Change….*emily/ }).click();
  await row.getByText(/counts as the user's own choice|Yours takes its place/).waitFor();
  assert.equal(await row.getByLabel("A warning mail").isDisabled(), true); // not allowed here
  await row.getByLabel("Colours in the list").check();
  await row.locator("select").selectOption("altered");
  await row.getByRole("button", { name: "Set this" }).click();
  await row.locator(".ways-told", { hasText: "Colours in the list" }).waitFor();
  await row.getByText("Forged and altered mail").waitFor();
});

await check("settings stand by section, folded, and a search opens them", "admin", async (page) => {
  await page.goto(mock.url + "#/settings");
  await page.locator(".section").first().waitFor();
  assert.ok((await page.locator(".section .setting:visible").count()) === 0);
  await page.locator(".section summary", { hasText: "[listen]" }).click();
  await page.locator(".section .setting:visible").first().waitFor();
  await page.locator("input[type=search]").fill("accuse");
  await page.waitForFunction(() => [...document.querySelectorAll(".section")].length === 1);
  assert.equal(await page.locator(".section .setting:visible").count(), 2);
});

await check("keys that changed stand on top, the others in a table", "admin", async (page) => {
  await page.goto(mock.url + "#/keys");
  await page.getByRole("heading", { name: /\d+ keys changed in the last 7 days/ }).waitFor();
  const rows = page.locator("tbody tr");
  assert.ok((await rows.count()) > 5);
  await rows.first().locator("summary").first().click();
  await rows.first().locator("li").first().waitFor();
});

await check("a signature that does not fit has a mark, and money comes first", "admin", async (page) => {
  await page.goto(mock.url + "#/mails?verdict=unverified");
  const row = page.locator(".mail-row", { hasText: "signature does not fit" }).first();
  await row.waitFor();
  await row.locator("a").click();
  await page.locator(".verdict .unfit").waitFor();
  assert.match(await page.locator(".advice li").first().innerText(), /money/);
});

await check("links keep the period and the filter", "admin", async (page) => {
  await page.goto(mock.url + "#/?days=7");
  await page.locator(".bars a").first().waitFor();
  for (const link of await page.locator(".bars a").evaluateAll((all) => all.map((a) => a.getAttribute("href")))) assert.match(link, /from=\d{4}-\d\d-\d\d/);
  await page.goto(mock.url + "#/domains?search=example&sort=-mails");
  await page.locator("tbody a").first().click();
  await page.locator(".crumb a").click();
  await page.waitForFunction(() => location.hash === "#/domains?search=example&sort=-mails");
});

await check("a late answer of an older filter shows nothing", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator(".mail-list a:visible").first().waitFor();
  await page.goto(mock.url + "#/domains");
  await page.locator("tbody a").first().waitFor();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let late;
  const isLate = new Promise((resolve) => (late = resolve));
  let told;
  const isTold = new Promise((resolve) => (told = resolve));
  await page.route(/\/api\/mails\?(?!.*(verdict|limit))/, async (route) => {
    const response = await route.fetch();
    late();
    await held;
    await route.fulfill({ response }).catch(() => {}); // nobody waits for it any more
    told();
  });
  await page.goto(mock.url + "#/mails");
  await isLate;
  await page.goto(mock.url + "#/mails?verdict=forged");
  await page.locator(".mail-list .badge.tone-forged").first().waitFor();
  release();
  await isTold;
  await page.evaluate(() => fetch("/api/mails?limit=1&lang=en").then((r) => r.text()));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await page.locator(".mail-list .badge:not(.tone-forged)").count(), 0);
});

await check("a verdict that changed is shown, and leaves where it does not fit any more", "admin", async (page) => {
  const m = mock.tell("unverified");
  await page.goto(mock.url + "#/mails");
  const row = page.locator(`.mail-list a[href^="#/mail/${m.id}"]`);
  await row.locator(".tone-unverified").waitFor();
  mock.judgeAnew(m.id, "forged");
  await row.locator(".tone-forged").waitFor();
  assert.equal(await row.count(), 1);
  await page.goto(mock.url + "#/mails?verdict=forged");
  await row.waitFor();
  mock.judgeAnew(m.id, "genuine");
  await row.waitFor({ state: "detached" });
  await page.goto(mock.url + "#/");
  await row.waitFor();
  mock.judgeAnew(m.id, "new");
  await row.locator(".tone-new").waitFor();
  assert.equal(await row.count(), 1);
  // Where nobody looked meanwhile, too.
  await page.goto(mock.url + "#/domains");
  await page.locator("tbody a").first().waitFor();
  mock.judgeAnew(m.id, "altered");
  await page.goto(mock.url + "#/mails");
  await row.locator(".tone-altered").waitFor();
});

await check("a list that the server does not answer for says how old it is", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator(".mail-list a:visible").first().waitFor();
  await page.goto(mock.url + "#/domains");
  await page.locator("tbody a").first().waitFor();
  mock.knobs.fail = { "/api/mails": 503 };
  await page.goto(mock.url + "#/mails");
  await page.locator(".notice-bad").waitFor();
  assert.match(await page.locator(".notice[role=status]").textContent(), /^\s*As of \w.*\d\d:\d\d \S+: /);
  assert.ok((await page.locator(".mail-list a:visible").count()) > 0);
  assert.equal(await page.locator(".empty").count(), 0);
  mock.knobs.fail = {};
  await page.locator(".notice-bad .button").click();
  await page.locator(".notice-bad").waitFor({ state: "detached" });
  assert.equal(await page.locator(".notice[role=status]").count(), 0);
});

await check("after a broken connection nothing is missed", "admin", async (page) => {
  await page.goto(mock.url + "#/mails");
  await page.locator(".mail-list a:visible").first().waitFor();
  mock.drop();
  const m = mock.tell("forged");
  await page.locator(`.mail-list a[href^="#/mail/${m.id}"]`).waitFor({ timeout: 15000 });
  await page.locator(".live-live").waitFor({ state: "attached", timeout: 15000 });
});

await check("without room for events it asks", "admin", async (page) => {
  mock.knobs.events = 503;
  mock.drop();
  await page.locator(".live-polling").waitFor({ state: "attached", timeout: 20000 });
});

await check("forged mails are counted while nobody looks", "admin", async (page) => {
  await page.evaluate(() => Object.defineProperty(document, "hidden", { configurable: true, get: () => true }));
  mock.tell("forged");
  mock.tell("genuine");
  mock.tell("forged");
  await page.waitForFunction(() => document.title.startsWith("(2) "));
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => false });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  assert.equal(await page.title(), "Overview – Mekiki");
});

await check("notices: one for what comes together, a click leads to the mail", "user", async (page) => {
  await page.goto(mock.url + "#/me");
  await page.locator("#notices ~ .switch input").check();
  mock.tell("genuine");
  const m = mock.tell("forged");
  await page.waitForFunction(() => window.shown.length === 1);
  assert.match(await page.evaluate(() => window.shown[0].title), /Forged/);
  await page.evaluate(() => window.shown[0].click());
  await page.waitForFunction((id) => location.hash === "#/mail/" + id, m.id);
  for (let i = 0; i < 5; ++i) mock.tell("forged");
  await page.waitForFunction(() => window.shown.length === 2);
  assert.match(await page.evaluate(() => window.shown[1].title), /5 mails/);
});

await check("an error can be tried again", "admin", async (page) => {
  mock.knobs.fail = { "/api/domains": 503 };
  await page.goto(mock.url + "#/domains");
  await page.locator(".notice-bad").waitFor();
  mock.knobs.fail = {};
  await page.locator(".notice-bad .button").click();
  await page.locator("tbody a").first().waitFor();
});

await check("trust, then remove the rule", "user", async (page) => {
  await page.goto(mock.url + "#/domain/clinic.example");
  await page.locator(".act .button-primary").click();
  await page.locator(".saved").waitFor();
  await page.locator(".table-action .button").first().click();
  await page.locator(".sure .button-danger").click();
  await page.locator("text=No rule is about this domain.").waitFor();
});

await check("an own domain is looked at when that is asked for", "admin", async (page) => {
  await page.goto(mock.url + "#/own/kissa.example");
  const button = page.locator(".heading .button");
  await button.waitFor();
  await button.click();
  await page.locator(".heading .button[disabled]").waitFor();
  await page.locator(".heading .button:not([disabled])").waitFor();
});

await check("the lines for a domain without mail are copied at once", "admin", async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(mock.url + "#/own/kissa.example");
  await page.locator("#own-parked ~ details summary").click();
  await page.locator("#own-parked ~ details .button").click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, 'kissa.example. IN MX 0 .\nkissa.example. IN TXT "v=spf1 -all"\n*._domainkey.kissa.example. IN TXT "v=DKIM1; p="\n_dmarc.kissa.example. IN TXT "v=DMARC1; p=reject"\n');
});

await check("what nobody knows is not green", "admin", async (page) => {
  await page.goto(mock.url + "#/own/kissa.example");
  const rules = page.locator("section[aria-labelledby=own-bulk] .rule");
  await rules.first().waitFor();
  const badges = await rules.evaluateAll((all) => all.map((one) => [one.querySelector(".badge").className, one.querySelector(".badge").textContent.trim()]));
  assert.equal(badges.length, 8);
  for (const [tone, word] of badges) assert.equal(tone.includes("tone-genuine"), word === "Kept", word);
  assert.equal(badges.filter(([, word]) => word === "Unknown").length, 4);
});

await check("language and colours are kept", "user", async (page) => {
  await page.locator(".tool-text").click();
  await page.locator(".tools .tool:not(.tool-text)").first().click();
  await page.reload();
  await page.locator("main h1").waitFor();
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ["ja", "light"]);
});

await check("a session that ended leads to the door, and back to the page", "admin", async (page) => {
  await page.goto(mock.url + "#/people");
  await page.locator("tbody a").first().waitFor();
  mock.forget();
  await page.locator(".side a").nth(2).click();
  await page.locator("#password").waitFor();
  await page.locator("input[name=way][value=admin]").check();
  await page.locator("#password").fill("administrator");
  await page.keyboard.press("Enter");
  await page.locator("tbody a").first().waitFor();
  assert.match(page.url(), /#\/domains$/);
});

await check("signing out", "user", async (page) => {
  await page.locator(".panel-menu > button").click();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".panel-box").count(), 0);
  await page.locator(".panel-menu > button").click();
  await page.locator(".panel-box .button").click();
  await page.locator("#password").waitFor();
});

await browser.close();
mock.close();
console.log(failed ? `${failed} failed` : "all as it should be");
process.exitCode = failed ? 1 : 0;
