"""What a person reads about a check is what happened: for each case a real mail
and zone, with the words of `mekiki explain` and of Authentication-Results that
must stand there, and those that would be untrue."""

import base64
import copy
import dataclasses
import hashlib
import json
import re
import subprocess

import nacl.signing
import pytest

from harness.keys import Ed25519Key
from harness.mekiki import binary

NOW = 1772416800  # 2026-03-02T02:00:00Z, when it is fetched
MADE = NOW - 7200
RECEIVED = NOW - 3597
KEY = Ed25519Key()
ZONE = {
    "home.example": {"MX": [[10, "mx.home.example"]]},
    "mx.home.example": {"A": ["192.0.2.10"]},
    "pop.home.example": {"A": ["192.0.2.20"]},
    "_dmarc.friend.example": {"TXT": ["v=DMARC1; p=reject"]},
    "friend.example": {"TXT": ["v=spf1 -all"]},
    "s1._domainkey.friend.example": {"TXT": [KEY.record]},
}
TRACE = (
    b"Return-Path: <hanako@friend.example>\r\n"
    b"Received: from mail.friend.example (unknown [203.0.113.5])\r\n"
    b"\tby mx.home.example (Postfix) with ESMTPS id 1\r\n"
    b"\tfor <taro@home.example>; Mon, 2 Mar 2026 01:00:03 +0000\r\n"
)
HEADER = {
    b"from": b"From: Hanako <hanako@friend.example>",
    b"to": b"To: taro@home.example",
    b"subject": b"Subject: hello",
    b"date": b"Date: Mon, 2 Mar 2026 00:59:00 +0000",
}
BODY = b"Hello\r\nTaro\r\n"
MAIL = b"\r\n".join(HEADER.values()) + b"\r\n\r\n" + BODY


def relaxed(field):
    name, _, value = field.partition(b":")
    return name.lower() + b":" + b" ".join(value.split())


def signed(**tags):
    """The mail under a signature (RFC 6376 3.7, RFC 8463) with `tags` more."""
    body_hash = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    tags = {"v": 1, "a": "ed25519-sha256", "c": "relaxed/relaxed", "t": MADE,
            "d": "friend.example", "s": "s1", "h": ":".join(
                name.decode() for name in HEADER), "bh": body_hash, **tags}
    field = "DKIM-Signature: " + "; ".join(f"{k}={v}" for k, v in tags.items())
    field = field.encode() + b"; b="
    text = b"".join(relaxed(line) + b"\r\n" for line in HEADER.values())
    key = nacl.signing.SigningKey(base64.b64decode(KEY.seed))
    made = key.sign(hashlib.sha256(text + relaxed(field)).digest()).signature
    return field + base64.b64encode(made) + b"\r\n" + MAIL


def zone_with(**texts):
    """`friend`: SPF; `dmarc`, `key`: those records."""
    out = copy.deepcopy(ZONE)
    names = {"friend": "friend.example", "dmarc": "_dmarc.friend.example",
             "key": "s1._domainkey.friend.example"}
    for which, text in texts.items():
        out[names[which]]["TXT"] = [text]
    return out


@dataclasses.dataclass
class Case:
    mail: bytes
    says: list  # in the story
    results: list  # patterns in Authentication-Results
    zone: dict = dataclasses.field(default_factory=lambda: ZONE)
    untrue: list = dataclasses.field(default_factory=list)  # in neither


CASES = {
    # RFC 7208 4.6.4: a name without the type asked for is void, too.
    "void lookups of names that exist": Case(
        TRACE + MAIL,
        ["result       permerror: the record needs more than 2 lookups that "
         "find nothing"],
        [r"spf=permerror reason=\"the record needs more than 2 lookups that "
         r"find nothing"],
        zone_with(friend="v=spf1 a:home.example a:friend.example "
                         "a:_dmarc.friend.example -all"),
        ["do not exist", "does not exist"]),
    # RFC 6376 3.6.1: v= MUST be the first tag.
    "version of a key in the wrong place": Case(
        TRACE + signed(),
        ["permerror: the key record has its version where it may not stand"],
        [r"dkim=permerror reason=\"the key record has its version where"],
        zone_with(key=KEY.record.replace("v=DKIM1; ", "") + "; v=DKIM1"),
        ["unknown version"]),
    "version of a key that is unknown": Case(
        TRACE + signed(),
        ["permerror: the key record is of an unknown version"],
        [r"dkim=permerror reason=\"the key record is of an unknown version"],
        zone_with(key=KEY.record.replace("DKIM1", "DKIM2")),
        ["may not stand"]),
    # RFC 6376 3.5: x= is held against the time of receipt.
    "expired before it was received": Case(
        TRACE + signed(x=RECEIVED - 1800),
        ["the signature had expired when the mail was received"],
        [r"dkim=neutral reason=\"the signature had expired when the mail was "
         r"received"]),
    "expired after it was received": Case(
        TRACE + signed(x=RECEIVED + 60),
        ["pass: the signature is good"],
        [r"dkim=pass reason=\"the signature is good"], untrue=["had expired"]),
    "expired, and it is not known when it was received": Case(
        signed(x=RECEIVED + 60),
        ["Its signature of friend.example has expired, so that it proves",
         "the signature has expired, and when the mail was received is not known"],
        [r"dkim=neutral reason=\"the signature has expired, and when the mail "
         r"was received is not known"],
        untrue=["had expired when the mail was received"]),
    # RFC 6376 3.6.1: as if it were not signed.
    "key in test mode": Case(
        TRACE + signed(),
        ["in test mode"], [r"dmarc=fail reason=\"the only aligned signature "
                           r"that passed has a key in test mode"],
        zone_with(key=KEY.record + "; t=y")),
    # RFC 6376 3.5: l= is at most the length of the body.
    "l= beyond the body": Case(
        TRACE + signed(l=len(BODY) + 9),
        ["the body is shorter than the part that was signed"],
        [r"dkim=neutral reason=\"the body is shorter than the part that was"],
        untrue=["all signed"]),
    "l= of a part of the body": Case(
        TRACE + signed(l=len(BODY)) + b"more\r\n",
        [f"covers only {len(BODY)} of {len(BODY) + 6} octets of the body"],
        [r"dkim=pass reason=[^;]*covers only"],
        untrue=["all signed"]),
    "l= of the whole body": Case(
        TRACE + signed(l=len(BODY)), ["octets, all signed"], [r"dkim=pass"]),
    # RFC 8601 2.7.1: header.i is what the signature says.
    "i= as the signature has it": Case(
        TRACE + signed(i="hanako@mail.friend.example"),
        ["(identity hanako@mail.friend.example)"],
        [r"dkim=pass .*header\.i=hanako@mail\.friend\.example "]),
    "no i=": Case(
        TRACE + signed(), ["signer       friend.example"],
        [r"dkim=pass [^;]*header\.d=friend\.example"],
        untrue=["header.i=hanako"]),
    # RFC 6376 3.5: its domain is d= or below it.
    "i= of another domain": Case(
        TRACE + signed(i="ceo@bank.example"), ["permerror"],
        [r"dkim=permerror"], untrue=["header.i=ceo@bank.example"]),
}


def run(command, case, folder):
    (folder / "zone.json").write_text(json.dumps(case.zone))
    (folder / "mail.eml").write_bytes(case.mail)
    done = subprocess.run(
        [binary(), *command, "--dns", folder / "zone.json", "--at",
         "2026-03-02T02:00:00Z", "--account", "taro@home.example%pop.home.example",
         folder / "mail.eml"], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CASES)
def test_text(name, tmp_path):
    case = CASES[name]
    story = run(["explain", "--lang", "en"], case, tmp_path)
    told = json.loads(run(["verify", "--json"], case, tmp_path))
    results = told["authentication_results"]
    for text in case.says:
        assert text in story, story
    for pattern in case.results:
        assert re.search(pattern, results), results
    for text in case.untrue:
        assert text not in story and text not in results, story
    # What a Japanese reader gets is the same facts in other words.
    japanese = run(["explain", "--lang", "ja"], case, tmp_path)
    assert results.split("; ", 1)[1].split(" ")[0] in japanese
