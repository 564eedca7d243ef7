// Which mails a reader asked for: as it stands in the address, and as it is asked of the server.
import type { MailQuery } from "./api";
import { endOfDate, startOfDate } from "./format";
import { verdicts, type Language, type Mail, type Verdict } from "./types";

export interface Filter {
  search: string; // words that all stand somewhere in what is kept of a mail
  verdicts: Verdict[]; // none: all
  domain: string;
  account: string;
  from: string; // "2026-11-26", in the reader's time zone, or "2026-11-26T00:00Z"; "": open
  to: string; // the last date within, or the first time that is not
}

/** What links keep of a period. */
export const periodOf = (query: Readonly<Record<string, string>>): Record<string, string> => {
  const { from, to } = readFilter(query);
  return { from, to };
};

export function readFilter(query: Readonly<Record<string, string>>): Filter {
  const asked = new Set((query.verdict ?? "").split(","));
  const date = (text: string | undefined): string => (text && startOfDate(text) !== null ? text : "");
  return {
    search: (query.search ?? "").trim(),
    verdicts: verdicts.filter((v) => asked.has(v)),
    domain: (query.domain ?? "").trim().toLowerCase(),
    account: (query.account ?? "").trim(),
    from: date(query.from),
    to: date(query.to),
  };
}

export const writeFilter = (f: Filter): Record<string, string> => ({
  search: f.search,
  verdict: f.verdicts.length === verdicts.length ? "" : f.verdicts.join(","),
  domain: f.domain,
  account: f.account,
  from: f.from,
  to: f.to,
});

export const isOpen = (f: Filter): boolean => Object.values(writeFilter(f)).every((v) => v === "");

export const toQuery = (f: Filter, lang: Language): MailQuery => ({
  search: f.search || undefined,
  verdict: f.verdicts.join(",") || undefined,
  domain: f.domain || undefined,
  account: f.account || undefined,
  from: startOfDate(f.from) ?? undefined,
  to: endOfDate(f.to) ?? undefined,
  lang,
});

/** Enough to look for: two letters, or one of a script whose letters say more. */
export const isSearchable = (text: string): boolean => text.replace(/\s/g, "").length > 1 || /[^\u0000-\u007f]/.test(text);

/** As the server would say, but for the search; for mails that arrive while the list is shown. */
export function matches(f: Filter, m: Mail): boolean {
  const from = startOfDate(f.from);
  const to = endOfDate(f.to);
  return (
    (f.verdicts.length === 0 || f.verdicts.includes(m.verdict)) &&
    (f.domain === "" || m.author_domain === f.domain || m.author_domain.endsWith("." + f.domain)) &&
    (f.account === "" || m.account === f.account) &&
    (from === null || m.fetched >= from) &&
    (to === null || m.fetched < to)
  );
}
