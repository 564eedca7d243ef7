// What a mail's header says of it, if it was this installation's proxy that
// wrote it. Nothing here knows Thunderbird.

const verdicts = ["genuine", "new", "altered", "unverified", "forged"];

const digits = /(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])/g;
const mostLabels = 2; // the new value and the old one, for 30 days

/// The label values (16 hexadecimal digits) in what was pasted: the values
/// themselves, or lines that end with them ("forged-0123..."); each once, in
/// their order. [] if there are none.
export function parseValues(text) {
  return [...new Set(text.match(digits))];
}

/// `headers` as messages.getFull answers: {name in lower case: [values]};
/// `values`: those of the accounts, new and old. null unless X-Mekiki-Label is
/// there once or twice, with one verdict and different values, of which one is
/// known: the proxy removes all others, so that any other mail did not come
/// through it.
export function readJudgement(headers, values) {
  const labels = (headers["x-mekiki-label"] ?? []).map((label) => label.trim());
  const verdict = verdicts.find((word) => labels[0]?.startsWith(`${word}-`));
  const found = labels.map((label) => label.slice(`${verdict}-`.length));
  const isOurs =
    verdict !== undefined &&
    labels.length <= mostLabels &&
    labels.every((label, i) => label === `${verdict}-${found[i]}` && /^[0-9a-f]{16}$/.test(found[i])) &&
    new Set(found).size === found.length &&
    found.some((value) => values.includes(value));
  if (!isOurs) {
    return null;
  }
  const first = (name) => (headers[name]?.[0] ?? "").replace(/\s+/g, " ").trim();
  return {
    verdict,
    values: found,
    check: first("x-dkim-check"),
    reason: first("x-mekiki-reason"),
    // Ours stands before all others.
    results: first("authentication-results"),
  };
}

/// Whether to open the window for it; the words are those of `mekiki user`.
export function isTold(judgement, when) {
  switch (when) {
    case "classic":
      return judgement.check === "fail";
    case "new":
      return ["forged", "altered", "new"].includes(judgement.verdict);
    case "altered":
      return ["forged", "altered"].includes(judgement.verdict);
    default:
      return judgement.verdict === "forged";
  }
}

/// A signature that does not fit the mail is more than none.
export function doesNotFit({ verdict, reason }) {
  const code = reason.split(" ")[0];
  return verdict === "unverified" && (code === "dkim-fail" || code === "changed-on-the-way");
}

/// Whose signature for the author does not fit, where the reason is about the
/// author's policy; "": there is none.
export function unfitSigner({ verdict, reason, results }) {
  const author = /^dmarc-fail (?:.* )?author=([^ ]+)/.exec(reason)?.[1] ?? "";
  const isRelated = (domain) =>
    domain === author || domain.endsWith(`.${author}`) || author.endsWith(`.${domain}`);
  const signers = resultLines(results)
    .map(resultCells)
    .filter((cells) => cells?.method === "dkim" && cells.result === "fail")
    .map(({ about }) => (/ ?header\.d=([0-9a-z._-]+)/i.exec(about)?.[1] ?? "").toLowerCase());
  return verdict === "forged" && author
    ? (signers.find((domain) => domain && isRelated(domain)) ?? "")
    : "";
}

/// A line of `resultLines` as cells: {method, result, about}; null if it is none.
export function resultCells(line) {
  const [, method, result, about] = line.match(/^([a-z][a-z0-9-]*)\s*=\s*([a-z]+)\s*([^]*)$/i) ?? [];
  return method ? { method, result, about } : null;
}

/// Authentication-Results as lines: our id, then one result each. Semicolons
/// within quotation marks and comments divide nothing.
export function resultLines(field) {
  const lines = [""];
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < field.length; ++i) {
    const c = field[i];
    if (c === "\\" && (quoted || depth > 0)) {
      lines[lines.length - 1] += c + (field[++i] ?? "");
      continue;
    }
    if (c === '"' && depth === 0) {
      quoted = !quoted;
    } else if (c === "(" && !quoted) {
      ++depth;
    } else if (c === ")" && !quoted && depth > 0) {
      --depth;
    } else if (c === ";" && !quoted && depth === 0) {
      lines.push("");
      continue;
    }
    lines[lines.length - 1] += c;
  }
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}
