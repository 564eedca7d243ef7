import { end, guessPlaces, pair, readCode } from "./connection.js";
import { readAddress, readToken, whose } from "./dashboard.js";
import { parseValues, readJudgement } from "./judgement.js";
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

// --------------------------------------------------------- by a code

const lookedAt = 20; // mails of each account
const recent = 30 * 24 * 3_600_000; // ms

/// POP3 accounts; their mail may be kept in the local folders.
async function candidates() {
  const all = await messenger.accounts.list();
  return all
    .filter(({ type }) => type === "pop3" || type === "local")
    .map(({ id, type, name, identities }) => ({
      id,
      type,
      name,
      addresses: (identities ?? []).map(({ email }) => email ?? ""),
    }));
}

/// Whether a late mail of the account has one of the label values.
async function hasLabel(accountId, values) {
  const fromDate = new Date(Date.now() - recent);
  const { messages } = await messenger.messages.query({ accountId, fromDate });
  for (const { id } of messages.slice(-lookedAt)) {
    const { headers } = await messenger.messages.getFull(id);
    if (readJudgement(headers, values)) {
      return true;
    }
  }
  return false;
}

/// Which accounts fetch this mailbox: their mails show it, or else their names.
async function findPlaces({ account, values }) {
  const all = await candidates();
  const shown = [];
  for (const { id } of all) {
    if (await hasLabel(id, values).catch(() => false)) {
      shown.push(id);
    }
  }
  return shown.length > 0 ? shown : guessPlaces(account, all);
}

async function change(token, make) {
  const { connections } = await readSettings();
  await writeSettings({
    connections: connections.map((one) => (one.token === token ? make(one) : one)),
  });
}

function sayPair(words, isBad) {
  at("pair-said").className = isBad ? "said bad" : "said";
  at("pair-said").textContent = words;
}

async function connect() {
  const address = readAddress(at("pair-address").value);
  const code = readCode(at("pair-code").value);
  if (!address || !code) {
    sayPair(text(address ? "pair_code_bad" : "options_address_bad"), true);
    return;
  }
  if (!(await mayAsk(address))) {
    sayPair(text("problem_permission", address.origin), true);
    return;
  }
  sayPair(text("pair_wait"), false);
  const got = await pair(fetch, address.origin, code, text("language"));
  if (got.problem) {
    const isSilent = got.problem === "silent" && address.origin.startsWith("https:");
    sayPair(text(isSilent ? "pair_silent" : `problem_${got.problem}`, got.text || address.origin), true);
    return;
  }
  at("pair-code").value = "";
  const places = await findPlaces(got.connection);
  const made = { ...got.connection, origin: address.origin, token: got.token, places };
  const { connections } = await readSettings();
  const isOther = (one) => one.account !== made.account || one.origin !== made.origin;
  // The token before is of no more use.
  for (const one of connections.filter((old) => !isOther(old))) {
    await end(fetch, one.origin, one.token, text("language"));
  }
  await writeSettings({ connections: [...connections.filter(isOther), made] });
  await showConnections();
  sayPair(
    text(places.length > 0 ? "pair_done" : "pair_choose", got.connection.account),
    places.length === 0,
  );
  messenger.runtime.sendMessage({ connected: made });
}

function connectionBox(one, accounts) {
  const box = document.createElement("section");
  box.className = "connection";
  const title = document.createElement("h2");
  title.textContent = one.account;
  const said = document.createElement("p");
  said.className = one.ended ? "bad" : "help";
  said.textContent = text(one.ended ? "connection_ended" : "connection_of", one.origin);
  const word = document.createElement("p");
  word.textContent = text("your_word", one.word);
  const places = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = text("connection_places");
  places.append(legend);
  for (const account of accounts) {
    const row = choice("checkbox", "place", account.id, account.name, one.places.includes(account.id));
    row.firstChild.addEventListener("change", async () => {
      const chosenPlaces = [...places.querySelectorAll("input:checked")].map(({ value }) => value);
      await change(one.token, (old) => ({ ...old, places: chosenPlaces }));
      messenger.runtime.sendMessage({ connected: { places: chosenPlaces } });
    });
    places.append(row);
  }
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "end", textContent: text("connection_end") });
  button.addEventListener("click", async () => {
    await end(fetch, one.origin, one.token, text("language"));
    const { connections } = await readSettings();
    await writeSettings({ connections: connections.filter(({ token }) => token !== one.token) });
    await showConnections();
    sayPair(text("connection_gone", one.account), false);
  });
  box.append(title, said, word, places, button);
  return box;
}

async function showConnections() {
  const { connections } = await readSettings();
  const accounts = await candidates();
  at("connections").replaceChildren(...connections.map((one) => connectionBox(one, accounts)));
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
at("pair-address").value = settings.connections[0]?.origin ?? settings.dashboard;
at("by-hand").open = settings.secret !== "";
await showConnections();
document.documentElement.lang = text("language");
at("pair").addEventListener("submit", (event) => {
  event.preventDefault();
  connect().catch((error) => sayPair(`${error}`, true));
});
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
