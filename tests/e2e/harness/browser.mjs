// A real Chromium, driven by lines of JSON: {"do": ..., ...} in, {"answer": ...}
// or {"error": ...} out. browser.py is the other end.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const from_web = createRequire(new URL("../../../web/package.json", import.meta.url));
const { chromium } = from_web("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const pages = [];
const complaints = [];

const actions = {
  // A person with a browser of his own.
  async open({ locale, width, scheme, patience, notices, zone }) {
    const context = await browser.newContext({
      locale, colorScheme: scheme, viewport: { width, height: 900 }, timezoneId: zone,
    });
    context.setDefaultTimeout(patience * 1000);
    if (notices) {
      // Chromium without a desktop shows none: what it would show is kept.
      await context.addInitScript(() => {
        window.shown = [];
        window.Notification = class {
          static permission = "default";
          static requestPermission() {
            return Promise.resolve((this.permission = "granted"));
          }
          constructor(title, options) {
            window.shown.push(title + " " + (options?.body ?? ""));
          }
          close() {}
        };
      });
    }
    const page = await context.newPage();
    page.on("console", (m) => m.type() === "error" && complaints.push(`${m.text()} ${m.location().url}`));
    page.on("pageerror", (e) => complaints.push(String(e)));
    page.on("requestfailed", (r) => {
      const why = r.failure()?.errorText;
      // What a page asked for and no longer wants is no failure.
      if (why !== "net::ERR_ABORTED") complaints.push(`${r.url()}: ${why}`);
    });
    page.on("request", (r) => complaints.push(...foreign(page, r)));
    return pages.push(page) - 1;
  },
  go: ({ page, url }) => pages[page].goto(url).then(() => null),
  click: ({ page, at }) => pages[page].locator(at).first().click(),
  check: ({ page, at }) => pages[page].locator(at).first().check({ force: true }),
  fill: ({ page, at, text }) => pages[page].locator(at).first().fill(text),
  pick: ({ page, at, value }) => pages[page].locator(at).first().selectOption(value),
  press: ({ page, key }) => pages[page].keyboard.press(key),
  wait: ({ page, at, state }) => pages[page].locator(at).first().waitFor({ state }),
  text: ({ page, at }) => pages[page].locator(at).first().innerText(),
  texts: ({ page, at }) => pages[page].locator(at).allInnerTexts(),
  evaluate: ({ page, script }) => pages[page].evaluate(script),
  shoot: ({ page, file }) => pages[page].screenshot({ path: file, fullPage: true }).then(() => null),
  // Serious findings, one line each, once the page has come to rest: what is
  // being asked for again is pale.
  async axe({ page }) {
    await pages[page].locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await pages[page].evaluate("Promise.all(document.getAnimations()"
      + ".filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {}))).then(() => null)");
    await pages[page].evaluate(await readFile(from_web.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await pages[page].evaluate("axe.run()");
    return violations.filter((v) => ["serious", "critical"].includes(v.impact))
      .map((v) => `${v.id}: ${v.help} (${v.nodes[0].html})`);
  },
  complaints: () => complaints.splice(0),
};

/// A request to anywhere else than where the page is from.
function foreign(page, request) {
  const url = new URL(request.url());
  const here = page.url() === "about:blank" ? url : new URL(page.url());
  return url.protocol === "data:" || url.host === here.host ? [] : [`asked ${url}`];
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...what } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: (await actions[name](what)) ?? null };
  } catch (e) {
    answer = { error: String(e.message ?? e) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
