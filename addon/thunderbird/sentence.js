// X-Mekiki-Reason as a sentence for people. The patterns (sentences.json) are
// those of src/notify/words/sentence.cpp, and so is the way they are filled.

const longestText = 60;

/// "code name=value name=value"
export function parseReason(text) {
  const [code, ...words] = text.split(" ");
  const facts = new Map();
  for (const word of words) {
    const [name, ...value] = word.split("=");
    if (!facts.has(name)) {
      facts.set(name, value.join("="));
    }
  }
  return { code, facts };
}

function showWord(fact) {
  return (fact || "?").replace(/[^\x21-\x7e]/g, "?");
}

function showText(fact, language) {
  let shown = fact.replace(/[^\x20-\x7e]|"/g, "?");
  if (shown.length > longestText) {
    shown = shown.slice(0, longestText) + "…";
  }
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
