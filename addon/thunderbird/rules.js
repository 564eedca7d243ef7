// Which rules the user may have made of a mail, and nothing else: what a
// stranger wrote decides here what is offered. Nothing here knows Thunderbird.
//
// A rule that trusts counts only for mails that are proven (docs/verdict.md), and
// so it is offered only where this one is, and for what proved it alone: the
// author's domain may have several who may send for it, some of them weaker
// than others. A rule that distrusts counts against proven mails alone, too: over
// a mail that nothing proves it is not offered, since it would strike the real
// mails of whoever was named there.

import { parseReason } from "./sentence.js";

const label = /[0-9a-z_](?:[0-9a-z_-]*[0-9a-z_])?/.source;
const domain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})+$`);
const isSigner = (text) => domain.test(text.replace(/^spf:/, ""));

// RFC 5322 3.2.3 and 3.4, of which only what nobody reads otherwise: a name
// without comments, quoted or plain, one address of plain words. In a rule "*"
// stands for anything, so that an address with one in it makes none.
const atom = /[0-9A-Za-z!#$%&'+/=?^_`{|}~-]+/.source;
const host = /[^\s<>()@,;:"\\[\]*/?#%]+/.source;
const address = `(${atom}(?:\\.${atom})*)@(${host})`;
const quoted = /"(?:[^"\\\r\n]|\\[^\r\n])*"\s*/.source;
const plain = /[^"<>()@,;:\\[\]]*/.source;
const bare = new RegExp(`^${address}$`);
const named = new RegExp(`^(?:${quoted}|${plain})<${address}>$`);

function toLabels(text) {
  try {
    const name = new URL(`http://${text}/`).hostname;
    return domain.test(name) ? name : "";
  } catch {
    return "";
  }
}

/// The one author of a mail, out of the values of its From fields as they came
/// (not decoded): {address, domain}, the domain in A-labels. null if there are
/// several, or if it is written in a way that somebody may read otherwise.
export function readAuthor(fields) {
  if (fields?.length !== 1) {
    return null;
  }
  const text = fields[0].replace(/\r?\n(?=[ \t])/g, "").trim();
  const isClean = !/[\x00-\x08\x0a-\x1f\x7f]/.test(text);
  const found = isClean && (text.match(bare) ?? text.match(named));
  const name = found && toLabels(found[2]);
  return name && found[1].length <= 64
    ? { address: `${found[1]}@${name}`, domain: name }
    : null;
}

const proven = {
  new: ["aligned-dkim", "aligned-spf"],
  altered: ["altered-by-list", "altered-by-forwarder", "altered-by-provider", "altered-lossless"],
};
// There is a proof, and a rule or setting stands against it.
const forbidden = ["distrusted", "sender-class"];
// Nobody has looked.
const unknown = ["not-judged", "header-too-long"];

/// A body of POST /api/rules, for as long as one made in the dashboard.
function rule(effect, pattern, by = "") {
  return { account: "", kind: "author", pattern, signer: by, effect, days: 30 };
}

/// The rules that trust, of which the user takes one.
function trusting(code, facts, verdict, author) {
  const by = facts.get("signer") ?? "";
  const isProven =
    proven[verdict]?.includes(code) && facts.get("author") === author.domain && isSigner(by);
  return isProven
    ? {
        "trust-address": rule("trust", author.address, by),
        "trust-domain": rule("trust", author.domain, by),
      }
    : {};
}

/// What may be kept of a mail, by its judgement and its From fields:
/// {rules, note}. `rules` are bodies of POST /api/rules: of trust-address,
/// trust-domain and distrust, those that there are. `note`: why no trust is
/// offered: "unproven", "unclear", or "" if nothing is to be said.
export function offers({ verdict, reason }, from) {
  const { code, facts } = parseReason(reason);
  if (verdict === "forged" || unknown.includes(code)) {
    return { rules: {}, note: "" };
  }
  const author = readAuthor(from);
  if (!author || (facts.get("author") ?? author.domain) !== author.domain) {
    return { rules: {}, note: "unclear" };
  }
  const rules = trusting(code, facts, verdict, author);
  const isForbidden = forbidden.includes(code);
  // Distrust would have made another verdict of this mail.
  const isProven = verdict !== "unverified" || isForbidden;
  if (isProven && code !== "distrusted") {
    rules.distrust = rule("distrust", author.address);
  }
  const isUnproven =
    code === "altered-after-report" || (verdict === "unverified" && !isForbidden);
  return { rules, note: isUnproven ? "unproven" : "" };
}
