// The window that opens when forged mail arrives. The background script keeps
// the list; what a mail says is put in as text only.

import { textsIn } from "./texts.js";
import { alike, mostOpen, nothing } from "./told.js";

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

const ask = (what) => messenger.runtime.sendMessage(what);

function button(content, className, act) {
  const element = made("button", content, className);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/// What the reader says of the mail; each mail has its own.
function telling(mail) {
  const area = made("span", "", "telling");
  const words = mail.verdict === "forged" ? ["agree", "mistake"] : ["report"];

  function offer(said = "") {
    area.replaceChildren(button(text("tell"), "tell", choose));
    if (said) {
      area.append(made("span", said, "said"));
    }
  }
  function choose() {
    area.replaceChildren(
      ...words.map((word) => button(text(`say_${word}`), `say ${word}`, () => tell(word))),
      button(text("cancel"), "cancel", () => offer()),
    );
    area.querySelector("button").focus();
  }
  async function tell(said) {
    area.replaceChildren(made("span", text("telling"), "said"));
    const { text: answer, done } = await ask({ tellAbout: mail.id, said });
    if (!done || said === "") {
      offer(answer);
      return;
    }
    area.replaceChildren(
      made("span", answer, "said"),
      button(text("undo"), "undo", () => tell("")),
    );
  }

  offer();
  return area;
}

function buttons(mail) {
  const area = made("div", "", "do");
  area.append(button(text("show_mail"), "show-mail", () => ask({ showMail: mail.id })));
  if (mail.hasPage) {
    area.append(button(text("show_page"), "show-page", () => ask({ showPage: mail.id })));
  }
  if (mail.canTell) {
    area.append(telling(mail));
  }
  return area;
}

function one(mail) {
  const area = made("div", "", "one");
  area.append(facts(mail), buttons(mail));
  return area;
}

/// What is said of several mails is said once; of many the list is folded.
function shown(mails) {
  const [{ verdict, title, sentence, advice }] = mails;
  const item = made("li", "", `mail ${verdict}`);
  const count = mails.length > 1 ? ` (${mails.length})` : "";
  item.append(made("div", title + count, "title"), made("p", sentence, "reason"));
  if (advice) {
    item.append(made("p", advice, "besides"));
  }
  if (mails.length <= mostOpen) {
    item.append(...mails.map(one));
    return item;
  }
  const rest = made("details", "", "rest");
  const key = JSON.stringify([title, sentence, advice]);
  rest.open = opened.has(key);
  rest.addEventListener("toggle", () => opened[rest.open ? "add" : "delete"](key));
  rest.append(made("summary", text("all_of_them", `${mails.length}`)), ...mails.map(one));
  item.append(rest);
  return item;
}

const opened = new Set(); // stay open when more come

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
