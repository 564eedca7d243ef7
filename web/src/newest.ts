// A list of mails, newest first, and what the server says of it later.
import { matches, type Filter } from "./filter";
import type { Mail } from "./types";

const isNewer = (a: Mail, b: Mail): boolean => a.fetched > b.fetched || (a.fetched === b.fetched && a.id > b.id);

/** A mail that came, or was judged anew, at its place. */
export function put(mails: readonly Mail[], mail: Mail): Mail[] {
  const others = mails.filter((m) => m.id !== mail.id);
  const at = others.findIndex((m) => isNewer(mail, m));
  return at < 0 ? [...others, mail] : [...others.slice(0, at), mail, ...others.slice(at)];
}

/**
 * The first page, asked for anew. As far as it reaches it alone counts: what is
 * not in it any more is judged otherwise, or gone. Nothing where it does not
 * reach what is known, so that mails between are missing: then it alone is the
 * list.
 */
export function renewed(known: readonly Mail[], page: { mails: readonly Mail[]; next: unknown }): Mail[] | null {
  if (page.next === null) return [...page.mails];
  const last = page.mails[page.mails.length - 1];
  if (!last) return [...known]; // the search took long and says nothing yet
  const ids = new Set(page.mails.map((m) => m.id));
  if (known.length > 0 && !known.some((m) => ids.has(m.id)) && !known.some((m) => isNewer(m, last))) return null;
  return [...page.mails, ...known.filter((m) => !ids.has(m.id) && isNewer(last, m))];
}

/** The answer may be older than what was told while it was on its way. What a search finds only the server knows. */
export const withNews = (mails: readonly Mail[], came: readonly Mail[], filter: Filter): Mail[] =>
  filter.search !== "" ? [...mails] : came.reduce<Mail[]>((all, m) => (matches(filter, m) ? put(all, m) : all.filter((o) => o.id !== m.id)), [...mails]);
