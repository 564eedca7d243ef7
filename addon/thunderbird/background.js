// Tells of forged mail as it arrives, colours the list, and answers the bar over
// each message and the button in its header. Thunderbird may stop this script
// whenever it is idle: what must last is in storage.

import { renew } from "./connection.js";
import { findMail, keep, readAddress, sayAbout, undo } from "./dashboard.js";
import {
  doesNotFit,
  isTold,
  parseValues,
  readJudgement,
  resultCells,
  resultLines,
  unfitSigner,
} from "./judgement.js";
import { offers } from "./rules.js";
import { sentence, tellsBesides } from "./sentence.js";
import { readSettings, writeSettings } from "./settings.js";
import { colors, keyOf, retagged } from "./tags.js";
import { textsIn } from "./texts.js";
import { join, nothing } from "./told.js";

const patterns = fetch("sentences.json").then((answer) => answer.json());
const hour = 3_600_000; // ms

/// What our proxy says of this mail, and what its user set; null if it says
/// nothing, or if the mail lies in an account that does not fetch through it.
async function judge(header) {
  const settings = await readSettings();
  const place = header?.folder?.accountId;
  const connections = settings.connections.filter(({ places }) => places.includes(place));
  const byHand = settings.accounts.includes(place) ? parseValues(settings.secret) : [];
  const values = [...connections.flatMap((one) => one.values), ...byHand];
  if (values.length === 0) {
    return null;
  }
  const { headers } = await messenger.messages.getFull(header.id);
  const judgement = readJudgement(headers, values);
  if (!judgement) {
    return null;
  }
  const connection = connections.find((one) =>
    one.values.some((value) => judgement.values.includes(value)),
  );
  return {
    ...judgement,
    // As the mail server calls it: Thunderbird writes that on top.
    uidl: (headers["x-uidl"]?.[0] ?? "").trim(),
    user: connection ?? {
      origin: readAddress(settings.dashboard)?.origin ?? "",
      token: settings.tokens[place] ?? "",
      word: settings.word,
      when: settings.when,
      methods: ["D"],
      language: "",
    },
  };
}

function titleOf(judgement, known, text) {
  if (doesNotFit(judgement)) {
    return text("title_unfit");
  }
  const isMistakable = judgement.verdict === "new" && tellsBesides(judgement.reason, known);
  return text(isMistakable ? "title_mistakable" : `title_${judgement.verdict}`);
}

async function describe(judgement) {
  const { word, language } = judgement.user;
  const text = await textsIn(language);
  const known = await patterns;
  return {
    language: text("language"),
    verdict: judgement.verdict,
    title: titleOf(judgement, known, text),
    sentence: sentence(judgement.reason, known, text("language")),
    advice: doesNotFit(judgement)
      ? text("advice_money")
      : unfitSigner(judgement) && text("unfit_besides", unfitSigner(judgement)),
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
  const found = [];
  for await (const header of eachMessage(list)) {
    const judgement = await judge(header);
    if (!judgement) {
      continue;
    }
    await colour(header, judgement).catch(console.error);
    if (judgement.user.methods.includes("D") && isTold(judgement, judgement.user.when)) {
      found.push({
        id: header.id,
        subject: header.subject,
        author: header.author,
        date: header.date.getTime(),
        canTell: canTell(judgement),
        hasPage: readAddress(judgement.user.origin) !== null,
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
  telling = telling
    .then(() => tell(list))
    .then(renewAll)
    .catch(console.error);
  return telling;
});

// --------------------------------------------------------------- the list

const recentDays = 30;
const mostRecent = 500;

/// Makes the tags of a connection, where they are missing. Of two with one name
/// Thunderbird allows one.
async function makeTags({ tag, language }) {
  const text = await textsIn(language);
  const there = await messenger.messages.tags.list();
  for (const verdict of Object.keys(colors)) {
    const key = keyOf(verdict, tag);
    const name = text(`tag_${verdict}`);
    if (!there.some((one) => one.key === key)) {
      const isTaken = there.some((one) => one.tag === name);
      await messenger.messages.tags.create(
        key,
        isTaken ? `${name} (Mekiki)` : name,
        colors[verdict],
      );
    }
  }
}

/// All accounts share the tags of the one that was connected first: a profile
/// has one set of names.
async function tagValue() {
  const { connections } = await readSettings();
  return connections[0] ?? null;
}

/// The mail's colour in the list, where its user chose so.
async function colour(header, judgement) {
  const first = judgement.user.methods.includes("C") && (await tagValue());
  const tags = first && judgement.user.tag && retagged(header.tags, judgement.verdict, first.tag);
  if (tags) {
    await makeTags(first);
    await messenger.messages.update(header.id, { tags });
  }
}

/// What came before the account was connected.
async function colourRecent({ places }) {
  const fromDate = new Date(Date.now() - recentDays * 24 * hour);
  for (const accountId of places) {
    let left = mostRecent;
    for await (const header of eachMessage(await messenger.messages.query({ accountId, fromDate }))) {
      if (left-- === 0) {
        break;
      }
      const judgement = await judge(header);
      if (judgement) {
        await colour(header, judgement);
      }
    }
  }
}

// ---------------------------------------------------------- what is set there

/// Label values, word and choice as the dashboard has them now: a value may have
/// been replaced, and the user chooses there.
async function renewAll({ isUrgent = false } = {}) {
  const { connections, renewed } = await readSettings();
  if (connections.length === 0 || (!isUrgent && Date.now() - renewed < hour)) {
    return;
  }
  await writeSettings({ renewed: Date.now() });
  for (const { origin, token } of connections) {
    const address = readAddress(origin);
    if (!address || !(await messenger.permissions.contains({ origins: [address.pattern] }))) {
      continue;
    }
    const got = await renew(fetch, origin, token, messenger.i18n.getMessage("language"));
    if (got.connection || got.problem === "token") {
      // Another may have been made or ended meanwhile.
      const now = (await readSettings()).connections;
      await writeSettings({
        connections: now.map((one) =>
          one.token === token ? { ...one, ...got.connection, ended: !got.connection } : one,
        ),
      });
    }
  }
}

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

/// What a rule would do, in words.
function effectOf(choice, rule, text) {
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
async function actionsFor(header, judgement, text) {
  if (!judgement.user.token || judgement.user.ended) {
    const { offersConnection } = await readSettings();
    return {
      id: header.id,
      connect: offersConnection ? text("connect") : "",
      dismiss: offersConnection ? text("connect_dismiss") : "",
      note: "",
      buttons: [],
    };
  }
  const { rules, note } = offers(judgement, await fromFields(header));
  const button = (name, names) => ({
    name,
    text: text(`do_${name}`),
    choices: names
      .filter((choice) => rules[choice])
      .map((choice) => ({ name: choice, text: effectOf(choice, rules[choice], text) })),
  });
  return {
    id: header.id,
    connect: "",
    dismiss: "",
    note: note && text(`note_${note}`),
    buttons: [
      button("trust", ["trust-address", "trust-domain"]),
      button("distrust", ["distrust"]),
    ].filter(({ choices }) => choices.length > 0),
    scope: text("rule_scope"),
    keep: text("rule_keep"),
    cancel: text("cancel"),
    undo: text("undo"),
    wait: text("wait"),
  };
}

/// What the checks say, as rows of a table, with a head.
function detailsOf(judgement, text) {
  const [id, ...lines] = resultLines(judgement.results);
  const rows = lines.map((line) => {
    const cells = resultCells(line);
    return cells ? [cells.method, cells.result, cells.about] : ["", "", line];
  });
  return {
    head: [text("check_name"), text("check_result"), text("check_about")],
    rows: rows.length > 0 ? rows : [["", "", text("no_checks")]],
    facts: [
      [text("reason_code"), judgement.reason],
      [text("checked_by"), id ?? ""],
    ],
  };
}

async function barOf(tab) {
  const header = await displayedIn(tab);
  const judgement = header && (await judge(header));
  if (!judgement) {
    return null;
  }
  const text = await textsIn(judgement.user.language);
  return {
    ...(await describe(judgement)),
    details: text("details"),
    table: detailsOf(judgement, text),
    edge: judgement.verdict === "genuine" ? "" : text("edge"),
    actions: await actionsFor(header, judgement, text),
  };
}

/// The rule that was kept last, so that it can be taken back.
const lastRule = {
  read: async () => (await messenger.storage.session.get({ rule: null })).rule,
  write: (rule) => messenger.storage.session.set({ rule }),
};

/// Of the bar comes only which of the choices was taken, and over which mail:
/// the rule itself is made here, from that mail.
async function changeRule(tab, { id, choice, undo: taken }) {
  const header = await displayedIn(tab);
  const judgement = header?.id === id ? await judge(header) : null;
  const text = await textsIn(judgement?.user.language);
  const { rules } = judgement ? offers(judgement, await fromFields(header)) : { rules: {} };
  const address = judgement && readAddress(judgement.user.origin);
  const last = taken ? await lastRule.read() : null;
  const isGone = taken ? last?.mail !== id : !Object.hasOwn(rules, choice);
  if (isGone || !address || !judgement.user.token) {
    return { text: text("problem_gone"), done: false };
  }
  if (!(await messenger.permissions.contains({ origins: [address.pattern] }))) {
    return { text: text("problem_permission", address.origin), done: false };
  }
  const asked = [fetch, address.origin, judgement.user.token, text("language")];
  const got = taken ? await undo(...asked, last.rule) : await keep(...asked, rules[choice]);
  if (got.problem) {
    return { text: text(`problem_${got.problem}`, got.text || address.origin), done: false };
  }
  await lastRule.write(taken ? null : { mail: id, rule: got.id });
  const kept = !taken && text("kept", effectOf(choice, rules[choice], text));
  return { text: kept || text("undone"), done: true };
}

// ------------------------------------------- what the window's buttons do

const canTell = ({ uidl, user }) => Boolean(uidl && user.token && !user.ended);

/// Of which mail the window asks, and whom to ask about it: {judgement, text,
/// asked}; without `asked` nobody can be.
async function aboutMail(id) {
  const header = await messenger.messages.get(id).catch(() => null);
  const judgement = header && (await judge(header));
  const text = await textsIn(judgement?.user.language);
  const address = judgement && readAddress(judgement.user.origin);
  const may =
    address &&
    canTell(judgement) &&
    (await messenger.permissions.contains({ origins: [address.pattern] }));
  return {
    judgement,
    text,
    address,
    asked: may ? [fetch, address.origin, judgement.user.token, text("language")] : null,
  };
}

async function showMail(messageId) {
  await messenger.messageDisplay.open({ messageId, location: "tab", active: true });
}

/// Its page in the dashboard, or the list where it is not found there.
async function showPage(id) {
  const { judgement, address, asked } = await aboutMail(id);
  if (!address) {
    return;
  }
  const found = asked ? await findMail(...asked, judgement.uidl) : {};
  const page = found.mail === undefined ? "mails" : `mail/${found.mail}`;
  await messenger.windows.openDefaultBrowser(`${address.origin}/#/${page}`);
}

/// `said`: what the reader says of the mail, "" takes it back.
async function tellAdministrator(id, said) {
  const { judgement, text, asked } = await aboutMail(id);
  if (!asked) {
    return { text: text("problem_gone_mail"), done: false };
  }
  const found = await findMail(...asked, judgement.uidl);
  const got = found.problem ? found : await sayAbout(...asked, found.mail, said);
  if (got.problem) {
    return {
      text: text(`problem_${got.problem}`, got.text || judgement.user.origin),
      done: false,
    };
  }
  return { text: text(said ? "told_administrator" : "undone"), done: true };
}

// -------------------------------------------------------------- the header

/// The verdict in Thunderbird's own header, where no mail can write.
async function showInHeader(tab) {
  const header = await displayedIn(tab);
  const judgement = header && (await judge(header));
  const now = await displayedIn(tab);
  if (now?.id !== header?.id) {
    return; // another one is shown by now, and was told of
  }
  if (judgement) {
    await colour(header, judgement).catch(console.error);
  }
  const text = await textsIn(judgement?.user.language);
  const title = judgement ? titleOf(judgement, await patterns, text) : text("no_verdict_help");
  const word = judgement && (doesNotFit(judgement) ? "unfit" : judgement.verdict);
  const label = text(word ? `tag_${word}` : "no_verdict");
  await messenger.messageDisplayAction.setTitle({ tabId: tab.id, title });
  await messenger.messageDisplayAction.setLabel({ tabId: tab.id, label });
  await messenger.messageDisplayAction.setIcon({
    tabId: tab.id,
    path: `verdicts/${judgement?.verdict ?? "none"}.svg`,
  });
}

messenger.messageDisplay.onMessagesDisplayed.addListener((tab) =>
  showInHeader(tab).catch(console.error),
);

async function verdictOf(id) {
  const header = await displayedIn({ id });
  const judgement = header && (await judge(header));
  const text = await textsIn(judgement?.user.language);
  return judgement
    ? { ...(await describe(judgement)), native: text("native") }
    : {
        language: text("language"),
        verdict: "",
        title: text("no_verdict"),
        sentence: text("no_verdict_help"),
        word: "",
        native: text("native"),
      };
}

// ---------------------------------------------------------------------------

messenger.runtime.onMessage.addListener((message, sender) => {
  if (message === "bar") {
    return barOf(sender.tab);
  }
  if (message === "options") {
    messenger.runtime.openOptionsPage();
  }
  if (message === "no connection") {
    return writeSettings({ offersConnection: false });
  }
  if (message === "window is ready") {
    windowIsReady();
  }
  if (message.verdictOf !== undefined) {
    return verdictOf(message.verdictOf);
  }
  if (message.showMail) {
    return showMail(message.showMail).catch(console.error);
  }
  if (message.showPage) {
    return showPage(message.showPage).catch(console.error);
  }
  if (message.tellAbout) {
    return tellAdministrator(message.tellAbout, message.said);
  }
  if (message.connected) {
    return colourRecent(message.connected).catch(console.error);
  }
  return message.choice || message.undo ? changeRule(sender.tab, message) : undefined;
});

const bar = { id: "bar", js: ["bar.js"], runAt: "document_start" };
messenger.scripting.messageDisplay
  .getRegisteredScripts({ ids: [] })
  .then((there) => there.length || messenger.scripting.messageDisplay.registerScripts([bar]))
  .catch(console.error);
// So that Thunderbird runs this script when it starts.
messenger.runtime.onStartup.addListener(() => renewAll({ isUrgent: true }).catch(console.error));
