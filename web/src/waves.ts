// Forged mails that came together are one item of a list: the rule of the
// overview's waves (src/store/forged_names.hpp), over the mails that are shown.
import type { ForgedKind, Mail } from "./types";

export const waveGap = 6 * 3600; // seconds from one mail to the next
export const leastWave = 5; // mails

/** A mail, or some that came together. */
export interface Item {
  newest: Mail;
  mails: readonly Mail[]; // the last that came first; one, or a wave
}

const kindOf = (m: Mail): ForgedKind => (m.code === "look-alike" || m.code === "display-name" ? m.code : "misused");

/** Of most of them. */
export function kindOfWave(mails: readonly Mail[]): ForgedKind {
  const counts = { misused: 0, "look-alike": 0, "display-name": 0 };
  for (const m of mails) ++counts[kindOf(m)];
  const order = ["misused", "look-alike", "display-name"] as const;
  return order.reduce((most, k) => (counts[k] > counts[most] ? k : most));
}

/** `mails` are those fetched last first; a wave stands where the mail of it does that came last. */
export function inWaves(mails: readonly Mail[]): Item[] {
  const open = new Map<string, Mail[]>(); // by domain
  const found: Mail[][] = [];
  // A mail that is fetched again came when it came.
  for (const m of [...mails].sort((a, b) => b.came - a.came)) {
    const isOfWave = m.verdict === "forged" && m.author_domain !== "";
    const before = isOfWave ? open.get(m.author_domain) : undefined;
    const last = before?.[before.length - 1];
    if (before && last && last.came - m.came <= waveGap) {
      before.push(m);
      continue;
    }
    const group = [m];
    found.push(group);
    if (isOfWave) open.set(m.author_domain, group);
  }
  const rank = new Map(mails.map((m, i) => [m.id, i]));
  return found
    .flatMap((g) => (g.length >= leastWave ? [g] : g.map((m) => [m])))
    .map((g) => ({ newest: g[0] as Mail, mails: g }))
    .sort((a, b) => (rank.get(a.newest.id) ?? 0) - (rank.get(b.newest.id) ?? 0));
}
