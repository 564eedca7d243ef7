// Tells of forged mail as it arrives, and answers the bar over each message.
// Thunderbird may stop this script whenever it is idle: what must last is in
// storage.

import { isTold, readJudgement, resultLines } from "./judgement.js";
import { sentence } from "./sentence.js";
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
  return readJudgement(headers, settings.secret);
}

async function describe(judgement) {
  const { word } = await readSettings();
  return {
    language: text("language"),
    verdict: judgement.verdict,
    title: text(`title_${judgement.verdict}`),
    sentence: sentence(judgement.reason, await patterns, text("language")),
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

async function barOf(tab) {
  const { messages } = await messenger.messageDisplay.getDisplayedMessages(tab.id);
  const judgement = messages.length === 1 ? await judge(messages[0]) : null;
  return (
    judgement && {
      ...(await describe(judgement)),
      reason: judgement.reason,
      results: resultLines(judgement.results),
      details: text("details"),
    }
  );
}

messenger.runtime.onMessage.addListener((message, sender) => {
  if (message === "bar") {
    return barOf(sender.tab);
  }
  if (message === "window is ready") {
    windowIsReady();
  }
  return undefined;
});

const bar = { id: "bar", js: ["bar.js"], runAt: "document_start" };
messenger.scripting.messageDisplay
  .getRegisteredScripts({ ids: [] })
  .then((there) => there.length || messenger.scripting.messageDisplay.registerScripts([bar]))
  .catch(console.error);
// So that Thunderbird runs this script when it starts.
messenger.runtime.onStartup.addListener(() => {});
