"""People with a real browser: Chromium, driven by playwright-core."""

import json
import pathlib
import subprocess

from .waiting import PATIENCE, until


class Browser:
    def __init__(self):
        script = pathlib.Path(__file__).with_suffix(".mjs")
        self.process = subprocess.Popen(
            ["node", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, do, **what):
        self.process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the browser ended at {do} {what}"
        answer = json.loads(line)
        assert "error" not in answer, f"{do} {what}: {answer['error']}"
        return answer["answer"]

    def person(self, address, locale="en-GB", width=1280, scheme="light", notices=False,
               zone="UTC"):
        return Person(self, address, self.ask(
            "open", locale=locale, width=width, scheme=scheme, notices=notices, zone=zone,
            patience=PATIENCE))

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Person:
    """Somebody who looks at the dashboard. Elements are Playwright's selectors."""

    def __init__(self, browser, address, page):
        self.browser = browser
        self.address = address
        self.page = page

    def _ask(self, do, **what):
        return self.browser.ask(do, page=self.page, **what)

    def go(self, path="/"):
        self._ask("go", url=self.address + path)

    def click(self, at):
        self._ask("click", at=at)

    def check(self, at):
        self._ask("check", at=at)

    def fill(self, at, text):
        self._ask("fill", at=at, text=text)

    def pick(self, at, value):
        self._ask("pick", at=at, value=value)

    def wait(self, at, state="visible"):
        self._ask("wait", at=at, state=state)

    def text(self, at="main"):
        return self._ask("text", at=at)

    def texts(self, at):
        return self._ask("texts", at=at)

    def evaluate(self, script):
        return self._ask("evaluate", script=script)

    def sees(self, text, at="main"):
        until(lambda: text in self.text(at), f"{text!r} is shown")

    def shoot(self, file):
        self._ask("shoot", file=str(file))

    def is_content(self):
        """Nothing overflows, nothing serious hinders anybody, and the browser
        has nothing to complain about."""
        hindrances = self._ask("axe")
        assert not hindrances, hindrances
        wide, shown = self.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= shown, f"{wide} pixels of {shown}"
        complaints = self.browser.ask("complaints")
        assert not complaints, complaints

    def set_up(self, link, password):
        self._ask("go", url=link)
        for field in ("#Password", "[id='The same again']"):
            self.fill(field, password)
        self.click("form button.button-primary")
        self.wait(".live-live", state="attached")

    def sign_in(self, password, account=None):
        self.go("/")
        self.check(f"input[name=way][value={'mailbox' if account else 'admin'}]")
        if account:
            self.fill("#account", account)
        self.fill("#password", password)
        self.click("form button.button-primary")
