"""Two implementations of ARC, one answer: chains of one to five sets, sealed by us
and by dkimpy in turns, changed on their way, validated by both."""

import collections
import json
import logging
import os
import random
import re

import dkim

from harness.keys import RsaKey, Zone
from harness.mekiki import binary
from harness.process import run

SEED = 8617
COUNT = 300
FIELD = re.compile(rb"\r\n(?![ \t])")
SEALERS = [f"l{i}.example" for i in range(5)]


class Keys:
    def __init__(self, folder):
        self.zone = Zone()
        self.pem = {}
        self.file = {}
        for domain in SEALERS:
            key = RsaKey(1024 if domain == SEALERS[0] else 2048)
            self.zone.add_text(f"s._domainkey.{domain}", key.record)
            self.pem[domain] = key.pem
            self.file[domain] = folder / f"{domain}.pem"
            self.file[domain].write_bytes(key.pem)


# ------------------------------------------------------------------ sealing


def original(r):
    fields = [
        b"From: Taro <taro@example.jp>",
        b"To: list@l0.example",
        b"Subject: " + b" ".join(r.choice([b"a", b"word", b"  two"]) for _ in range(4)),
        b"Date: Sat, 21 Nov 2026 00:00:00 +0000",
        b"Message-ID: <1@example.jp>",
    ]
    fields = fields[:1] + [f for f in fields[1:] if r.random() < 0.8]
    lines = [r.choice([b"text", b"", b" x  y \t", b"."]) for _ in range(r.randrange(8))]
    return b"\r\n".join(fields) + b"\r\n\r\n" + b"".join(x + b"\r\n" for x in lines)


def passed_on(r, mail):
    """What a list or forwarder may do before it seals."""
    kind = r.randrange(4)
    if kind == 0:
        return b"Received: from a by b; Sat, 21 Nov 2026 00:00:00 +0000\r\n" + mail
    if kind == 1:
        return mail.replace(b"\r\nSubject: ", b"\r\nSubject: [list] ", 1)
    if kind == 2:
        return mail + b"-- \r\na list\r\n"
    return mail


def sealed_by_us(keys, mail, domain, chain):
    """`mail` sealed as host `domain`, that found `chain`."""
    results = f"{domain};\r\n arc={chain};\r\n spf=pass smtp.mailfrom=taro@example.jp"
    program = os.environ["MEKIKI_SEAL_MAIL"]
    done = run([program, domain, "s", keys.file[domain], chain, results], input=mail)
    return done.stdout


def sealed_by_dkimpy(keys, mail, domain, chain):
    found = f"Authentication-Results: {domain}; spf=pass smtp.mailfrom=taro@example.jp"
    if chain != "none":
        found += f"; arc={chain}"
    fields = dkim.arc_sign(
        found.encode() + b"\r\n" + mail,
        b"s",
        domain.encode(),
        keys.pem[domain],
        domain.encode(),
        include_headers=[b"from", b"to", b"subject", b"date", b"message-id"],
        linesep=b"\r\n",
    )
    assert len(fields) == 3, (domain, chain, mail)
    return b"".join(field.rstrip(b"\r\n") + b"\r\n" for field in fields) + mail


def chain_of(r, keys, sets):
    mail = original(r)
    for instance in range(1, sets + 1):
        chain = "none" if instance == 1 else "pass"
        if 1 < instance == sets and r.random() < 0.1:
            chain = "fail"
        seal = r.choice([sealed_by_us, sealed_by_dkimpy])
        mail = seal(keys, passed_on(r, mail), r.choice(SEALERS), chain)
    return mail


# ------------------------------------------------------------------ changes


def split(mail):
    header, gap, body = mail.partition(b"\r\n\r\n")
    return FIELD.split(header), gap + body


def is_arc(field, name=b""):
    return field.lower().startswith(b"arc-" + name)


def pick(r, fields, name=b""):
    return r.choice([i for i, f in enumerate(fields) if is_arc(f, name)])


def instance_of(field):
    return int(re.search(rb"\bi=(\d+)", field)[1])


def changed(r, mail):
    fields, body = split(mail)
    kind = r.randrange(22)
    if kind < 3:
        return mail
    if kind == 3:
        return mail + b"a line\r\n"
    if kind == 4:
        return mail + b"\r\n\r\n"  # relaxed: nothing
    if kind == 5:
        fields.insert(0, b"Received: from x by y; Sat, 21 Nov 2026 00:00:00 +0000")
    elif kind == 6:
        fields = [f + b" x" if f.startswith(b"Subject") else f for f in fields]
    elif kind == 7:
        del fields[pick(r, fields)]
    elif kind == 8:
        fields.insert(0, fields[pick(r, fields)])
    elif kind == 9:  # a whole set
        gone = instance_of(fields[pick(r, fields)])
        fields = [f for f in fields if not is_arc(f) or instance_of(f) != gone]
    elif kind == 10:  # of any set
        at = pick(r, fields, b"seal")
        fields[at] = re.sub(rb"cv=\w+", r.choice([b"cv=pass", b"cv=none", b"cv=fail"]),
                            fields[at])
    elif kind == 11:
        at = pick(r, fields, b"authentication")
        fields[at] = fields[at].replace(b"spf=pass", b"spf=fail")
    elif kind == 12:
        at = pick(r, fields, b"message")
        fields[at] = re.sub(rb"b=([\s]*)(\w)", lambda m: b"b=" + m[1] + b"A",
                            fields[at], count=1)
    elif kind == 13:
        at = pick(r, fields, b"seal")
        fields[at] = re.sub(rb"d=\w+", b"d=gone", fields[at])
    elif kind == 14:
        at = pick(r, fields, b"seal")
        fields[at] = re.sub(rb"\bi=\d+", b"i=%d" % r.randrange(7), fields[at], count=1)
    elif kind == 15:
        at = pick(r, fields, b"seal")
        fields[at] = fields[at].rstrip(b"; ") + b"; h=from"
    elif kind == 16:  # relaxed: nothing
        at = pick(r, fields, b"authentication")
        fields[at] = re.sub(rb";\s*", b";\r\n\t", fields[at])
    elif kind == 17:  # relaxed: nothing
        at = pick(r, fields)
        name, colon, value = fields[at].partition(b":")
        fields[at] = name.upper() + colon + value
    elif kind == 18:
        r.shuffle(fields)
    elif kind == 19:
        at = pick(r, fields, b"message")
        fields[at] = re.sub(rb"h=", b"h=arc-seal:", fields[at], count=1)
    elif kind == 20:
        at = pick(r, fields)
        fields[at] = re.sub(rb"\bi=\d+", b"i=x", fields[at], count=1)
    else:
        at = pick(r, fields, b"seal")
        fields[at] = re.sub(rb"\ba=rsa-sha256", b"a=rsa-sha1", fields[at], count=1)
    return b"\r\n".join(fields) + body


# --------------------------------------------------------------- validation


def by_dkimpy(mail, texts):
    def lookup(name, timeout=5):
        text = texts.get(name.decode().rstrip(".").lower())
        return text.encode() if text else None

    quiet = logging.getLogger("quiet")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    try:
        cv, _, reason = dkim.arc_verify(mail, logger=quiet, dnsfunc=lookup)
    except Exception as error:  # whatever it stumbles over
        return "fail", repr(error)
    return (cv or b"fail").decode(), reason  # None: the newest set says fail


def is_out_of_order(mail):
    """The newest set is not on top of the older ones."""
    of = [instance_of(f) for f in split(mail)[0] if is_arc(f)]
    return of != sorted(of, reverse=True)


# Where dkimpy says otherwise: (its answer, ours, which mails, why).
EXCEPTIONS = [
    ("fail", "pass", is_out_of_order,
     "RFC 8617 5.1.1 hashes the sets by instance, wherever their fields stand; "
     "dkimpy takes them from the header in the order it finds them"),
]


def exception_for(theirs, ours, mail):
    """The reason, or nothing."""
    for answer, our_answer, applies, reason in EXCEPTIONS:
        if (answer, our_answer) == (theirs, ours) and applies(mail):
            return reason
    return None


def test_generated_chains(tmp_path):
    r = random.Random(SEED)
    keys = Keys(tmp_path)
    texts = keys.zone.texts()
    mails = {}
    unchanged = COUNT // 4
    for number in range(COUNT):
        mail = chain_of(r, keys, 1 + number % 5)
        if number >= unchanged:
            mail = changed(r, mail)
        file = tmp_path / f"{number:03}.eml"
        file.write_bytes(mail)
        mails[str(file)] = mail
    zone = keys.zone.write(tmp_path / "zone.json")
    done = run([binary(), "verify", "--json", "--dns", zone, *mails], check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == COUNT

    agreed = collections.Counter()
    excused, differences = [], []
    for answer in answers:
        mail = mails[answer["file"]]
        ours = answer["arc"]["result"]
        theirs, told = by_dkimpy(mail, texts)
        if ours == theirs:
            agreed[ours] += 1
            continue
        reason = exception_for(theirs, ours, mail)
        (excused if reason else differences).append(
            f"{answer['file']}: {ours} ({answer['arc']['reason']}), "
            f"dkimpy: {theirs} ({told}); {reason}"
        )
    print(agreed, *excused, sep="\n")
    assert not differences, "\n".join(differences)
    assert len(excused) <= COUNT * 0.05
    assert min(agreed["pass"], agreed["fail"]) >= COUNT * 0.3
