"""The add-on in a real Thunderbird: what a user sees when forged mail comes.

Screenshots are kept in the build folder, in artifacts/screens."""

import base64
import email.utils
import re

import pytest

from harness import addon
from harness.dovecot import Dovecot
from harness.mails import DOMAIN, LIST
from harness.mekiki import binary
from harness.process import run
from harness.thunderbird import Thunderbird
from harness.waiting import until

HOST = "clear.example"
TITLE = "Careful: forged mail"
COLORS = {"forged": "#8C1D18", "altered": "#8A5A00", "new": "#1F4F8B",
          "genuine": "#1B6E35"}
PROXIED, DIRECT = 1, 2  # the accounts


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    mekiki = start(corpus.zone, {"upstream.clear_hosts": [HOST], "users.budget": 0})
    for rule in (["author", f"jiro@{DOMAIN}"], ["list", LIST]):
        run([binary(), "trust", "add", *rule, "--state", mekiki.state])
    return mekiki


@pytest.fixture(scope="module")
def dovecot(folder):
    dovecot = Dovecot(folder / "dovecot")
    dovecot.add_user("proxied")
    dovecot.add_user("direct")
    yield dovecot
    dovecot.end()


@pytest.fixture(scope="module")
def secret(mekiki, dovecot):
    [value] = mekiki.label_values(f"proxied%{HOST}:{dovecot.port}")
    return value


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki, dovecot, secret):
    accounts = [(mekiki.port, f"proxied%{HOST}:{dovecot.port}"), (dovecot.port, "direct")]
    thunderbird = Thunderbird(
        folder / "thunderbird", screen, accounts, Dovecot.PASSWORD)
    addon.install(thunderbird, folder)
    addon.choose(thunderbird, f"forged-{secret}", [PROXIED])
    yield thunderbird
    thunderbird.end()


@pytest.fixture()
def warnings(thunderbird):
    warnings = addon.Warnings(thunderbird)
    warnings.close()
    return warnings


def mail(subject, author=f"Hanako Yamada <hanako@{DOMAIN}>", fields="", body="Hello.",
         sign=None):
    date = email.utils.formatdate()
    octets = (
        f"Date: {date}\r\nFrom: {author}\r\nTo: taro@{HOST}\r\nSubject: {subject}\r\n"
        f"{fields}\r\n{body}\r\n").encode()
    if sign:
        octets = sign(octets)
    return (
        f"Return-Path: <x@spam.example>\r\n"
        f"Received: from mail.example.jp (mail.example.jp [192.0.2.25])\r\n"
        f"\tby mx.{HOST} (Postfix) with ESMTP id 1\r\n"
        f"\tfor <taro@{HOST}>; {date}\r\n").encode() + octets


def test_a_forged_mail_opens_a_window_in_front(
        thunderbird, warnings, dovecot, screen):
    subject = "<b>請求書</b> & more"
    encoded = base64.b64encode(subject.encode()).decode()
    dovecot.deliver("proxied", mail(f"=?utf-8?B?{encoded}?="))
    thunderbird.fetch()
    warnings.wait_for([subject])
    assert warnings.count() == 1
    assert warnings.text(".sender") == f"Hanako Yamada <hanako@{DOMAIN}>"
    assert re.search(r"\b20\d\d\b", warnings.text(".date"))
    assert warnings.text(".reason") == (
        f"It says that it comes from {DOMAIN}, which asks not to trust unproven mails "
        "in its name, and this one is not proven.")
    assert "Do not open its links" in warnings.text("#advice")
    assert warnings.text("#word") == "Your secret word: marmalade"
    until(lambda: screen.titles()[-1].startswith(TITLE), "the window is in front")
    until(lambda: screen.colors("window")[COLORS["forged"]] > 20_000,
          "the window is seen")


def test_many_at_once_are_one_window_that_comes_to_front_again(
        thunderbird, warnings, dovecot, screen):
    many = [f"many {number}" for number in range(10)]
    for subject in many:
        dovecot.deliver("proxied", mail(subject))
    thunderbird.fetch()
    warnings.wait_for(many)
    assert "(10)" in warnings.text("#title")
    # What is said of all of them is said once, and they are folded.
    assert warnings.text(".reason").count("\n") == 0 and len(warnings.text(".sender").split("\n")) == 10
    assert warnings.run("return doc.querySelector('.rest').open") is False
    assert warnings.text(".rest summary") == "All of them (10)"
    until(lambda: screen.titles()[-1].startswith(TITLE), "the window is in front")
    thunderbird.run("window.focus()")
    until(lambda: not screen.titles()[-1].startswith(TITLE), "the main window is in front")
    dovecot.deliver("proxied", mail("one more"))
    thunderbird.fetch()
    warnings.wait_for([*many, "one more"])
    assert warnings.count() == 1
    until(lambda: screen.titles()[-1].startswith(TITLE), "the window is in front again")
    until(lambda: screen.colors("many")[COLORS["forged"]] > 20_000, "it is seen")


def test_good_mail_opens_none(thunderbird, warnings, dovecot, corpus):
    dovecot.deliver("proxied", mail("good", sign=corpus.signed))
    dovecot.deliver("proxied", mail("trusted", author=f"jiro@{DOMAIN}", sign=corpus.signed))
    dovecot.deliver("proxied", mail("unsigned", author="town@unknown.example"))
    thunderbird.fetch()
    # It looks at one mail after the other.
    dovecot.deliver("proxied", mail("forged, behind them"))
    thunderbird.fetch()
    warnings.wait_for(["forged, behind them"])


@pytest.mark.parametrize("author, way, verdict, title, reason, detail", [
    ("hanako", None, "forged", "This mail is forged", "this one is not proven",
     "dkim=none"),
    ("hanako", "signed", "new", "From the sender it names, who is new to you",
     "It is proven to come from example.jp", "dkim=pass"),
    ("hanako", "listed", "altered", "This mail was altered on its way",
     f"the mailing list {LIST} added text to it", "dkim=fail"),
    ("jiro", "signed", "genuine", "Genuine", "and a rule here says to trust this sender", "dkim=pass"),
])
def test_the_bar_tells_what_is_known(thunderbird, warnings, dovecot, corpus, screen,
                                     author, way, verdict, title, reason, detail):
    subject = f"to be read, {verdict}"
    dovecot.deliver("proxied", mail(subject, author=f"{author}@{DOMAIN}",
                                    sign=way and getattr(corpus, way)))
    thunderbird.fetch()
    if verdict == "forged":
        warnings.wait_for([subject])
        warnings.close()
    thunderbird.select(subject)
    said = until(lambda: addon.bar(thunderbird), "there is a bar")
    assert said["title"] == title
    assert reason in said["reason"]
    assert said["word"] == "Your secret word: marmalade"
    assert said["details"] is False
    thunderbird.message("doc.getElementById('mekiki-bar').openOrClosedShadowRoot"
                        ".querySelector('summary').click()")
    head, *rows = addon.bar(thunderbird)["details"]
    assert head == ["Check", "Result", "What it is about"]
    assert detail.split("=") in [row[:2] for row in rows], rows
    assert ["Checked by", "mekiki.test"] in rows
    until(lambda: screen.colors(f"bar-{verdict}")[COLORS[verdict]] > 20_000,
          "the bar is seen")


HOSTILE = """<style>
* { display: none !important; visibility: hidden !important; opacity: 0 !important;
    transition: all 9999s !important; transform: scale(0) !important; }
#mekiki-bar, #mekiki-bar * { display: none !important; color: transparent !important; }
html, body, div { display: block !important; visibility: visible !important;
    opacity: 1 !important; transform: none !important; }
</style>
<div style="position: fixed; inset: 0; z-index: 2147483647;
background: #1b6e35">Genuine</div>"""
NO_STYLE = """<meta http-equiv="Content-Security-Policy" content="style-src 'none'">"""


@pytest.mark.parametrize("head", ["", NO_STYLE])
def test_a_mail_cannot_cover_its_bar(thunderbird, warnings, dovecot, screen, head):
    name = "hostile" if head else "covered"
    dovecot.deliver("proxied", mail(
        name, body=head + HOSTILE,
        fields="MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"))
    thunderbird.fetch()
    warnings.wait_for([name])
    warnings.close()
    thunderbird.select(name)
    until(lambda: screen.colors(name)[COLORS["forged"]] > 20_000, "the bar is seen")


def test_a_label_without_the_secret_or_from_elsewhere_shows_nothing(
        thunderbird, warnings, dovecot, secret):
    def labelled(subject, value):
        field = f"X-Mekiki-Label: {value}\r\nX-Mekiki-Reason: no-signature\r\n"
        return mail(subject, fields=field)

    # Past the proxy, into an account that was not chosen, even with the secret.
    dovecot.deliver("direct", labelled("not chosen", f"forged-{secret}"))
    thunderbird.fetch(DIRECT)
    dovecot.deliver("proxied", mail("first marker"))
    thunderbird.fetch()
    warnings.wait_for(["first marker"])
    warnings.close()

    addon.choose(thunderbird, secret, [PROXIED, DIRECT])
    wrong = "0" * 16
    dovecot.deliver("direct", labelled("wrong secret", f"forged-{wrong}"))
    dovecot.deliver("direct", labelled("none", "forged"))
    dovecot.deliver("direct", labelled("two", f"forged-{secret}\r\nX-Mekiki-Label: "
                                              f"genuine-{secret}"))
    dovecot.deliver("direct", labelled("right secret", f"forged-{secret}"))
    thunderbird.fetch(DIRECT)
    warnings.wait_for(["right secret"])
    warnings.close()

    thunderbird.select("wrong secret", DIRECT)
    # In a tab beside it: asked later, answered later.
    thunderbird.run(
        """
        const mail = [...inbox(2).messages].find((m) => m.subject === "right secret");
        tabmail.openTab("mailMessageTab", { messageURI: inbox(2).getUriForMsg(mail) });
        """)
    until(lambda: addon.bar(thunderbird), "the other mail has a bar")
    thunderbird.run("tabmail.closeTab();")
    assert addon.bar(thunderbird) is None
    addon.choose(thunderbird, secret, [PROXIED])


def test_thunderbird_is_not_asked_for_a_receipt(thunderbird, warnings, dovecot):
    """A receipt would hold the whole header, and the label with it."""
    def is_asked():
        return thunderbird.run(
            """
            const bar = tabmail.currentAboutMessage.gMessageNotificationBar;
            return Boolean(bar.msgNotificationBar.getNotificationWithValue("mdnRequested"));
            """)

    author = "Spy <spy@unknown.example>"
    fields = "Disposition-Notification-To: <spy@unknown.example>\r\n"
    for number, user in ((DIRECT, "direct"), (PROXIED, "proxied")):
        dovecot.deliver(user, mail("a receipt", author, fields))
        thunderbird.fetch(number)
    thunderbird.select("a receipt", DIRECT)
    until(is_asked, "Thunderbird is asked without Mekiki")
    thunderbird.select("a receipt", PROXIED)
    until(lambda: addon.bar(thunderbird), "the mail is shown")
    assert not is_asked()


def test_a_warning_mail_comes_with_the_next_fetch(
        thunderbird, warnings, dovecot, mekiki):
    run([binary(), "user", "set", f"proxied%{HOST}:{dovecot.port}", "--methods", "B,C,D",
         "--word", "marmalade", "--state", mekiki.state])
    dovecot.deliver("proxied", mail("told of in a mail"))
    thunderbird.fetch()
    warnings.wait_for(["told of in a mail"])
    warnings.close()

    def subjects():
        thunderbird.fetch()
        return thunderbird.run(
            "return [...inbox(1).messages].map((m) => m.mime2DecodedSubject)")

    subject = "[Mekiki] Forged: “told of in a mail”"
    until(lambda: subject in subjects(), "the warning mail is there")
    assert subjects().count(subject) == 1  # not fetched once more
    thunderbird.select(subject)
    text = thunderbird.message("return doc.body.innerText")
    assert "told of in a mail" in text and "real notice: marmalade" in text
    assert f"hanako[at]{DOMAIN}".replace(".", "[.]") in text
    assert thunderbird.message("return doc.querySelectorAll('a').length") == 0
    # It is no mail that was judged: no bar, no window.
    assert addon.bar(thunderbird) is None
    assert warnings.count() == 0
