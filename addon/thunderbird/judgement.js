// What a mail's header says of it, if it was this installation's proxy that
// wrote it. Nothing here knows Thunderbird.

const verdicts = ["genuine", "new", "altered", "unverified", "forged"];

/// The installation's secret (16 hexadecimal digits) out of what was pasted:
/// the secret itself, or a line that ends with it ("forged-0123..."). "" if
/// there is none, or more than one.
export function parseSecret(text) {
  const found = new Set(text.match(/(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])/g));
  return found.size === 1 ? [...found][0] : "";
}

/// `headers` as messages.getFull answers: {name in lower case: [values]}.
/// null unless X-Mekiki-Label is there exactly once and is one of ours: the
/// proxy removes all others, so that a mail with two did not come through it.
export function readJudgement(headers, secret) {
  const labels = headers["x-mekiki-label"] ?? [];
  if (!secret || labels.length !== 1) {
    return null;
  }
  const label = labels[0].trim();
  const verdict = verdicts.find((word) => label === `${word}-${secret}`);
  if (!verdict) {
    return null;
  }
  const first = (name) => (headers[name]?.[0] ?? "").replace(/\s+/g, " ").trim();
  return {
    verdict,
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
