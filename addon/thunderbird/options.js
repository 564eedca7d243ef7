import { readAddress, readToken, whose } from "./dashboard.js";
import { parseValues } from "./judgement.js";
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

// ---------------------------------------------------------- the dashboard

/// What was typed; where it is no address, the page says so.
function typedAddress() {
  const address = readAddress(at("dashboard").value);
  at("dashboard-bad").hidden = address !== null;
  return address;
}

/// The user is asked where it was not granted, right after a click only.
async function mayAsk(address) {
  const what = { origins: [address.pattern] };
  try {
    return await messenger.permissions.request(what);
  } catch {
    return messenger.permissions.contains(what);
  }
}

/// The token is sent with the request, and shown nowhere.
async function check(field, said) {
  const address = typedAddress();
  const token = readToken(field.value);
  said.className = "said bad";
  said.textContent = "";
  if (!address || !token) {
    said.textContent = token ? "" : text("options_token_bad");
    return;
  }
  if (!(await mayAsk(address))) {
    said.textContent = text("problem_permission", address.origin);
    return;
  }
  const got = await whose(fetch, address.origin, token, text("language"));
  said.className = got.problem ? "said bad" : "said";
  said.textContent = got.problem
    ? text(`problem_${got.problem}`, got.text || address.origin)
    : text("token_of", got.account);
}

function tokenRow(account, token) {
  const field = document.createElement("input");
  Object.assign(field, { type: "password", value: token, autocomplete: "off" });
  field.dataset.account = account.id;
  field.ariaLabel = `${account.name}: ${text("options_token")}`;
  const said = document.createElement("output");
  said.className = "said";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text("check"), className: "check" });
  button.addEventListener("click", () => check(field, said));
  const cells = [[account.name], [field, said], [button]].map((content) => {
    const cell = document.createElement("td");
    cell.append(...content);
    return cell;
  });
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

function typedTokens() {
  const fields = [...document.querySelectorAll("input[data-account]")];
  return Object.fromEntries(
    fields
      .map((field) => [field.dataset.account, readToken(field.value)])
      .filter(([, token]) => token !== ""),
  );
}

// ------------------------------------------------------------------ saving

async function save() {
  const secret = parseValues(at("secret").value).join(" ");
  const address = typedAddress();
  const tokens = typedTokens();
  at("secret-bad").hidden = secret !== "";
  at("saved").hidden = true;
  if (secret === "" || !address) {
    return;
  }
  if (Object.keys(tokens).length > 0) {
    await mayAsk(address);
  }
  at("secret").value = secret;
  at("dashboard").value = address.origin;
  await writeSettings({
    secret,
    accounts: chosen("account"),
    when: chosen("when")[0],
    word: at("word").value.trim(),
    dashboard: address.origin,
    tokens,
  });
  at("saved").hidden = false;
}

for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = text(element.dataset.text);
}
const settings = await readSettings();
at("secret").value = settings.secret;
at("word").value = settings.word;
at("dashboard").value = settings.dashboard;
// Mail of a POP3 account may be kept in the local folders.
for (const account of await messenger.accounts.list()) {
  if (account.type === "pop3" || account.type === "local") {
    const isChosen = settings.accounts.includes(account.id);
    at("accounts").append(choice("checkbox", "account", account.id, account.name, isChosen));
    at("tokens").append(tokenRow(account, settings.tokens[account.id] ?? ""));
  }
}
for (const when of ["forged", "altered", "new", "classic"]) {
  at("when").append(choice("radio", "when", when, text(`when_${when}`), when === settings.when));
}
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
