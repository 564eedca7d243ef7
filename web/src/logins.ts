// Under which name somebody logs in: the routes of the settings decide, as in src/pop3/account.cpp.
import type { Route } from "./types";

export interface LoginWay {
  /** "address": the mail address; "name": as at the server; "both": NAME%SERVER. */
  kind: "address" | "name" | "both";
  login: string; // with NAME for what is each one's own
  host: string; // of the route; "": it is in the login, or not known
}

/** With one star at most, for that is what stands for the name. */
function wayOf({ pattern, host }: Route, name: string): LoginWay | null {
  if (pattern.split("*").length !== 2) return null;
  const login = pattern.replace("*", () => name);
  const percent = pattern.lastIndexOf("%");
  if (percent >= 0) return pattern.indexOf("*") < percent ? { kind: "both", login, host: "" } : null;
  return { kind: pattern.includes("@") ? "address" : "name", login, host };
}

/** Those of the server, "": of all; the usual one first. `words` stand for what is not known. */
export function loginWays(routes: readonly Route[], server: string, words: { name: string; server: string }): LoginWay[] {
  const typed = server.trim().toLowerCase().replace(/\.$/, "");
  const out = routes
    .filter((r) => typed === "" || r.host.toLowerCase() === typed.replace(/:\d+$/, ""))
    .map((r) => wayOf(r, words.name))
    .filter((w) => w !== null);
  const usual: LoginWay = { kind: "both", login: `${words.name}%${typed || words.server}`, host: "" };
  return [...out, usual].filter((w, i, all) => all.findIndex((o) => o.login === w.login) === i);
}
