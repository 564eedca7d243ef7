"""The add-on in a Thunderbird, and what it shows there."""

import pathlib
import sys

from .process import run
from .waiting import until

REPOSITORY = pathlib.Path(__file__).parents[3]
FOLDER = REPOSITORY / "addon" / "thunderbird"
ADDON = "thunderbird@mekiki.example"


def install(thunderbird, folder):
    """Packs it into `folder` first."""
    package = folder / "mekiki.xpi"
    run([sys.executable, REPOSITORY / "tools" / "pack-addon", FOLDER, package])
    thunderbird.remote.install(package)


def open_options(thunderbird):
    thunderbird.open_page(thunderbird.run(
        "return WebExtensionPolicy.getByID(args[0]).getURL('options.html')", ADDON))
    until(lambda: thunderbird.page(
        """
        const byHand = doc.getElementById("by-hand");
        if (byHand) byHand.open = true;
        return doc.documentElement?.lang !== "" &&
          doc.querySelectorAll("input[name=when]").length === 4;
        """), "the options show")


def choose(thunderbird, secret, accounts, word="marmalade"):
    """Fills in the options page, as the user does."""
    open_options(thunderbird)
    thunderbird.page(
        """
        doc.getElementById("secret").value = args[0];
        doc.getElementById("word").value = args[2];
        for (const box of doc.querySelectorAll("input[name=account]"))
          box.checked = args[1].includes(box.value);
        doc.getElementById("save").click();
        """, secret, [f"account{number}" for number in accounts], word)
    close_saved(thunderbird)


def close_saved(thunderbird):
    until(lambda: thunderbird.page("return !doc.getElementById('saved').hidden"),
          "the options are saved")
    thunderbird.run("tabmail.closeTab();")


def check(thunderbird, address, account, token):
    """Types these into the options page that is open, and presses "check" beside
    them: what it then says, and whether that is bad."""
    thunderbird.page(
        """
        doc.getElementById("dashboard").value = args[0];
        const field = doc.querySelector(`input[data-account=${args[1]}]`);
        field.value = args[2];
        field.closest("tr").querySelector(".said").textContent = "";
        field.closest("tr").querySelector(".check").click();
        """, address, f"account{account}", token)
    return until(lambda: thunderbird.page(
        """
        const said = doc.querySelector(`input[data-account=${args[0]}]`)
          .closest("tr").querySelector(".said");
        return said.textContent && [said.textContent, said.classList.contains("bad")];
        """, f"account{account}"), "the token is checked")


def connect(thunderbird, address, tokens):
    """Fills in the dashboard and the accounts' tokens, {number: token}."""
    open_options(thunderbird)
    thunderbird.page(
        """
        doc.getElementById("dashboard").value = args[0];
        for (const field of doc.querySelectorAll("input[data-account]"))
          field.value = args[1][field.dataset.account] ?? "";
        doc.getElementById("save").click();
        """, address, {f"account{number}": token for number, token in tokens.items()})
    close_saved(thunderbird)


def pair(thunderbird, address, code):
    """Types these into the options, presses "Connect", and waits for the answer:
    (what it says, whether that is bad, {account that is listed: ids of the
    accounts that are ticked})."""
    thunderbird.page(
        """
        doc.getElementById("pair-said").textContent = "";
        doc.getElementById("pair-address").value = args[0];
        doc.getElementById("pair-code").value = args[1];
        const button = doc.getElementById("pair-now");
        """ + MOUSE, address, code)
    return until(lambda: paired(thunderbird), "there is an answer to the code")


def paired(thunderbird):
    """As pair() has it; None while there is no answer."""
    return thunderbird.page(
        """
        const said = doc.getElementById("pair-said");
        const wait = ["", "Connecting…", "接続しています…"];
        if (wait.includes(said.textContent)) return null;
        return [said.textContent, said.classList.contains("bad"),
          Object.fromEntries([...doc.querySelectorAll(".connection")].map((one) => [
            one.querySelector("h2").textContent,
            [...one.querySelectorAll("input:checked")].map((box) => box.value)]))];
        """)


def native(thunderbird):
    """Words, title and picture of the button in Thunderbird's own header."""
    return thunderbird.run(
        """
        const shown = tabmail.currentAboutMessage?.document;
        const button = shown?.querySelector("[data-extensionid='thunderbird@mekiki.example']");
        const of = (name) => button?.getAttribute(name) ?? "";
        return [of("label"), of("tooltiptext"), /verdicts\\/(\\w+)[.]svg/.exec(of("style"))?.[1] ?? ""];
        """)


class Warnings:
    """The window of the add-on, or windows."""

    def __init__(self, thunderbird):
        self.thunderbird = thunderbird

    def run(self, body):
        return self.thunderbird.run(
            """
            const windows = [...Services.wm.getEnumerator("mail:extensionPopup")];
            const doc = windows[0]?.document.querySelector("browser")?.contentDocument;
            const all = (name) =>
              [...doc.querySelectorAll(name)].map((e) => e.innerText || e.textContent);
            """ + body)

    def count(self):
        return self.run("return windows.length")

    def subjects(self):
        return self.run("return doc ? all('.subject') : []")

    def wait_for(self, subjects):
        try:
            until(lambda: self.subjects() == subjects, f"the window lists {subjects}")
        except AssertionError as problem:
            raise AssertionError(
                f"{problem}, not {self.subjects()}; {self.thunderbird.errors()}") from None

    def text(self, name):
        return self.run(f"return all('{name}').join('\\n')")

    def close(self):
        until(lambda: self.run("doc?.getElementById('close')?.click();"
                               "return windows.length === 0"), "the window is closed")


def bar(thunderbird):
    """What the bar over the message says, part by part; None if there is none."""
    return thunderbird.message(
        """
        const root = doc?.getElementById("mekiki-bar")?.openOrClosedShadowRoot;
        return root && {
          title: root.querySelector(".title").innerText,
          reason: root.querySelector(".reason").innerText,
          word: root.querySelector(".word")?.innerText,
          advice: root.querySelector(".advice")?.innerText,
          details: root.querySelector("details").open &&
            [...root.querySelectorAll("details tr")].map((tr) =>
              [...tr.cells].map((cell) => cell.innerText)),
        };
        """)


# Presses `button` of `doc` with the mouse, if nothing lies above it.
MOUSE = """
  button.scrollIntoView();
  const at = button.getBoundingClientRect();
  for (const what of ["mousedown", "mouseup"])
    doc.defaultView.synthesizeMouseEvent(
      what, at.x + at.width / 2, at.y + at.height / 2, { button: 0, clickCount: 1 });
"""
SHADOW = 'const bar = doc?.getElementById("mekiki-bar")?.openOrClosedShadowRoot;'


def in_bar(thunderbird, body, *arguments):
    """A script that knows `bar`, the tree within the bar; undefined if there is
    none. What it clicks is clicked as by a person, wherever it lies."""
    return thunderbird.message(SHADOW + body, *arguments)


def offered(thunderbird):
    """What the bar has below its reason: classes and texts of buttons and lines."""
    return in_bar(
        thunderbird,
        """
        const all = bar?.querySelectorAll(".actions button, .actions div:not(.choice)");
        return Object.fromEntries([...all ?? []].map((e) =>
          [[e.parentElement.classList[1], e.className].filter(Boolean).join(" "),
           e.innerText]));
        """)


def press(thunderbird, name):
    """Waits until this can be pressed, and does, with the mouse."""
    until(lambda: in_bar(
        thunderbird,
        """
        const button = bar?.querySelector(args[0]);
        if (!button || button.disabled) return false;
        """ + MOUSE + "return true;", name), f"{name} is pressed")
