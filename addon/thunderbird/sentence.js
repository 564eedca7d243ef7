// X-Mekiki-Reason as a sentence for people. The patterns (sentences.json) are
// those of src/notify/words/sentence.cpp, and so is the way they are filled.

const longestText = 60;

// What is not visible, ends a line, changes the direction of reading, or quotes.
const notShown =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800\ufffd"“”「」]/gu;

/// An octet is "%XX" where a value could not have it otherwise.
function decode(value) {
  return value.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(run.slice(1).split("%"), (digits) => parseInt(digits, 16)),
    ),
  );
}

/// "code name=value name=value"
export function parseReason(text) {
  const [code, ...words] = text.split(" ");
  const facts = new Map();
  for (const word of words) {
    const [name, ...value] = word.split("=");
    if (!facts.has(name)) {
      facts.set(name, decode(value.join("=")));
    }
  }
  return { code, facts };
}

function showWord(fact) {
  return (fact || "?").replace(/[^\x21-\x7e]/g, "?");
}

// RFC 3492 6.2; "" for what is no Punycode.
function decodePunycode(text) {
  const at = text.lastIndexOf("-");
  const out = at > 0 ? [...text.slice(0, at)] : [];
  let [n, i, bias] = [128, 0, 72];
  for (let next = at > 0 ? at + 1 : 0; next < text.length; ) {
    const before = i;
    for (let [weight, k] = [1, 36]; ; k += 36) {
      const digit = next < text.length ? parseInt(text[next++], 36) : NaN;
      // Letters are 0 to 25, digits 26 to 35.
      const value = digit >= 10 ? digit - 10 : digit + 26;
      if (Number.isNaN(value) || i > 0x7fffffff) {
        return "";
      }
      i += value * weight;
      const least = Math.min(Math.max(k - bias, 1), 26);
      if (value < least) {
        break;
      }
      weight *= 36 - least;
    }
    const count = out.length + 1;
    let delta = Math.floor((i - before) / (before === 0 ? 700 : 2));
    delta += Math.floor(delta / count);
    let k = 0;
    for (; delta > 455; k += 36) {
      delta = Math.floor(delta / 35);
    }
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff) {
      return "";
    }
    out.splice(i++, 0, String.fromCodePoint(n));
  }
  return out.join("");
}

/// One label as people see it, if it is a valid A-label.
function toULabel(label) {
  const name = label.startsWith("xn--") ? decodePunycode(label.slice(4)) : "";
  try {
    const isValid =
      name !== "" &&
      name.search(notShown) < 0 &&
      new URL(`http://${name}.example/`).hostname === `${label}.example`;
    return isValid ? name : label;
  } catch {
    return label;
  }
}

/// A domain as it looks and, if that differs, as it is written.
function showDomain(word) {
  const shown = word.split(".").map(toULabel).join(".");
  return shown === word ? word : `${shown} (${word})`;
}

const fieldNames = {
  from: "差出人",
  subject: "件名",
  date: "日付",
  "reply-to": "返信先",
  "content-type": "本文の形式",
};

function showFact(name, fact, language) {
  const word = showWord(fact);
  if (name === "links") {
    return word.replaceAll(",", language === "ja" ? "、" : ", ");
  }
  if (name === "field" && language === "ja" && Object.hasOwn(fieldNames, word)) {
    return fieldNames[word];
  }
  return name === "seen" || name === "like" ? showDomain(word) : word;
}

function showText(fact, language) {
  // A domain alone is shown as it looks, too.
  const characters = [...(/[@ ]/.test(fact) ? fact : showDomain(fact))];
  const shown =
    characters.slice(0, longestText).join("").replace(notShown, "?") +
    (characters.length > longestText ? "…" : "");
  return language === "ja" ? `「${shown}」` : `“${shown}”`;
}

// Of these the sentence is about what was seen, which is not told besides.
const accusingByFinding = ["look-alike", "display-name", "own-address", "not-by-mekiki"];

/// Whether it tells besides of somebody whom the sender may be taken for.
export function tellsBesides(reason, patterns) {
  const { code, facts } = parseReason(reason);
  return (
    !accusingByFinding.includes(code) && Object.hasOwn(patterns, `told/${facts.get("finding")}`)
  );
}

/// The fact is there, or, as "undone-x", x among what was undone.
function hasFact(facts, name) {
  return name.startsWith("undone-")
    ? (facts.get("undone") ?? "").split(",").includes(name.slice("undone-".length))
    : Boolean(facts.get(name));
}

/// `patterns`: {code: {en, ja}}. "" for a code without one.
export function sentence(reason, patterns, language) {
  const { code, facts } = parseReason(reason);
  const find = (key) => (Object.hasOwn(patterns, key) ? patterns[key] : undefined);
  const findByFact = (about) =>
    find(
      Object.keys(patterns).find(
        (key) =>
          key.startsWith(`${about}/`) &&
          key
            .slice(about.length + 1)
            .split("+")
            .every((name) => hasFact(facts, name)),
      ),
    );
  const show = (quote, name) => {
    if (name === "what") {
      return write(findByFact(name) ?? find(name));
    }
    return quote
      ? showText(facts.get(name) ?? "", language)
      : showFact(name, facts.get(name), language);
  };
  const write = (pattern) =>
    pattern[language].replace(/\{('?)([a-z-]+)\1\}/g, (_, quote, name) => show(quote, name));
  const finding = facts.get("finding") ?? "";
  const own = find(`${code}/${finding}`);
  if (own) {
    return write(own);
  }
  const told = tellsBesides(reason, patterns) ? find(`told/${finding}`) : undefined;
  const found =
    find(`${code}/${facts.get("rule")}`) ??
    find(`${code}/${facts.get("cause")}`) ??
    findByFact(code) ??
    (told && find(`${code}/told`)) ??
    find(code);
  if (!found) {
    return "";
  }
  return told ? write(found).slice(0, -1) + write(told) : write(found);
}
