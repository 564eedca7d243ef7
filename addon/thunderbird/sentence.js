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

/// `patterns`: {code: {en, ja}}. "" for a code without one.
export function sentence(reason, patterns, language) {
  const { code, facts } = parseReason(reason);
  const own = (key) => (Object.hasOwn(patterns, key) ? patterns[key] : undefined);
  const pattern = own(`${code}/${facts.get("finding") ?? ""}`) ?? own(code);
  if (!pattern) {
    return "";
  }
  return pattern[language].replace(/\{('?)([a-z-]+)\1\}/g, (_, quote, name) =>
    quote ? showText(facts.get(name) ?? "", language) : showWord(facts.get(name)),
  );
}
