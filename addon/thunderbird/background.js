// Tells of forged mail as it arrives, and answers the bar over each message.
// Thunderbird may stop this script whenever it is idle: what must last is in
// storage.

import { keep, readAddress } from "./dashboard.js";
import { isTold, parseValues, readJudgement, resultLines } from "./judgement.js";
import { offers } from "./rules.js";
import { sentence, tellsBesides } from "./sentence.js";
import { readSettings } from "./settings.js";
import { join, nothing } from "./told.js";

const text = messenger.i18n.getMessage;
const patterns = fetch("sentences.json").then((answer) => answer.json());

/// What our proxy says of this mail; null if it says nothing, or if the mail
/// lies in an account that does not fetch through it.
async function judge(header) {
  const settings = await readSettings();
  if (!settings.accounts.includes(header?.folder?.accountId)) {
    return null;
  }
  const { headers } = await messenger.messages.getFull(header.id);
  return readJudgement(headers, parseValues(settings.secret));
}

async function describe(judgement) {
  const { word } = await readSettings();
  const known = await patterns;
  const isMistakable = judgement.verdict === "new" && tellsBesides(judgement.reason, known);
  return {
    language: text("language"),
    verdict: judgement.verdict,
    title: text(isMistakable ? "title_mistakable" : `title_${judgement.verdict}`),
    sentence: sentence(judgement.reason, known, text("language")),
    word: word && text("your_word", word),
  };
}

// ------------------------------------------------------------- the window

async function* eachMessage(list) {
  for (;;) {
    yield* list.messages;
    if (!list.id) {
      return;
    }
    list = await messenger.messages.continueList(list.id);
  }
}

async function tell(list) {
  const { when } = await readSettings();
  const found = [];
  for await (const header of eachMessage(list)) {
    const judgement = await judge(header);
    if (judgement && isTold(judgement, when)) {
      found.push({
        id: header.id,
        subject: header.subject,
        author: header.author,
        date: header.date.getTime(),
        ...(await describe(judgement)),
      });
    }
  }
  if (found.length > 0) {
    await show(found);
  }
}

const windowPage = messenger.runtime.getURL("warning.html");
let windowIsReady = () => {};

/// Shows them in the one window, which is in front then: a window manager that
/// would not raise an old window still puts a new one on top.
async function show(found) {
  const [there] = await messenger.runtime.getContexts({ documentUrls: [windowPage] });
  const { told } = await messenger.storage.session.get({ told: nothing });
  const list = join(there ? told : nothing, found);
  const isInFront = there && (await messenger.windows.get(there.windowId)).focused;
  if (there && !isInFront) {
    await messenger.windows.remove(there.windowId);
  }
  await messenger.storage.session.set({ told: list });
  if (isInFront) {
    return; // it shows what has changed
  }
  // This may never answer: it waits until the window has the focus.
  messenger.windows
    .create({
      type: "popup",
      url: windowPage,
      width: 680,
      height: 600,
      allowScriptsToClose: true,
    })
    .catch(console.error);
  await new Promise((resolve) => {
    windowIsReady = resolve;
    setTimeout(resolve, 10_000);
  });
}

// One batch after the other: several accounts may get mail at once.
let telling = Promise.resolve();
messenger.messages.onNewMailReceived.addListener((_, list) => {
  telling = telling.then(() => tell(list)).catch(console.error);
  return telling;
});

// ---------------------------------------------------------------- the bar

async function displayedIn(tab) {
  const { messages } = await messenger.messageDisplay.getDisplayedMessages(tab.id);
  return messages.length === 1 ? messages[0] : null;
}

/// The From fields as they came: decoded, a name can look like an address.
async function fromFields(header) {
  try {
    const part = await messenger.messages.getFull(header.id, { decodeHeaders: false });
    return part.rawHeaders?.from ?? [];
  } catch {
    return []; // Thunderbird before 133 cannot tell
  }
}

async function tokenFor(header) {
  const { tokens } = await readSettings();
  return tokens[header.folder?.accountId] ?? "";
}

/// What a rule would do, in words.
function effectOf(choice, rule) {
  if (choice === "distrust") {
    return text("rule_distrust", rule.pattern);
  }
  const [, spf, by] = rule.signer.match(/^(spf:)?(.*)$/);
  return text(choice === "trust-domain" ? "rule_trust_domain" : "rule_trust", [
    rule.pattern,
    text(spf ? "by_spf" : "by_dkim", by),
  ]);
}

/// What the bar offers to do. What it then asks for is looked up anew.
async function actionsFor(header, judgement) {
  if (!(await tokenFor(header))) {
    return { id: header.id, connect: text("connect"), note: "", buttons: [] };
  }
  const { rules, note } = offers(judgement, await fromFields(header));
  const button = (name, names) => ({
    name,
    text: text(`do_${name}`),
    choices: names
      .filter((choice) => rules[choice])
      .map((choice) => ({ name: choice, text: effectOf(choice, rules[choice]) })),
  });
  return {
    id: header.id,
    connect: "",
    note: note && text(`note_${note}`),
    buttons: [
      button("trust", ["trust-address", "trust-domain"]),
      button("distrust", ["distrust"]),
    ].filter(({ choices }) => choices.length > 0),
    scope: text("rule_scope"),
    keep: text("rule_keep"),
    cancel: text("cancel"),
    wait: text("wait"),
  };
}

async function barOf(tab) {
  const header = await displayedIn(tab);
  const judgement = header && (await judge(header));
  return (
    judgement && {
      ...(await describe(judgement)),
      reason: judgement.reason,
      results: resultLines(judgement.results),
      details: text("details"),
      actions: await actionsFor(header, judgement),
    }
  );
}

/// Of the bar comes only which of the choices was taken, and over which mail:
/// the rule itself is made here, from that mail.
async function keepRule(tab, { id, choice }) {
  const header = await displayedIn(tab);
  const judgement = header?.id === id ? await judge(header) : null;
  const { rules } = judgement ? offers(judgement, await fromFields(header)) : { rules: {} };
  const { dashboard } = await readSettings();
  const address = readAddress(dashboard);
  const token = judgement && (await tokenFor(header));
  if (!Object.hasOwn(rules, choice) || !address || !token) {
    return { text: text("problem_gone"), done: false };
  }
  if (!(await messenger.permissions.contains({ origins: [address.pattern] }))) {
    return { text: text("problem_permission", address.origin), done: false };
  }
  const got = await keep(fetch, address.origin, token, text("language"), rules[choice]);
  return got.problem
    ? { text: text(`problem_${got.problem}`, got.text || address.origin), done: false }
    : { text: text("kept"), done: true };
}

messenger.runtime.onMessage.addListener((message, sender) => {
  if (message === "bar") {
    return barOf(sender.tab);
  }
  if (message === "options") {
    messenger.runtime.openOptionsPage();
  }
  if (message === "window is ready") {
    windowIsReady();
  }
  return message.choice ? keepRule(sender.tab, message) : undefined;
});

const bar = { id: "bar", js: ["bar.js"], runAt: "document_start" };
messenger.scripting.messageDisplay
  .getRegisteredScripts({ ids: [] })
  .then((there) => there.length || messenger.scripting.messageDisplay.registerScripts([bar]))
  .catch(console.error);
// So that Thunderbird runs this script when it starts.
messenger.runtime.onStartup.addListener(() => {});
