// What an administrator can do about a wave: tell those whom it reached, watch the name. Nothing is sent from here.
import type { MailQuery } from "./api";
import { formatNumber, formatTime } from "./format";
import type { Texts } from "./i18n";
import type { ForgedGroup, Language, MailPage } from "./types";
import { visible } from "./visible";

const pagesLookedAt = 25; // of 200 mails

/** All accounts that a wave reached; `cut` where there is more than is looked at. */
export async function hitBy(w: ForgedGroup, ask: (q: MailQuery) => Promise<MailPage>): Promise<{ accounts: string[]; cut: boolean }> {
  const found = new Set<string>();
  let before: MailPage["next"] = null;
  for (let i = 0; i < pagesLookedAt; ++i) {
    const page: MailPage = await ask({ verdict: "forged", domain: w.domain, from: w.first, to: w.fetched + 1, limit: 200, lang: "en", before: before ?? undefined });
    for (const m of page.mails) if (m.author_domain === w.domain) found.add(m.account);
    before = page.next;
    if (before === null) break;
  }
  return { accounts: [...found].sort(), cut: before !== null };
}

// What no address that is written without quotes has.
const isAddress = (login: string): boolean => /^[^\s@%"<>(),;:\\[\]?&]+@[^\s@%"<>(),;:\\[\]?&]+$/.test(login);

/** "taro@example.jp%pop.example.jp" is an address, "taro%pop.example.jp" is a login name. */
export function addressesOf(accounts: readonly string[]): { addresses: string[]; others: string[] } {
  const addresses = new Set<string>();
  const others: string[] = [];
  for (const account of accounts) {
    const login = account.slice(0, Math.max(0, account.lastIndexOf("%")));
    if (isAddress(login)) addresses.add(login);
    else others.push(account);
  }
  return { addresses: [...addresses], others };
}

export interface Letter {
  subject: string;
  text: string;
}

/** No mail program makes a link of it. */
const inert = (domain: string): string => visible(domain).replace(/\./g, "[.]");

/** `page` "": none that the readers could open. */
export function letterAbout(w: ForgedGroup, words: Texts["wave"]["mail"], lang: Language, page: string): Letter {
  const n = formatNumber(w.mails, lang);
  const name = w.kind === "misused" ? visible(w.domain) : inert(w.domain);
  const first = formatTime(w.first, lang);
  const last = formatTime(w.last, lang);
  const time = first === last ? first : `${first} – ${last}`;
  const told = w.kind === "misused" ? words.misused(n, name, time) : w.kind === "look-alike" && w.like ? words.lookAlike(n, name, visible(w.like), time) : words.posing(n, name, time);
  const subject = w.kind === "misused" ? words.subject(name) : words.subjectLike(name);
  return { subject, text: `${told}\n\n${words.advice.replace("{see}", () => (page ? words.see(page) : ""))}`.trimEnd() + "\n" };
}

/** Longer links are cut or refused by some programs. */
const longestLink = 1900;

export function mailtoOf(addresses: readonly string[], letter: Letter): { link: string; isLong: boolean } {
  const bcc = addresses.map((a) => encodeURIComponent(a).replace("%40", "@")).join(",");
  // RFC 6068, 5: lines end with %0D%0A.
  const body = encodeURIComponent(letter.text.replace(/\n/g, "\r\n"));
  const link = `mailto:?${bcc ? `bcc=${bcc}&` : ""}subject=${encodeURIComponent(letter.subject)}&body=${body}`;
  return { link, isLong: addresses.length > 1 && link.length > longestLink };
}

/** Whose look-alikes are to be found; "": of a sender with a stranger's name there is none. */
export const nameToWatch = (w: ForgedGroup): string => (w.kind === "misused" ? w.domain : w.kind === "look-alike" ? w.like : "");

/** The settings with that name beside those of `set`, a list as TOML has it; null where it is there. */
export function watchLines(set: string, name: string): string | null {
  const names = [...set.matchAll(/"([^"\\]*)"/g)].map((m) => m[1] as string);
  if (names.includes(name)) return null;
  return `[verdict]\nwatched = [${[...names, name].map((n) => `"${n}"`).join(", ")}]\n`;
}
