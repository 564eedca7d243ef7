// The window that opens when forged mail arrives. The background script keeps
// the list; what a mail says is put in as text only.

import { textsIn } from "./texts.js";
import { nothing } from "./told.js";

const { told } = await messenger.storage.session.get({ told: nothing });
const text = await textsIn(told.mails.at(-1)?.language);
const language = text("language");
const at = (id) => document.getElementById(id);

function made(tag, content, className = "") {
  const element = document.createElement(tag);
  element.textContent = content;
  element.className = className;
  return element;
}

/// Without characters that change the direction of reading or do not show: a
/// subject must not reorder what stands around it.
function visible(words) {
  return words.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function row(name, content, className) {
  const tr = document.createElement("tr");
  tr.append(made("th", text(name)), made("td", content, className));
  return tr;
}

function facts(mail) {
  const date = new Date(mail.date);
  const table = document.createElement("table");
  table.append(
    row("subject", visible(mail.subject) || text("no_subject"), "subject"),
    row("sender", visible(mail.author), "sender"),
    row(
      "date",
      Number.isNaN(date.getTime())
        ? ""
        : date.toLocaleString(language, { dateStyle: "full", timeStyle: "short" }),
      "date",
    ),
  );
  return table;
}

/// Mails of a wave come one after the other: what is said of them is said once.
function alike(mails) {
  const groups = [];
  for (const mail of mails) {
    const [before] = groups.at(-1) ?? [];
    if (before?.title === mail.title && before.sentence === mail.sentence) {
      groups.at(-1).push(mail);
    } else {
      groups.push([mail]);
    }
  }
  return groups;
}

function shown(mails) {
  const [{ verdict, title, sentence }] = mails;
  const item = made("li", "", `mail ${verdict}`);
  item.append(made("div", title, "title"), ...mails.map(facts), made("p", sentence, "reason"));
  return item;
}

function show({ mails, total }) {
  const forged = mails.some((mail) => mail.verdict === "forged");
  document.querySelector("header").className = forged ? "forged" : "";
  at("title").textContent = text(forged ? "window_forged" : "window_other", `${total}`);
  at("mails").replaceChildren(...alike(mails).map(shown));
  at("more").textContent = text("more", `${total - mails.length}`);
  at("more").hidden = total === mails.length;
  const word = mails.at(-1)?.word ?? "";
  at("word").textContent = word;
  at("word").hidden = word === "";
  document.title = at("title").textContent;
}

document.documentElement.lang = language;
at("advice-title").textContent = text("advice");
at("advice").append(
  ...["advice_links", "advice_ask", "advice_delete"].map((id) => made("li", text(id))),
);
at("close").textContent = text("close");
at("close").addEventListener("click", () => window.close());

messenger.storage.session.onChanged.addListener((changes) => {
  if (changes.told) {
    show(changes.told.newValue ?? nothing);
  }
});
show((await messenger.storage.session.get({ told: nothing })).told);
at("close").focus();
messenger.runtime.sendMessage("window is ready");
