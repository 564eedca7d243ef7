// What is said to the dashboard (docs/dashboard.md), and what it answers. `fetch`
// is an argument. Nothing here knows Thunderbird.

export const usualAddress = "http://127.0.0.1:8110";
const loopback = ["127.0.0.1", "localhost"];
const longestAnswer = 1_000_000; // a mail with its header and story
const longestText = 200;
const patience = 20_000;

/// Whom to ask, out of what somebody typed: {origin, pattern}, the latter for
/// the permission (without a port, as these are). null if it is no address, or
/// one to which a token would travel in clear.
export function readAddress(text) {
  let url;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  const isSafe =
    url.protocol === "https:" || (url.protocol === "http:" && loopback.includes(url.hostname));
  return isSafe && url.username === "" && url.password === ""
    ? { origin: url.origin, pattern: `${url.protocol}//${url.hostname}/*` }
    : null;
}

/// The token out of what was pasted; "" if it is none.
export function readToken(text) {
  const token = text.trim();
  return /^[\x21-\x7e]{16,200}$/.test(token) ? token : "";
}

/// Without characters that do not show or change the direction of reading.
export function visible(text) {
  const words = `${text ?? ""}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return words.length > longestText ? `${words.slice(0, longestText)}…` : words;
}

/// {answer}, or {problem, text}: "silent" (nobody is there, or not in time),
/// "token" (it is not, or no longer, one), "strange" (this is no dashboard), or
/// "refused", for which `text` has the dashboard's own sentence, in the `language`
/// that was asked for.
/// Without a token ("") it asks as nobody. No cookie goes along, and a token never follows to another place.
export async function ask(fetch, origin, token, path, body) {
  let status;
  let answer;
  try {
    const got = await fetch(origin + path, {
      method: body ? "POST" : "GET",
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(patience),
    });
    status = got.status;
    answer = await got.text();
  } catch {
    return { problem: "silent", text: "" };
  }
  try {
    answer = answer.length <= longestAnswer ? JSON.parse(answer) : null;
  } catch {
    answer = null;
  }
  if (status === 401) {
    return { problem: "token", text: "" };
  }
  if (typeof answer !== "object" || answer === null) {
    return { problem: "strange", text: "" };
  }
  if (status !== 200) {
    const text = visible(answer.text);
    return { problem: text ? "refused" : "strange", text };
  }
  return { answer };
}

/// Whose token it is: {account}, or as `ask`.
export async function whose(fetch, origin, token, language) {
  const got = await ask(fetch, origin, token, `/api/me?lang=${language}`);
  if (got.problem) {
    return got;
  }
  return typeof got.answer.account === "string"
    ? { account: visible(got.answer.account) }
    : { problem: "strange", text: "" };
}

/// Keeps a rule: {id}, or as `ask`.
export async function keep(fetch, origin, token, language, rule) {
  const got = await ask(fetch, origin, token, `/api/rules?lang=${language}`, rule);
  if (got.problem) {
    return got;
  }
  const { id } = got.answer;
  return Number.isInteger(id) ? { id } : { problem: "strange", text: "" };
}

/// Takes a rule back: {}, or as `ask`.
export async function undo(fetch, origin, token, language, id) {
  const got = await ask(fetch, origin, token, `/api/rules/remove?lang=${language}`, { id });
  return got.problem ? got : {};
}

/// The mail that the mail server calls `uidl`, in the account of the token: {mail},
/// its number, or as `ask`.
export async function findMail(fetch, origin, token, language, uidl) {
  const path = `/api/mail?lang=${language}&uidl=${encodeURIComponent(uidl)}`;
  const got = await ask(fetch, origin, token, path);
  if (got.problem) {
    return got;
  }
  const { id } = got.answer;
  return Number.isInteger(id) ? { mail: id } : { problem: "strange", text: "" };
}

/// Tells the administrator what the reader says of a mail ("agree", "mistake",
/// "report"; "" takes it back): {}, or as `ask`.
export async function sayAbout(fetch, origin, token, language, mail, said) {
  const got = await ask(fetch, origin, token, `/api/feedback?lang=${language}`, { mail, said });
  return got.problem ? got : {};
}
