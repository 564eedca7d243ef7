"""Three verifiers, one answer: generated mails, good and changed, judged by
Mekiki, by dkimpy and by libopendkim."""

import json
import logging
import random
import re

import dkim
import pytest

from harness.keys import Ed25519Key, RsaKey, Zone
from harness.mekiki import binary
from harness.opendkim import Library
from harness.process import run

SEED = 6376
COUNT = 400
DOMAIN = "example.jp"
SIGNATURE = re.compile(rb"^DKIM-Signature:.*?\r\n(?![ \t])", re.S | re.I | re.M)


class Keys:
    def __init__(self):
        self.rsa = {"rsa": RsaKey(2048), "short": RsaKey(1024)}
        self.ed25519 = Ed25519Key()
        self.zone = Zone()
        for selector, key in self.rsa.items():
            self.zone.add_text(f"{selector}._domainkey.{DOMAIN}", key.record)
        self.zone.add_text(f"ed._domainkey.{DOMAIN}", self.ed25519.record)


# --------------------------------------------------------------- generation


def words(r, count):
    alphabet = ["Hello", "world", "=", ":", ";", "a", "1234", "(x)", "<y@z>", '"q"',
                "日本語", "ü", ".", "..", "X-DKIM-Check: pass", "%", "\\", ","]
    return " ".join(r.choice(alphabet) for _ in range(count)).encode()


def folded(r, text):
    """The text with some of its spaces made into folds."""
    out = b""
    for octet in text:
        piece = bytes([octet])
        if piece == b" " and r.random() < 0.3:
            piece = r.choice(
                [b"\r\n ", b"\r\n\t", b" \r\n  ", b"  ", b"\t ", b"\r\n \t "]
            )
        out += piece
    return out


def body(r):
    kind = r.randrange(8)
    if kind == 0:
        return b""
    if kind == 1:
        return b"\r\n" * r.randrange(1, 5)
    lines = []
    for _ in range(r.randrange(1, 30)):
        line = words(r, r.randrange(0, 10))
        if r.random() < 0.3:
            line = line.replace(b" ", r.choice([b"  ", b"\t", b" \t "]))
        if r.random() < 0.3:
            line += r.choice([b" ", b"\t", b"  \t "])
        if r.random() < 0.2:
            line = r.choice([b"", b".", b"..", b" ", b"\t", b".x"])
        lines.append(line)
    text = b"\r\n".join(lines)
    return text + b"\r\n" * r.choice([1, 1, 1, 2, 3])


def mail(r):
    fields = [
        b"From: " + folded(r, words(r, 3).replace(b":", b"").replace(b",", b""))
        + b" <taro@example.jp>",
        b"Subject: " + folded(r, words(r, r.randrange(0, 8))),
        b"To: hanako@example.jp",
        b"Date: Sat, 21 Nov 2026 00:00:00 +0000",
        b"Message-ID: <1@example.jp>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain;\r\n\tcharset=utf-8",
    ]
    fields = [f for f in fields[:1] + [f for f in fields[1:] if r.random() < 0.8]]
    for _ in range(r.randrange(0, 3)):
        fields.append(b"Received: from " + folded(r, words(r, 4)))
    for n in range(r.randrange(0, 3)):
        fields.append(b"X-Twice: %d  " % n + folded(r, words(r, 3)))
    if r.random() < 0.2:
        fields.append(b"X-Empty:")
    if r.random() < 0.2:
        fields.append(b"x-CASE:no space")
    r.shuffle(fields)
    return b"\r\n".join(fields) + b"\r\n\r\n" + body(r)


def present(octets):
    header = octets.partition(b"\r\n\r\n")[0]
    names = [f.partition(b":")[0] for f in re.split(rb"\r\n(?![ \t])", header)]
    return [name.strip().lower() for name in names]


def signed(r, keys, library, octets):
    ways = [r.choice(["simple", "relaxed"]) for _ in range(2)]
    selector = r.choice(["rsa", "rsa", "short", "ed"])
    if selector != "ed" and r.random() < 0.4:
        length = r.choice([-1, -1, 0, 1, 10, 100, 100_000])
        length = min(length, len(canonical_body(octets, ways[1])))
        return library.sign(
            octets, DOMAIN, selector, keys.rsa[selector].pem, *ways, length
        )
    unsigned = (b"received", b"dkim-signature")
    names = [
        n
        for n in dict.fromkeys(present(octets))
        if n not in unsigned and r.random() < 0.7
    ]
    names += [n for n in present(octets) if n == b"x-twice" and r.random() < 0.5]
    names = [b"from"] + [n for n in names if n != b"from"]
    if r.random() < 0.3:
        names += [b"subject", b"from", b"x-absent"]  # oversigned
    r.shuffle(names)
    options = {}
    if selector == "ed":
        options["signature_algorithm"] = b"ed25519-sha256"
    if r.random() < 0.2:
        options["identity"] = b"someone@" + r.choice([b"", b"sub."]) + DOMAIN.encode()
    field = dkim.sign(
        octets,
        selector.encode(),
        DOMAIN.encode(),
        keys.ed25519.seed if selector == "ed" else keys.rsa[selector].pem,
        canonicalize=tuple(way.encode() for way in ways),
        include_headers=names,
        length=r.random() < 0.3,
        linesep=b"\r\n",
        **options,
    )
    return field + octets


def canonical_body(octets, way):
    text = octets.partition(b"\r\n\r\n")[2]
    if way == "relaxed":
        text = re.sub(rb"[ \t]+", b" ", text)
        text = re.sub(rb" \r\n", b"\r\n", text)
    return re.sub(rb"(\r\n)*$", b"\r\n", text, count=1)


def changed(r, octets):
    """One of the things that happen, or are done, to mails on their way."""
    header, gap, text = octets.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", header)
    kind = r.randrange(20)
    if kind == 0:
        return octets  # nothing
    if kind == 1:
        return octets + r.choice([b"\r\n", b"\r\n\r\n\r\n", b"footer\r\n", b" \r\n"])
    if kind == 2:
        return header + gap + r.choice([b"\r\n", b"top\r\n", b" "]) + text
    if kind == 3:  # not in the signature, whose octets differ from run to run
        at = r.randrange(
            max(found.end() for found in SIGNATURE.finditer(octets)), len(octets)
        )
        return octets[:at] + bytes([octets[at] ^ 1 or 2]) + octets[at + 1 :]
    if kind == 4:
        return header + gap + text.replace(b" ", b"  ")
    if kind == 5:
        return header + gap + re.sub(rb"\r\n", b" \r\n", text)
    if kind == 6:
        return header + gap + re.sub(rb"(\r\n)+$", b"\r\n", text)
    if kind == 7:
        return header + gap + text[: len(text) // 2]
    at = r.randrange(len(fields))
    field = fields[at]
    if kind == 8:
        fields.insert(r.randrange(len(fields) + 1), field)
    elif kind == 9:
        fields.insert(r.randrange(len(fields) + 1), b"X-New: added")
    elif kind == 10:
        fields.insert(r.randrange(len(fields) + 1), b"Subject: another")
    elif kind == 11:
        del fields[at]
    elif kind == 12:
        fields[at] = field.replace(b" ", b"\r\n ", 1)
    elif kind == 13:
        fields[at] = re.sub(rb"\r\n[ \t]+", b" ", field)
    elif kind == 14:
        name, colon, value = field.partition(b":")
        fields[at] = name.upper() + colon + value
    elif kind == 15:
        name, colon, value = field.partition(b":")
        fields[at] = name + colon + b"  " + value.strip(b" ") + b"  "
    elif kind == 16:
        r.shuffle(fields)
    elif kind == 17:
        fields[at] = field + b"x"
    else:
        return change_signature(r, octets)
    return b"\r\n".join(fields) + gap + text


def change_signature(r, octets):
    """Changes of the tags themselves."""
    old = SIGNATURE.match(octets)[0]
    new = r.choice(
        [
            old.replace(b"v=1", b"v=2"),
            old.replace(b"v=1;", b""),
            old.replace(b"a=rsa-sha256", b"a=rsa-sha1"),
            old.replace(b"a=rsa-sha256", b"a=ed25519-sha256"),
            old.replace(b"a=rsa-sha256", b"a=rsa-sha512"),
            old.replace(b"relaxed", b"simple"),
            old.replace(b"simple", b"relaxed"),
            old.replace(b"d=example.jp", b"d=EXAMPLE.JP"),
            old.replace(b"d=example.jp", b"d=jp"),
            old.replace(b"d=example.jp", b"d=other.jp"),
            old.replace(b"s=", b"s=un"),
            old.replace(b" bh=", b" bh=A"),
            old.replace(b"; ", b";"),
            old.replace(b"; ", b" ;\r\n\t"),
            old.replace(b"; d=", b"; x=100; d="),
            old.replace(b"; d=", b"; d=example.jp; d="),
            old.replace(b"; d=", b"; q=dns/txt; d="),
            old.replace(b"; d=", b"; q=dns/other; d="),
            old.replace(b"; d=", b"; z=Subject:x; unknown=y; d="),
            old.replace(b"; d=", b"; l=0; d="),
            old.replace(b"; d=", b"; i=@other.jp; d="),
            re.sub(rb"b=([A-Za-z0-9+/]{20})", rb"b=\1\r\n\t", old),
            re.sub(rb"h=([\w-]+)", rb"h=\1 ", old),
            re.sub(rb"[Ff]rom[ :]*", b"", old),
            re.sub(rb"b=[A-Za-z0-9+/]", b"b=A", old),
            old[:-2] + b";\r\n",
        ]
    )
    return new + octets[len(old) :]


def generate(keys, library):
    r = random.Random(SEED)
    for number in range(COUNT):
        octets = signed(r, keys, library, mail(r))
        if r.random() < 0.1:
            octets = signed(r, keys, library, octets)
        if r.random() < 0.75:
            octets = changed(r, octets)
        yield octets


# ------------------------------------------------------------------ judging


def dkimpy_passes(octets, texts):
    def lookup(name, timeout=5):
        text = texts.get(name.decode().rstrip(".").lower())
        return text.encode() if text else None

    quiet = logging.getLogger("quiet")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    try:
        verifier = dkim.DKIM(octets, logger=quiet)
        signatures = sum(
            1 for name, _ in verifier.headers if name.lower() == b"dkim-signature"
        )
    except dkim.DKIMException:
        return False
    for index in range(signatures):
        try:
            if verifier.verify(idx=index, dnsfunc=lookup):
                return True
        except (dkim.DKIMException, ValueError, KeyError):
            continue
    return False


def has_several_from(octets):
    return present(octets).count(b"from") > 1


def ends_with_cr(octets):
    return octets.endswith(b"\r")


def has_garbage_after_base64(octets):
    return any(
        re.search(rb"=[^\s;=][^;]*\r\n$", found[0])
        for found in SIGNATURE.finditer(octets)
    )


def has_limit_and_ends_within_a_line(octets):
    limits = any(re.search(rb"\bl=", found[0]) for found in SIGNATURE.finditer(octets))
    return limits and not octets.endswith(b"\n")


# Where one of the others differs and the third verifier agrees with us:
# (who, what it says, which mails, why we say otherwise)
EXCEPTIONS = [
    ("dkimpy", False, has_several_from,
     "RFC 6376 8.15 leaves mails with several From fields to the evaluation that "
     "follows; ours never calls them genuine"),
    ("libopendkim", True, ends_with_cr,
     "RFC 6376 3.4.3: a bare CR at the end is an octet of the body, not a line end"),
    ("libopendkim", True, has_garbage_after_base64,
     "RFC 6376 3.5: b= is base64; what follows its padding is no base64"),
    ("libopendkim", False, has_limit_and_ends_within_a_line,
     "RFC 6376 3.5: what follows the l= octets is not covered; the library fails "
     "such mails once their last line has lost its end"),
]


def exception_for(who, says, octets):
    """The reason, or nothing."""
    for name, answer, applies, reason in EXCEPTIONS:
        if who == name and says == answer and applies(octets):
            return reason
    return None


def test_three_verifiers_agree(tmp_path):
    keys = Keys()
    texts = keys.zone.texts()
    library = Library(texts)
    mails = list(generate(keys, library))
    files = []
    for number, octets in enumerate(mails):
        files.append(tmp_path / f"{number:04}.eml")
        files[-1].write_bytes(octets)
    zone = keys.zone.write(tmp_path / "zone.json")
    done = run(
        [binary(), "verify", "--json", "--dns", zone, *files], check=False
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    answers = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["file"]] = answer
    assert len(answers) == COUNT

    differences = []
    excused = []
    passed = 0
    for file, octets in zip(files, mails):
        ours = answers[str(file)]["x_dkim_check"] == "pass"
        passed += ours
        theirs_of = {
            "libopendkim": library.verify(octets),
            "dkimpy": dkimpy_passes(octets, texts),
        }
        alone = not any(theirs == ours for theirs in theirs_of.values())
        for who, theirs in theirs_of.items():
            if theirs == ours:
                continue
            reason = exception_for(who, theirs, octets)
            if reason and not alone:
                excused.append(f"{file.name}: {who} differs: {reason}")
            else:
                differences.append((file.name, who, theirs, answers[str(file)]["dkim"]))
    print("\n".join(excused))
    assert len(excused) <= COUNT * 0.05
    assert COUNT * 0.3 < passed < COUNT * 0.8, passed
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(
        f"{name}: {who} says {'pass' if theirs else 'not pass'}, we say {dkims}\n"
        f"{(tmp_path / name).read_bytes()[:1500]!r}"
        for name, who, theirs, dkims in differences[:10]
    )


def test_a_line_that_is_no_field_makes_no_pass(tmp_path):
    """Clients take such a line for the beginning of the body, so the mail they
    show is not the mail that was signed. Both others refuse it."""
    keys = Keys()
    library = Library(keys.zone.texts())
    signed_mail = library.sign(
        b"From: taro@example.jp\r\nSubject: x\r\n\r\ntext\r\n",
        DOMAIN, "rsa", keys.rsa["rsa"].pem, "relaxed", "relaxed",
    )
    octets = signed_mail.replace(b"Subject:", b"Pay to account 6666!\r\nSubject:")
    assert not library.verify(octets)
    assert not dkimpy_passes(octets, keys.zone.texts())
    file = tmp_path / "mail.eml"
    file.write_bytes(octets)
    zone = keys.zone.write(tmp_path / "zone.json")
    done = run([binary(), "verify", "--json", "--dns", zone, file], check=False)
    assert json.loads(done.stdout)["x_dkim_check"] != "pass"
