// The texts of _locales in the language that the user chose in the dashboard,
// which Thunderbird's own need not be.

const known = new Map();

async function load(language) {
  const answer = await fetch(messenger.runtime.getURL(`_locales/${language}/messages.json`));
  return answer.json();
}

/// A function like messenger.i18n.getMessage; that one without a `language`.
export async function textsIn(language) {
  if (!["en", "ja"].includes(language) || language === messenger.i18n.getMessage("language")) {
    return messenger.i18n.getMessage;
  }
  if (!known.has(language)) {
    known.set(language, load(language));
  }
  const messages = await known.get(language);
  return (name, values = []) => {
    const { message = "", placeholders = {} } = messages[name] ?? {};
    const given = [values].flat();
    return message.replace(/\$(\w+)\$/g, (all, word) => {
      const content = placeholders[word.toLowerCase()]?.content;
      return content ? `${given[Number(content.slice(1)) - 1] ?? ""}` : all;
    });
  };
}
