"""The add-on and a rewritten mail in a Japanese Thunderbird."""

import json
import re

import pytest

from harness import addon
from harness.dovecot import Dovecot
from harness.forged import HOST, SETTINGS, USER, mail, make_zone
from harness.thunderbird import Thunderbird
from harness.waiting import until

WORD = "さくら餅"
FORGED, NEW = "#8C1D18", "#1F4F8B"  # the colors of the bar
MESSAGES = json.loads((addon.FOLDER / "_locales" / "ja" / "messages.json").read_text())
SENTENCES = json.loads((addon.FOLDER / "sentences.json").read_text())


def text(name, *values):
    """A message of the add-on, with its values in their places."""
    at = iter(values)
    return re.sub(r"\$\w+\$", lambda _: next(at), MESSAGES[name]["message"])


def sentence(code):
    return SENTENCES[code]["ja"].replace("{author}", "bank.example")


@pytest.fixture(scope="module")
def mekiki(start):
    return start(make_zone(), {**SETTINGS, "users.methods": "A,D",
                               "users.language": "ja"})


@pytest.fixture(scope="module")
def dovecot(folder):
    dovecot = Dovecot(folder / "dovecot")
    words = "\r\nお客様の口座は停止されました。\r\n".encode()
    dovecot.add_user(USER, [
        mail(words, "Subject: 重要なお知らせ\r\n".encode()),
        mail(words, b"Subject: new\r\n", client="198.51.100.4"),
    ])
    yield dovecot
    dovecot.end()


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki, dovecot):
    thunderbird = Thunderbird(
        folder / "thunderbird", screen,
        [(mekiki.port, f"{USER}%{HOST}:{dovecot.port}")], Dovecot.PASSWORD,
        {"intl.locale.requested": "ja", "mail.pane_config.dynamic": 2})
    assert thunderbird.run("return Services.locale.appLocaleAsBCP47") == "ja"
    addon.install(thunderbird, folder)
    [value] = mekiki.label_values(f"{USER}%{HOST}:{dovecot.port}")
    addon.choose(thunderbird, value, [1], WORD)
    thunderbird.fetch()
    yield thunderbird
    thunderbird.end()


def test_the_window_is_japanese(thunderbird, screen):
    warnings = addon.Warnings(thunderbird)
    warnings.wait_for(["重要なお知らせ"])
    assert warnings.text("#title") == text("window_forged", "1")
    assert warnings.text("th") == "\n".join(
        text(name) for name in ("subject", "sender", "date"))
    assert re.search(r"20\d\d年\d+月\d+日", warnings.text(".date"))
    assert warnings.text(".mail .title") == text("title_forged")
    assert warnings.text(".reason") == sentence("dmarc-fail")
    assert warnings.text("#word") == text("your_word", WORD)
    assert warnings.text("#advice-title") == text("advice")
    assert warnings.text("#advice li") == "\n".join(
        text(name) for name in ("advice_links", "advice_ask", "advice_delete"))
    assert warnings.text("#close") == text("close")
    until(lambda: screen.colors("window-ja")[FORGED] > 20_000, "the window is seen")
    warnings.close()


@pytest.mark.parametrize("subject, verdict, code, color", [
    ("重要なお知らせ", "forged", "dmarc-fail", FORGED),
    ("new", "new", "aligned-spf", NEW),
])
def test_the_bar_is_japanese(thunderbird, screen, subject, verdict, code, color):
    addon.Warnings(thunderbird).close()
    thunderbird.select(subject)
    said = until(lambda: addon.bar(thunderbird), "there is a bar")
    assert said["title"] == text(f"title_{verdict}")
    assert said["reason"] == sentence(code)
    assert said["word"] == text("your_word", WORD)
    words = thunderbird.message(
        "return doc.querySelector('.moz-text-plain').textContent")
    assert "お客様の口座は停止されました。" in words
    notice = ("【Mekiki からの警告】このメールは、なりすましと判定されました。"
              + sentence(code).replace("bank.example", "bank[.]example"))
    assert "".join(words.splitlines()).startswith(notice) == (verdict == "forged")
    until(lambda: screen.colors(f"bar-{verdict}-ja")[color] > 20_000, "the bar is seen")
