import { parseSecret } from "./judgement.js";
import { readSettings, writeSettings } from "./settings.js";

const text = messenger.i18n.getMessage;
const at = (id) => document.getElementById(id);

function choice(type, name, value, words, isChosen) {
  const input = document.createElement("input");
  Object.assign(input, { type, name, value, checked: isChosen });
  const label = document.createElement("label");
  label.append(input, ` ${words}`);
  return label;
}

function chosen(name) {
  return [...document.querySelectorAll(`input[name=${name}]:checked`)].map(
    (input) => input.value,
  );
}

async function save() {
  const secret = parseSecret(at("secret").value);
  at("secret-bad").hidden = secret !== "";
  at("saved").hidden = true;
  if (secret === "") {
    return;
  }
  at("secret").value = secret;
  await writeSettings({
    secret,
    accounts: chosen("account"),
    when: chosen("when")[0],
    word: at("word").value.trim(),
  });
  at("saved").hidden = false;
}

for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = text(element.dataset.text);
}
const settings = await readSettings();
at("secret").value = settings.secret;
at("word").value = settings.word;
// Mail of a POP3 account may be kept in the local folders.
for (const account of await messenger.accounts.list()) {
  if (account.type === "pop3" || account.type === "local") {
    const isChosen = settings.accounts.includes(account.id);
    at("accounts").append(choice("checkbox", "account", account.id, account.name, isChosen));
  }
}
for (const when of ["forged", "altered", "new", "classic"]) {
  at("when").append(choice("radio", "when", when, text(`when_${when}`), when === settings.when));
}
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
