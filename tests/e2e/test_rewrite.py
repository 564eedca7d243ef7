"""Method A: a forged mail arrives as a notice, its text quoted without working
links, and the untouched original as a file that nothing shows by itself."""

import base64
import email
import email.policy
import poplib
import threading
import urllib.parse

import pytest

from harness.forged import (
    BODIES, HOST, INERT, JAPANESE, NESTED, SETTINGS, USER, fetch, mail, make_zone,
    parse_rewritten, plain, quoted, secret_word, withheld,
)
from harness.mekiki import is_sanitized, take_marks, verified
from harness.pop3 import stuff, unstuff
from harness.process import program, run
from harness.scripted import ScriptedServer

MIB = 1 << 20
MARK = "[なりすまし注意]"


@pytest.fixture(scope="module")
def zone():
    return make_zone()


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


@pytest.fixture(scope="module")
def marking(start, zone):
    return start(zone, {**SETTINGS, "users.methods": "C", "users.language": "ja",
                        "users.subject_mark": True})


@pytest.mark.parametrize("name", BODIES)
def test_a_forged_mail_is_a_notice_and_its_original(mekiki, zone, folder, name):
    content, expected = BODIES[name]
    original = mail(content)
    (got,) = fetch(mekiki, [original])
    marks, rest = take_marks(got)
    assert marks[b"X-Mekiki-Verdict"] == b"forged"
    seen, text, attached = parse_rewritten(got)
    assert attached == (original if original.endswith(b"\r\n")
                        else original + b"\r\n")
    assert quoted(text).strip() == expected
    first, _, reason = text.splitlines()[:3]
    assert first == "WARNING FROM MEKIKI: this mail is forged."
    assert reason.startswith("It says that it comes from bank[.]example")
    assert "evil.example" not in text and "://" not in text
    assert seen["Subject"] == "Your account"
    assert seen["From"] == "Bank <info@bank.example>"
    if name == "nested":
        assert "- 請求書[.]pdf (application/pdf, 3 KB)" in text
        assert "- 写真[.]png (image/png, 3 B)" in text
    assert ("encrypted" in text) == (name == "encrypted")

    # The original is the same mail for a verifier.
    for octets in (original, attached):
        judged = verified(folder, zone, octets, f"{USER}%{HOST}")
        assert judged["verdict"] == "forged", judged
        assert judged["reason"].startswith("dmarc-fail "), judged


def test_other_mail_is_not_touched(mekiki):
    good = mail(NESTED, client="198.51.100.4")
    unverified = mail(NESTED).replace(b"bank.example", b"nobody.example")
    for original, got in zip([good, unverified], fetch(mekiki, [good, unverified])):
        marks, rest = take_marks(got)
        assert marks[b"X-Mekiki-Verdict"] != b"forged"
        assert rest == withheld(original)


def test_fields_that_describe_the_body_go_in_any_shape(mekiki):
    shapes = [
        b"content-TYPE : text/html\r\n", b"Content-Type\t:\r\n text/html\r\n",
        b"Content\xa0-Type: text/html\r\n", b"X-A: a\rContent-Type: text/html\r\n",
        b"X-A: a\nMIME-Version: 2\nX-B: b\r\n", b"Content-Type\r\n : text/html\r\n",
        b"X-A: a\r\n \r\nContent-Disposition: inline\r\n",
    ]
    originals = [mail(shape + b"\r\n<b>x</b>\r\n") for shape in shapes]
    for original, got in zip(originals, fetch(mekiki, originals)):
        seen, text, attached = parse_rewritten(got)
        assert attached == original
        names = [key.lower() for key in seen.keys()]
        assert [n for n in names if n.startswith("content")] == ["content-type"]
        assert names.count("mime-version") == 1


def test_curl_and_poplib_get_the_same(mekiki):
    original = mail(plain("utf-8", JAPANESE))
    (ours,) = fetch(mekiki, [original])
    with ScriptedServer([original]) as server:
        login = f"{USER}%{HOST}:{server.port}"
        by_curl = run(
            [program("curl"), "-s",
             f"pop3://{urllib.parse.quote(login)}:x@127.0.0.1:{mekiki.port}/1"]
        ).stdout
        client = poplib.POP3("127.0.0.1", mekiki.port)
        client.user(login)
        client.pass_("x")
        by_poplib = b"\r\n".join(client.retr(1)[1]) + b"\r\n"
        client.quit()
    for got in (by_curl, by_poplib):
        assert parse_rewritten(got)[1:] == parse_rewritten(ours)[1:]
        assert parse_rewritten(got)[2] == original


def test_top_shows_the_same(mekiki):
    original = mail(plain("utf-8", JAPANESE))
    (whole,) = fetch(mekiki, [original])
    with ScriptedServer([original]) as server:
        with mekiki.client() as client:
            client.login(f"{USER}%{HOST}:{server.port}", "x")
            head = client.mail("TOP 1 0")
            all_of_it = client.mail("TOP 1 10000")
            client.quit()
    assert email.message_from_bytes(head).get_content_type() == "multipart/mixed"
    assert head.endswith(b"\r\n\r\n")
    assert parse_rewritten(all_of_it)[1:] == parse_rewritten(whole)[1:]


def test_a_slow_mail_is_rewritten_although_parts_went_out(mekiki):
    filler = b"".join(b"X-Filler-%d: some text\r\n" % n for n in range(20))
    original = mail(filler + plain("utf-8", JAPANESE))
    go_on = threading.Event()

    def slowly(session, _command):
        reply = b"+OK\r\n" + stuff(original)
        cut = reply.index(b"X-Filler-19")
        session.send(reply[:cut])
        while not go_on.wait(0.4):
            session.pause(0)
        session.send(reply[cut:])

    with ScriptedServer([original], {"RETR": slowly}) as server:
        with mekiki.client() as client:
            client.login(f"{USER}%{HOST}:{server.port}", "x")
            client.ok("RETR 1")
            early = [client.line(), client.line()]
            go_on.set()
            got = unstuff(b"".join(line + b"\r\n" for line in early) + client.body())
            client.quit()
    assert early[0] == b"Return-Path: <info@bank.example>"
    seen, text, attached = parse_rewritten(got)
    assert attached == original
    assert quoted(text).strip() == INERT


def test_each_boundary_is_its_own(mekiki):
    original = mail(b"\r\nHello\r\n")
    boundaries = {parse_rewritten(got)[0].get_boundary()
                  for got in fetch(mekiki, [original] * 5)}
    assert len(boundaries) == 5
    assert all(len(b) == 41 for b in boundaries)


def test_language_secret_word_and_templates(start, zone, folder):
    templates = folder / "templates"
    templates.mkdir()
    (templates / "rewrite-left-out.ja.txt").write_text("添付なし。\n")
    mekiki = start(zone, {**SETTINGS, "users.language": "ja",
                          "users.keep_original": False,
                          "users.templates": str(templates)})
    (got,) = fetch(mekiki, [mail(plain("utf-8", JAPANESE))])
    seen = email.message_from_bytes(got, policy=email.policy.default)
    text, word = seen.iter_parts()
    assert secret_word(word) not in text.get_content()
    words = text.get_content()
    first, _, reason = words.splitlines()[:3]
    assert first == "【Mekiki からの警告】このメールは、なりすましと判定されました。"
    assert reason.startswith("bank[.]example からのメールだと名乗っていますが")
    assert "添付なし。" in words
    assert quoted(words).strip() == INERT


SUBJECTS = {
    "plain": (b"Subject: Hello\r\n", "Hello"),
    "encoded": (b"Subject: =?ISO-2022-JP?B?GyRCJDMbKEI=?=\r\n", "こ"),
    "folded": (b"Subject:\r\n Hello\r\n there\r\n", "Hello there"),
    "missing": (b"", ""),
    "long": (b"Subject: " + b"word " * 100 + b"\r\n", "word " * 99 + "word"),
    "imitated": (b"Subject: [SPOOFED?] Hello\r\n", "Hello"),
    "imitated in Japanese":
        ("Subject: =?UTF-8?B?".encode()
         + base64.b64encode("【なりすまし 注意】こんにちは".encode())
         + b"?=\r\n", "こんにちは"),
    "imitated in full width":
        ("Subject: =?UTF-8?B?".encode()
         + base64.b64encode("Re: ［ＳＰＯＯＦＥＤ？］ Hello".encode())
         + b"?=\r\n", "Re: Hello"),
    "nested": (b"Subject: [SPO[SPOOFED?]OFED?] Hello\r\n", "Hello"),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_subject_of_forged_mail_is_marked(marking, name):
    field, subject = SUBJECTS[name]
    content = b"X-Other: 1\r\n\r\nHello\r\n"
    forged = mail(content, field)
    good = mail(content, field, client="198.51.100.4")
    got_forged, got_good = fetch(marking, [forged, good])
    seen = email.message_from_bytes(got_forged, policy=email.policy.default)
    assert seen["Subject"] == f"{MARK} {subject}".strip()
    for line in got_forged.split(b"\r\n"):
        assert line.count(b"=?") == 0 or len(line) <= 76 + len("Subject: ")
        for word in line.split():
            assert not word.startswith(b"=?") or len(word) <= 75
    assert got_forged.endswith(b"\r\n\r\nHello\r\n") and b"X-Other: 1" in got_forged
    # Of others, only imitations are removed.
    marks, rest = take_marks(got_good)
    if "imitated" in name or name == "nested":
        seen = email.message_from_bytes(got_good, policy=email.policy.default)
        assert seen["Subject"] == subject
    else:
        assert rest == withheld(good)


@pytest.mark.skipif(is_sanitized(), reason="SANITIZERS USE MEMORY: NOT MEASURED")
def test_50_mb_need_no_more_memory(start, zone):
    mekiki = start(zone, {**SETTINGS, "log.level": "info"})
    line = base64.b64encode(bytes(57)) + b"\r\n"
    large = mail(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
        b"--b\r\nContent-Type: application/zip; name=a.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + line * (50_000_000 // len(line)) + b"--b--\r\n")
    with ScriptedServer([mail(b"\r\nsmall\r\n"), large]) as server:
        with mekiki.client() as client:
            client.login(f"{USER}%{HOST}:{server.port}", "x")
            client.mail("RETR 1")
            idle = mekiki.memory()
            got = client.mail("RETR 2")
            peak = mekiki.memory("VmHWM")
            client.quit()
    assert peak - idle < 16 * MIB, f"{(peak - idle) / MIB:.1f} MiB more"
    _, text, attached = parse_rewritten(got)
    assert attached == large
    assert "- a[.]zip (application/zip, 36.5 MB)" in text
