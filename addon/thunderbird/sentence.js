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

function showText(fact, language) {
  const characters = [...fact];
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
    return quote ? showText(facts.get(name) ?? "", language) : showWord(facts.get(name));
  };
  const write = (pattern) =>
    pattern[language].replace(/\{('?)([a-z-]+)\1\}/g, (_, quote, name) => show(quote, name));
  const finding = facts.get("finding") ?? "";
  const own = find(`${code}/${finding}`);
  if (own) {
    return write(own);
  }
  const told = tellsBesides(reason, patterns) ? find(`told/${finding}`) : undefined;
  const found = findByFact(code) ?? (told && find(`${code}/told`)) ?? find(code);
  if (!found) {
    return "";
  }
  return told ? write(found).slice(0, -1) + write(told) : write(found);
}
