"""`mekiki verify` and `mekiki explain` on three mails that came through a
provider with two hosts: a good one, a forged one and one of a mailing list. They
lie in testdata/explain with their zone and the stories that are expected.

Renew the stories with RENEW=1 and read the difference."""

import json
import os
import pathlib
import subprocess

import pytest

from harness.mekiki import binary

PLACE = pathlib.Path(__file__).parents[2] / "testdata" / "explain"
ACCOUNT = "taro@home.example%pop.home.example"


def mekiki(*arguments, code=0, **environment):
    done = subprocess.run(
        [binary(), *arguments], cwd=PLACE, capture_output=True, timeout=60,
        env=dict(os.environ, **environment))
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout.decode(), done.stderr.decode()


def judging(*more, account=ACCOUNT):
    return ["--config", "mekiki.toml", "--dns", "zone.json",
            "--at", "2026-03-02T02:00:00Z", "--account", account, *more]


def verify(mail, *more, code=None, **how):
    if code is None:
        code = 1 if mail == "forged" else 0
    out, _ = mekiki("verify", "--json", *judging(*more, **how), mail + ".eml",
                    code=code)
    return json.loads(out)


@pytest.mark.parametrize("mail", ["good", "forged", "list"])
def test_story(mail):
    story, _ = mekiki("explain", *judging("--lang", "en"), mail + ".eml",
                      code=1 if mail == "forged" else 0)
    expected = PLACE / (mail + ".txt")
    if os.environ.get("RENEW"):
        expected.write_text(story)
    assert story == expected.read_text()


def test_the_sentence_comes_in_the_language_that_was_asked_for():
    english, _ = mekiki("explain", *judging("--lang", "en"), "good.eml")
    japanese, _ = mekiki("explain", *judging("--lang", "ja"), "good.eml")
    assert english.isascii() and not japanese.isascii()
    for variable in ("LANG", "LC_ALL"):
        clean = {"LANG": "", "LC_ALL": "", "LC_MESSAGES": ""}
        story, _ = mekiki("explain", *judging(), "good.eml",
                          **{**clean, variable: "ja_JP.UTF-8"})
        assert story == japanese
    _, error = mekiki("explain", *judging("--lang", "xx"), "good.eml", code=2)
    assert "--lang" in error


def test_all_checks_are_told_to_programs():
    good = verify("good")
    assert good["verdict"] == "new"
    assert good["border"] == {
        "status": "found", "certain": True, "proves": True, "ip": "203.0.113.5",
        "helo": "mail.friend.example", "reverse_name": "mail.friend.example",
        "by": "mx.home.example", "tls": True, "time": 1772413203,
        "mail_from": "hanako@friend.example"}
    assert good["spf"]["result"] == "pass"
    assert good["spf"]["source"] == "border"
    assert good["spf"]["mail_from"] == "hanako@friend.example"
    assert good["senderid"]["result"] == "pass"
    assert good["senderid"]["address"] == "hanako@friend.example"
    assert good["adsp"]["result"] == "pass"
    assert good["iprev"] == {"result": "pass", "ip": "203.0.113.5",
                             "name": "mail.friend.example"}
    assert good["arc"]["result"] == "none"
    dmarc = good["dmarc"]
    assert (dmarc["result"], dmarc["policy"], dmarc["disposition"]) == (
        "pass", "none", "none")
    assert dmarc["dkim_aligned"] and dmarc["spf_aligned"]

    forged = verify("forged")
    assert forged["verdict"] == "forged"
    assert forged["x_dkim_check"] == "none"
    assert forged["spf"]["result"] == "fail"
    assert forged["dmarc"]["result"] == "fail"
    assert forged["dmarc"]["policy"] == "reject"
    assert forged["dmarc"]["record"] == "v=DMARC1; p=reject; sp=quarantine"

    listed = verify("list")
    assert listed["arc"]["result"] == "pass"
    assert [i["domain"] for i in listed["arc"]["instances"]] == [
        "lists.makers.example"]
    assert listed["verdict"] not in ("genuine", "new")


def test_results_are_those_of_each_check():
    results = verify("good")["authentication_results"]
    for expected in ("mekiki.home.example; dkim=pass ", "; spf=pass ",
                     "; arc=none", "; dmarc=pass ", "; sender-id=pass ",
                     "; dkim-adsp=pass ", "; iprev=pass "):
        assert expected in results
    assert "=pass" not in verify("forged")["authentication_results"]


def test_facts_by_hand_come_before_the_trace():
    given = ("--ip", "203.0.113.66", "--mail-from", "x@friend.example",
             "--helo", "h.example")
    told = verify("good", *given)
    assert told["border"] is None
    assert told["spf"]["source"] == "given"
    assert told["spf"]["result"] == "fail"
    assert told["spf"]["helo"] == "h.example"
    assert told["dmarc"]["result"] == "pass"  # by its signature
    told = verify("good", "--ip", "203.0.113.5", "--helo",
                  "mail.friend.example")
    assert told["spf"]["identity"] == "helo"


@pytest.mark.parametrize("arguments, complaint", [
    (["--mail-from", "a@b.example"], "--mail-from requires --ip"),
    (["--helo", "b.example"], "--helo requires --ip"),
    (["--ip", "203.0.113.5"], "--ip needs --mail-from or --helo"),
    (["--ip", "203.0.113"], "--ip: expected an IPv4 or IPv6 address"),
    (["--account", "taro"], "--account: the login name does not say which"),
    (["--account", "taro%a b"], "--account: what stands behind the last %"),
])
@pytest.mark.parametrize("command", ["verify", "explain"])
def test_wrong_facts_are_refused(command, arguments, complaint):
    out, error = mekiki(command, "--dns", "zone.json", *arguments, "good.eml",
                        code=2)
    assert out == ""
    assert complaint in error


def test_another_provider_is_another_border():
    # Nothing shows that strangers reach the host that recorded mx.home.example
    # as its client: that may be the provider's own, or a stranger.
    told = verify("good", account="taro@other.example%pop.other.example")
    assert told["border"]["status"] == "no-door"
    assert not told["border"]["certain"]
    assert told["spf"]["result"] == "none"
    assert told["verdict"] == "new"  # its signature needs no border


def test_lines_for_people_have_the_verdict_and_its_sentence():
    out, _ = mekiki("verify", *judging(), "good.eml", "forged.eml", code=1,
                    LC_ALL="C")
    lines = out.splitlines()
    assert lines[0].startswith("pass new        good.eml  ")
    assert lines[1].startswith("none forged     forged.eml  ")
    assert all(len(line.split("  ", 2)[-1]) > 20 for line in lines[:2])


def test_nothing_hostile_reaches_the_terminal(tmp_path):
    evil = "\x1b[2J\x07\x9b\u202e"
    mail = "".join([
        f"Return-Path: <a{evil}@b.example>\r\n",
        f"Received: from h{evil} (n{evil}.example [203.0.113.9]) by mx{evil}\r\n",
        f"\twith ESMTP{evil}; Mon, 2 Mar 2026 10:00:03 +0900\r\n",
        "Received: from h (n.b.example [203.0.113.9]) by mx.home.example\r\n",
        "\twith ESMTP; Mon, 2 Mar 2026 10:00:03 +0900\r\n",
        f"Received: {evil} nonsense\r\n",
        f"ARC-Authentication-Results: i=1; {evil}\r\n",
        f"ARC-Seal: i=1; cv=none; a=rsa-sha256; d=b.example; s=s{evil}; b=AA==\r\n",
        f"ARC-Message-Signature: i=1; a={evil}; d=b.example; s=s; h=from; bh=AA==;"
        " b=AA==\r\n",
        f"DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; i={evil}@b.example;"
        " h=from; bh=AA==; b=AA==\r\n",
        f"DomainKey-Signature: d={evil}; s={evil}\r\n",
        f"List-Id: {evil} <{evil}.example>\r\n",
        f"Authentication-Results: mx.home.example; dkim={evil}\r\n",
        f"Reply-To: {evil}@c.example\r\n",
        f'From: "{evil} x@c.example" <{evil}@b.example>\r\n',
        "\r\nx\r\n"]).encode("utf-8", "surrogatepass")
    record = f"v=spf1 exp=e.b.example {evil}"
    zone = {"b.example": {"TXT": [record]},
            "s._domainkey.b.example": {"TXT": [f"v=DKIM1; p={evil}"]},
            "_dmarc.b.example": {"TXT": [f"v=DMARC1; p=reject; x={evil}"]}}
    (tmp_path / "zone.json").write_text(json.dumps(zone))
    # With and without the field that cannot be read for sure.
    for number, octets in enumerate((mail, mail[mail.index(b"Received: from h ("):])):
        (tmp_path / f"{number}.eml").write_bytes(octets)
        for command in ("verify", "explain"):
            for more in ([], ["--ip", "203.0.113.9", "--mail-from",
                              f"{evil}@b.example", "--helo", evil]):
                done = subprocess.run(
                    [binary(), command, "--dns", tmp_path / "zone.json",
                     "--config", PLACE / "mekiki.toml", "--account", ACCOUNT,
                     *more, tmp_path / f"{number}.eml"],
                    capture_output=True, timeout=60)
                assert done.returncode in (0, 1), done.stderr
                told = (done.stdout + done.stderr).decode()
                for bad in "\x1b\x07\x9b\u202e":
                    assert bad not in told, (command, repr(told))
