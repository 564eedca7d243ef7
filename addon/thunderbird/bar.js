// The bar over a message. It runs within the message's own document, whose
// text and style a stranger wrote, though no script. What it says is put in as
// text only, and all style is set on the elements themselves.
//
// The bar stands in a closed shadow tree, where no style, label or id of the
// message reaches, and in the top layer, where no part of the message covers it,
// but for what is shown in the top layer later. Markup can do that once the
// reader clicks on it (popovertarget, commandfor), and let clicks through to what
// lies below. So the bar comes to the top again after each click; a rule is kept
// by a second click, on a confirmation that has just been put on top of all,
// goes when anything beside it is clicked, and takes no click for a moment: the
// second half of a double click is none.

(() => {
  const colors = {
    forged: "#8c1d18",
    altered: "#8a5a00",
    new: "#1f4f8b",
    genuine: "#1b6e35",
    unverified: "#5f6368",
  };
  const moment = 1000; // ms

  function made(tag, style, content = "", className = "") {
    const element = document.createElement(tag);
    element.style.cssText = style;
    element.textContent = content;
    element.className = className;
    return element;
  }

  /// Acts on what a person does, not on what a script dispatches.
  function button(content, className, act) {
    const element = made(
      "button",
      "margin: 6px 8px 0 0; padding: 3px 10px; border: 1px solid #fff; border-radius: 4px;" +
        "background: transparent; color: inherit; font: inherit; cursor: pointer;" +
        "white-space: normal; text-align: start",
      content,
      className,
    );
    element.type = "button";
    element.addEventListener("click", (event) => event.isTrusted && act());
    return element;
  }

  function link(content, className, act) {
    const element = button(content, className, act);
    element.style.cssText +=
      "; border: none; padding: 0; font-size: 13px; text-decoration: underline; opacity: 0.85";
    return element;
  }

  /// `ask` sends to the background script.
  function actions(offered, ask, toTop) {
    const area = made("div", "", "", "actions");

    function offer() {
      area.replaceChildren(
        ...offered.buttons.map((one) => button(one.text, one.name, () => confirm(one))),
      );
      if (offered.note) {
        area.append(made("div", "font-size: 13px; opacity: 0.85", offered.note, "note"));
      }
      if (offered.connect) {
        const dismiss = link(offered.dismiss, "dismiss", () => {
          area.replaceChildren();
          ask("no connection");
        });
        area.append(link(offered.connect, "connect", () => ask("options")), dismiss);
      }
    }

    function confirm({ choices }) {
      const rows = choices.map(({ name, text }) => {
        const row = made("div", "margin-top: 6px", "", `choice ${name}`);
        const keep = button(offered.keep, "keep", () => take(name));
        keep.disabled = true;
        row.append(made("div", "", text, "effect"), keep);
        return row;
      });
      const cancel = button(offered.cancel, "cancel", offer);
      area.replaceChildren(
        ...rows,
        made("div", "margin-top: 6px; font-size: 13px", offered.scope, "scope"),
        cancel,
      );
      toTop();
      cancel.focus();
      setTimeout(() => {
        for (const keep of area.querySelectorAll(".keep")) {
          keep.disabled = false;
        }
      }, moment);
    }

    async function take(choice) {
      area.replaceChildren(made("div", "margin-top: 6px", offered.wait, "wait"));
      const { text, done } = await ask({ id: offered.id, choice });
      const result = made("div", "margin-top: 6px; font-weight: bold", text, "result");
      if (done) {
        area.replaceChildren(result, button(offered.undo, "undo", () => takeBack(choice)));
      } else {
        offer();
        area.append(result);
      }
    }

    async function takeBack(choice) {
      area.replaceChildren(made("div", "margin-top: 6px", offered.wait, "wait"));
      const { text } = await ask({ id: offered.id, undo: choice });
      offer();
      area.append(made("div", "margin-top: 6px; font-weight: bold", text, "result"));
    }

    offer();
    const isConfirming = () => area.querySelector(".choice") !== null;
    return { area, cancel: () => isConfirming() && offer() };
  }

  const cell =
    "display: table-cell; padding: 2px 12px 2px 0; text-align: start; vertical-align: top";

  function row(kind, texts) {
    const tr = made("tr", "display: table-row");
    const styles = ["; white-space: nowrap", "; white-space: nowrap", "; white-space: pre-wrap"];
    const shift = styles.length - texts.length;
    tr.append(...texts.map((text, i) => made(kind, cell + styles[i + shift], text)));
    return tr;
  }

  function detailTables({ head, rows, facts }) {
    const style =
      "display: table; margin: 4px 0 0; border-spacing: 0; font-size: 13px; color: inherit";
    const checks = made("table", style, "", "checks");
    checks.append(row("th", head), ...rows.map((texts) => row("td", texts)));
    const about = made("table", style, "", "facts");
    about.append(...facts.map((texts) => row("td", texts)));
    return [checks, about];
  }

  function bar(said) {
    const element = made(
      "div",
      "all: initial; display: block; position: fixed; inset: 0 0 auto 0; width: auto;" +
        "max-height: 60%; overflow: auto; direction: ltr; unicode-bidi: isolate;" +
        "color: #fff; color-scheme: light; font: 15px/1.45 sans-serif",
      "",
      "bar",
    );
    element.style.background = colors[said.verdict];
    element.lang = said.language;
    element.popover = "manual";

    const inner = made("div", "padding: 8px 12px; overflow-wrap: anywhere");
    const details = made("details", "margin-top: 4px");
    details.append(made("summary", "cursor: pointer", said.details), ...detailTables(said.table));
    inner.append(
      made("strong", "display: block", said.title, "title"),
      made("span", "", said.sentence, "reason"),
    );
    if (said.advice) {
      inner.append(made("div", "font-weight: bold", said.advice, "advice"));
    }
    if (said.word) {
      inner.append(made("div", "", said.word, "word"));
    }
    const toTop = () => {
      element.hidePopover();
      element.showPopover();
    };
    const offered = actions(said.actions, (what) => messenger.runtime.sendMessage(what), toTop);
    inner.append(offered.area, details);
    if (said.edge) {
      inner.append(
        made(
          "div",
          "margin: 8px -12px -8px; padding: 3px 12px; background: #fff; color: #1a1a1a;" +
            "border-bottom: 2px solid #1a1a1a; font-size: 13px",
          said.edge,
          "edge",
        ),
      );
    }
    element.append(inner);
    return { element, toTop, cancel: offered.cancel };
  }

  async function show() {
    const said = await messenger.runtime.sendMessage("bar");
    if (!said) {
      return;
    }
    const host = made("div", "");
    host.style.setProperty("all", "initial", "important");
    host.style.setProperty("display", "block", "important");
    host.id = "mekiki-bar";
    const { element, toTop, cancel } = bar(said);
    host.attachShadow({ mode: "closed" }).append(element);
    const root = document.documentElement;
    root.style.setProperty("display", "block", "important");
    root.append(host);
    element.showPopover();

    const makeRoom = () =>
      root.style.setProperty("padding-top", `${element.offsetHeight}px`, "important");
    new ResizeObserver(makeRoom).observe(element);
    makeRoom();

    const isBeside = (event) => event.target !== host;
    for (const name of ["pointerdown", "keydown", "click"]) {
      window.addEventListener(name, (event) => isBeside(event) && cancel(), true);
    }
    // After what the click has opened.
    window.addEventListener("click", (event) => isBeside(event) && setTimeout(toTop), true);
    // What opens in the top layer, as far as its events are seen.
    window.addEventListener(
      "beforetoggle",
      (event) => event.newState === "open" && isBeside(event) && event.preventDefault(),
      true,
    );
  }

  show();
})();
