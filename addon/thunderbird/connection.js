// What the dashboard tells an add-on that was connected with an account
// (docs/dashboard.md, CONNECTION), and how it is asked for. Nothing here knows
// Thunderbird.

import { ask, readToken, visible } from "./dashboard.js";

const occasions = ["forged", "altered", "new", "classic"];
const languages = ["en", "ja"];
const methods = ["A", "B", "C", "D"];
const mostValues = 2;
const longestWord = 64;

/// What is kept of a CONNECTION; null if it is none.
export function readConnection(answer) {
  const { account, values, tag, choice } = answer ?? {};
  const isGood =
    typeof account === "string" &&
    account !== "" &&
    Array.isArray(values) &&
    values.length > 0 &&
    values.length <= mostValues &&
    values.every((value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value)) &&
    typeof tag === "string" &&
    /^[0-9a-f]{12}$/.test(tag) &&
    Array.isArray(choice?.methods) &&
    choice.methods.every((method) => methods.includes(method)) &&
    languages.includes(choice.language) &&
    occasions.includes(choice.when) &&
    typeof choice.word === "string" &&
    choice.word.length <= longestWord;
  return isGood
    ? {
        account: visible(account),
        values: [...values],
        tag,
        methods: [...choice.methods],
        language: choice.language,
        when: choice.when,
        word: visible(choice.word),
      }
    : null;
}

/// The code as it is sent, out of what somebody typed; "" if it cannot be one.
export function readCode(typed) {
  const code = typed.normalize("NFKC").replace(/[\s\-\u2010-\u2015\u2212\u30fc]/g, "").toUpperCase();
  return /^[0-9A-TV-Z]{12}$/.test(code) ? code : "";
}

/// A new connection by a code: {connection, token}, or as `ask`, where "token"
/// cannot be. The code works once, whatever comes of it.
export async function pair(fetch, origin, code, language) {
  const got = await ask(fetch, origin, "", `/api/pair?lang=${language}`, { code });
  if (got.problem) {
    return got;
  }
  const connection = readConnection(got.answer);
  const token = typeof got.answer.token === "string" ? readToken(got.answer.token) : "";
  return connection && token ? { connection, token } : { problem: "strange", text: "" };
}

/// The same as it is now: {connection}, or as `ask`.
export async function renew(fetch, origin, token, language) {
  const got = await ask(fetch, origin, token, `/api/connection?lang=${language}`);
  if (got.problem) {
    return got;
  }
  const connection = readConnection(got.answer);
  return connection ? { connection } : { problem: "strange", text: "" };
}

/// The token counts no more: {}, or as `ask`.
export async function end(fetch, origin, token, language) {
  const got = await ask(fetch, origin, token, `/api/connection/end?lang=${language}`, {});
  return got.problem ? got : {};
}

/// Which of Thunderbird's accounts ({id, type, name, addresses}) is meant by the
/// login `account`, where no mail shows it: the ids of those that say so, or of
/// the only one that there is.
export function guessPlaces(account, candidates) {
  const login = account.toLowerCase();
  const name = login.split("%")[0];
  const saysSo = ({ name: called, addresses }) =>
    called.toLowerCase().includes(login) ||
    called.toLowerCase() === name ||
    (name.includes("@") && addresses.some((address) => address.toLowerCase() === name));
  const sure = candidates.filter(saysSo);
  const pop3 = candidates.filter(({ type }) => type === "pop3");
  const found = sure.length > 0 ? sure : pop3.length === 1 ? pop3 : [];
  return found.map(({ id }) => id);
}
