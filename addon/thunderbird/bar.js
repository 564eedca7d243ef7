// The bar over a message. It runs within the message's own document, whose
// style a stranger wrote: all style is set on the elements themselves, and the
// bar stands in the top layer, where no part of the message can cover it.
// What it says is put in as text only.

(() => {
  const colors = {
    forged: "#8c1d18",
    altered: "#8a5a00",
    new: "#1f4f8b",
    genuine: "#1b6e35",
    unverified: "#5f6368",
  };

  function made(tag, style, content = "") {
    const element = document.createElement(tag);
    element.style.cssText = style;
    element.textContent = content;
    return element;
  }

  function bar(said) {
    const host = made("div", "");
    const set = (name, value) => host.style.setProperty(name, value, "important");
    set("all", "initial");
    set("display", "block");
    set("position", "fixed");
    set("inset", "0 0 auto 0");
    set("width", "auto");
    set("max-height", "60%");
    set("overflow", "auto");
    set("direction", "ltr");
    set("unicode-bidi", "isolate");
    set("background", colors[said.verdict]);
    set("color", "#fff");
    set("color-scheme", "light");
    set("font", "15px/1.45 sans-serif");
    host.id = "mekiki-bar";
    host.lang = said.language;
    host.popover = "manual";

    const inner = made("div", "padding: 8px 12px; overflow-wrap: anywhere");
    const title = made("strong", "display: block", said.title);
    title.className = "title";
    const reason = made("span", "", said.sentence);
    reason.className = "reason";
    const details = made("details", "margin-top: 4px");
    details.append(
      made("summary", "cursor: pointer", said.details),
      made(
        "pre",
        "margin: 4px 0 0; white-space: pre-wrap; font-size: 13px",
        [said.reason, ...said.results].join("\n"),
      ),
    );
    inner.append(title, reason);
    if (said.word) {
      const word = made("div", "", said.word);
      word.className = "word";
      inner.append(word);
    }
    inner.append(details);
    // Where no style sheet of the message reaches.
    host.attachShadow({ mode: "open" }).append(inner);
    return host;
  }

  async function show() {
    const said = await messenger.runtime.sendMessage("bar");
    if (!said) {
      return;
    }
    const host = bar(said);
    const root = document.documentElement;
    root.style.setProperty("display", "block", "important");
    root.append(host);
    host.showPopover();
    const makeRoom = () =>
      root.style.setProperty("padding-top", `${host.offsetHeight}px`, "important");
    new ResizeObserver(makeRoom).observe(host);
    makeRoom();
  }

  show();
})();
