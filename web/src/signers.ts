// Who proved a mail, in the words that rules use.
import type { Result } from "./types";

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** Only these speak for an author: the same domain, or one above or below it. */
const isRelated = (signer: string, author: string): boolean => signer === author || signer.endsWith("." + author) || author.endsWith("." + signer);

export function signersOf(results: readonly Result[], author: string): string[] {
  const found = new Set<string>();
  for (const r of results) {
    if (r.result !== "pass") continue;
    for (const p of r.properties) {
      if (r.method === "dkim" && p.name === "header.d") found.add(p.value.toLowerCase());
      if (r.method === "spf" && p.name === "smtp.mailfrom" && domainOf(p.value)) found.add("spf:" + domainOf(p.value));
    }
  }
  return [...found].filter((s) => isRelated(s.replace(/^spf:/, ""), author));
}

/** Whose signature for the author does not fit the mail; "": there is none. */
export function unfitSigner(results: readonly Result[], author: string): string {
  for (const r of results) {
    const domain = r.properties.find((p) => p.name === "header.d")?.value.toLowerCase() ?? "";
    if (r.method === "dkim" && r.result === "fail" && domain && author && isRelated(domain, author)) return domain;
  }
  return "";
}

/** The domain that passed where it says nothing of the author's: anybody can have one that passes. */
export function passedElsewhere(r: Result, author: string): string {
  const names: Record<string, string> = { dkim: "header.d", spf: "smtp.mailfrom" };
  const name = names[r.method];
  const value = r.properties.find((p) => p.name === name)?.value;
  if (r.result !== "pass" || !value || !author) return "";
  const domain = domainOf(value);
  return isRelated(domain, author) ? "" : domain;
}
