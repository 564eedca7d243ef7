"""Labels in real clients: the rules that `mekiki rules` writes colour mails
that a client fetched through Mekiki, and no mail colours itself."""

import base64
import contextlib
import email.utils
import json
import os
import poplib
import re
import shutil
import signal
import struct
from email.header import decode_header, make_header

import pytest

from harness.dovecot import Dovecot
from harness.mails import DOMAIN, LIST
from harness.mekiki import binary
from harness.process import Process, program, run
from harness.thunderbird import Thunderbird
from harness.waiting import until

HOST = "clear.example"
USER = "taro"
STRANGER = "example.org"  # has no keys, no SPF, no DMARC
NEWCOMER = "example.net"  # has a key

RED, GREEN, BLUE, ORANGE = "red", "green", "blue", "orange"
# Of each mail: by label, by X-DKIM-Check.
EXPECTED = {
    "plain": (None, None),
    "good": (GREEN, GREEN),
    "unsigned": (RED, None),
    "changed": (RED, RED),
    "newcomer": (BLUE, GREEN),
    "altered": (ORANGE, GREEN),
    "imposter": (None, None),
    "forged-imposter": (RED, None),
    # DKIM says neutral, as it has a line that is no field.
    "changed-imposter": (RED, None),
}


def wanted(kind):
    return {name: colours[kind == CLASSIC] for name, colours in EXPECTED.items()}


def mail(name, author, sign=None):
    now = email.utils.formatdate().encode()
    octets = (
        b"Date: " + now + b"\r\n"
        b"From: Hanako <hanako@" + author.encode() + b">\r\n"
        b"To: taro@clear.example\r\n"
        b"Subject: " + name.encode() + b"\r\n"
        b"Message-ID: <" + name.encode() + b"@test>\r\n"
        b"\r\nThis is the text.\r\n"
    )
    return received(author, sign(octets) if sign else octets)


def received(author, octets):
    """As it lies in a mailbox of HOST, which took it from outside."""
    now = email.utils.formatdate().encode()
    return (
        b"Return-Path: <hanako@" + author.encode() + b">\r\n"
        b"Received: from mail.example.jp (mail.example.jp [192.0.2.25])\r\n"
        b"\tby mx.clear.example (Postfix) with ESMTP id 1\r\n"
        b"\tfor <taro@clear.example>; " + now + b"\r\n" + octets
    )


def disguised(octets, value):
    """With everything that a forger may write who even knows the label's value."""
    label = b"genuine-" + value.encode()
    header, gap, body = octets.partition(b"\r\n\r\n")
    header = header.replace(
        b"\r\nTo: ",
        b"\r\nComments: a\rX-Mekiki-Label: " + label + b"\r\nX-DKIM-Check: pass"
        b"\r\nx-dkim-CHECK :\r\n pass\r\nX-Mekiki-Label: " + label +
        b"\r\nX-MEKIKI-label \t:\r\n\t" + label +
        b"\r\nX-Mekiki-Verdict: genuine"
        b"\r\nX-Other: X-Mekiki-Label: " + label +
        b"\r\n X-DKIM-Check: pass\r\n\tX-Mekiki-Label: " + label + b"\r\nTo: ",
    )
    header = re.sub(
        rb"(Subject: \S+)",
        rb"\1 X-DKIM-Check: pass\r\n\tX-Mekiki-Label: " + label,
        header,
    )
    words = b"X-DKIM-Check: pass X-Mekiki-Label: " + label
    encoded = b"".join(b" =?utf-8?B?" + base64.b64encode(words[i:i + 9]) + b"?=\r\n"
                       for i in range(0, len(words), 9))
    quoted = b"".join(b"=%02X" % octet for octet in words)
    header = header.replace(
        b"\r\nTo: ", b"\r\nThread-Topic:" + encoded + b"Keywords: =?utf-8?Q?" + quoted
        + b"?=\r\nY-" + words + b"\r\nTo: ")
    forged = b"X-DKIM-Check: pass\r\nX-Mekiki-Label: " + label + b"\r\n"
    return forged + header + gap + forged + body


@pytest.fixture(scope="module")
def server(folder):
    made = Dovecot(folder / "dovecot")
    yield made
    made.end()


CLIENTS = ("thunderbird", "claws", "sylpheed", "mutt", "sieve")
OLD, NEW, CLASSIC = "old", "new", "classic"
each_kind = pytest.mark.parametrize("kind", [OLD, NEW, CLASSIC])


@pytest.fixture(scope="module")
def login(server):
    return f"{USER}%{HOST}:{server.port}"


@pytest.fixture(scope="module")
def mekiki(start, corpus, server, login, folder):
    """With a mailbox full of mails, whose author is trusted, and whose label has
    got a new value since the rules of OLD were written."""
    zone = corpus.zone
    zone.add_address(HOST, ["127.0.0.1"])
    zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    zone.add_text(f"ed._domainkey.{NEWCOMER}", corpus.ed25519.record)
    made = start(zone, {"upstream.clear_hosts": [HOST]})
    for rule in (["author", f"*@{DOMAIN}"], ["list", LIST]):
        run([binary(), "trust", "add", *rule, "--state", made.state])
    account = ["--account", login, "--lang", "en", "--state", made.state]
    made.old_rules = folder / OLD
    for client in CLIENTS:
        run([binary(), "rules", client, *account, "--out", made.old_rules / client])
    [old] = made.label_values(login)
    run([binary(), "rules", "mutt", *account, "--rotate"])
    value, kept = made.label_values(login)
    assert kept == old != value

    def newly_signed(octets):
        return corpus.dkimpy(octets, "ed", domain=NEWCOMER)

    good = mail("good", DOMAIN, corpus.signed)

    def changed(name):
        return mail(name, DOMAIN, corpus.signed).replace(b"the text", b"the test")

    server.add_user(USER, [
        mail("plain", STRANGER),
        good,
        mail("unsigned", DOMAIN),
        changed("changed"),
        mail("newcomer", NEWCOMER, newly_signed),
        mail("altered", DOMAIN, corpus.listed),
        disguised(mail("imposter", STRANGER), value),
        disguised(mail("forged-imposter", DOMAIN), old),
        disguised(changed("changed-imposter"), value),
    ])
    return made


def write_rules(mekiki, login, client, kind, place):
    if kind == OLD:
        shutil.copytree(mekiki.old_rules / client, place)
        return place
    options = ["--classic"] if kind == CLASSIC else []
    run([binary(), "rules", client, *options, "--account", login, "--lang", "en",
         "--out", place, "--state", mekiki.state])
    return place


def name_of(octets):
    return re.search(rb"^Message-ID: <([\w-]+)@test>", octets, re.M)[1].decode()


def fetched(mekiki, login):
    client = poplib.POP3("127.0.0.1", mekiki.port)
    client.user(login)
    client.pass_(Dovecot.PASSWORD)
    for number in range(1, len(EXPECTED) + 1):
        yield b"".join(line + b"\n" for line in client.retr(number)[1])
    client.quit()


def test_the_mails_are_judged_as_the_tests_need(mekiki, login):
    words = {RED: "forged", GREEN: "genuine", BLUE: "new", ORANGE: "altered",
             None: "unverified"}
    for octets in fetched(mekiki, login):
        verdict = re.search(rb"^X-Mekiki-Verdict: (\w+)", octets, re.M)[1].decode()
        assert verdict == words[EXPECTED[name_of(octets)][0]], octets.decode()


def test_the_words_of_rules_stand_in_our_fields_alone(mekiki, login):
    """For clients that look for a text in the whole header, as Outlook does."""
    values = mekiki.label_values(login)
    words = ["x-dkim-check:", *values]
    for octets in fetched(mekiki, login):
        header = octets.partition(b"\n\n")[0].decode()
        last = f"X-Mekiki-Label: {header.partition('X-Mekiki-Verdict: ')[2].split()[0]}"
        ours, _, rest = header.partition(f"{last}-{values[1]}\n")
        assert ours.startswith("X-DKIM-Check: ") and "Received:" not in ours
        decoded = [str(make_header(decode_header(value)))
                   for _, value in email.message_from_string(rest).items()]
        for text in (rest, *decoded):
            assert not [word for word in words if word in text.lower()], text


# ------------------------------------------------ Claws Mail and Sylpheed


FOLDERS = ("inbox", "sent", "draft", "queue", "trash")
NUMBERS = {0: None, 1: ORANGE, 2: RED, 5: BLUE, 6: GREEN}


def account(mekiki, login, inbox):
    return "\n".join([
        "[Account: 1]", "account_name=test", "is_default=1", "name=Taro",
        "address=taro@clear.example", "protocol=0", "receive_server=127.0.0.1",
        "smtp_server=127.0.0.1", f"user_id={login}", f"password={Dovecot.PASSWORD}",
        f"inbox={inbox}", "set_popport=1", f"pop_port={mekiki.port}", "ssl_pop=0",
        "remove_mail=0", "filter_on_receive=1", "",
    ])


def folder_list(name, path):
    types = {"inbox": "inbox", "sent": "outbox", "draft": "draft", "queue": "queue",
             "trash": "trash"}
    items = "".join(
        f'<folderitem type="{types[f]}" name="{f}" path="{f}"/>' for f in FOLDERS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<folderlist>'
        f'<folder type="mh" name="{name}" path="{path}">{items}</folder></folderlist>'
    )


def colours(mark_file):
    """What the client itself has kept: {name of the mail: colour}."""
    octets = mark_file.read_bytes()
    found = {}
    for number, flags in struct.iter_unpack("<II", octets[4:]):
        kept = mark_file.parent / str(number)
        found[name_of(kept.read_bytes())] = NUMBERS[flags >> 7 & 7]
    return found


def make_home(folder, name):
    home = folder / name
    for sub in FOLDERS:
        (home / "Mail" / sub).mkdir(parents=True)
    return home


def fetch_all(home, screen, client, option):
    """Lets the client fetch until all mails are in its inbox, then end."""
    (home / "fetch").write_text(
        f"{client} {option} &\n"
        "while [ ! -e stop ]; do sleep 0.1; done\n"
        f"{client} --exit\nwait\n"
    )
    running = Process(
        [program("dbus-run-session"), program("sh"), "fetch"], home / "log", cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home),
             "DISPLAY": screen.name, "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1"},
        start_new_session=True,
    )
    try:
        last = home / "Mail" / "inbox" / str(len(EXPECTED))
        until(last.exists, "all mails are there", 60)
        (home / "stop").touch()
        running.process.wait(60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)


@each_kind
def test_claws_mail(mekiki, login, folder, screen, kind):
    home = make_home(folder, f"claws-{kind}")
    settings = home / ".claws-mail"
    write_rules(mekiki, login, "claws", kind, settings)
    (settings / "accountrc").write_text(account(mekiki, login, "#mh/Mailbox/inbox"))
    (settings / "folderlist.xml").write_text(folder_list("Mailbox", home / "Mail"))
    fetch_all(home, screen, program("claws-mail"), "--receive")
    assert colours(home / "Mail" / "inbox" / ".claws_mark") == wanted(kind)


@each_kind
def test_sylpheed(mekiki, login, folder, screen, kind):
    home = make_home(folder, f"sylpheed-{kind}")
    settings = home / ".sylpheed-2.0"
    write_rules(mekiki, login, "sylpheed", kind, settings)
    (settings / "accountrc").write_text(account(mekiki, login, "inbox"))
    (settings / "folderlist.xml").write_text(folder_list("Mail", "Mail"))
    fetch_all(home, screen, program("sylpheed"), "--receive-all")
    assert colours(home / "Mail" / "inbox" / ".sylpheed_mark") == wanted(kind)


# ------------------------------------------------------------ Thunderbird


@each_kind
def test_thunderbird(mekiki, login, folder, screen, kind):
    rules = write_rules(mekiki, login, "thunderbird", kind, folder / f"rules-{kind}")
    preferences = {
        name: json.loads(value) for name, value in re.findall(
            r'user_pref\("(.*?)", (.*)\);', (rules / "user.js").read_text())
    }
    home = folder / f"thunderbird-{kind}"
    place = home / "profile" / "Mail" / "1"
    place.mkdir(parents=True)
    shutil.copy(rules / "msgFilterRules.dat", place)
    client = Thunderbird(home, screen, [(mekiki.port, login)], Dovecot.PASSWORD,
                         preferences)
    try:
        client.fetch()
        # The colours that Thunderbird itself gives to each mail's tags.
        read = """
            return [...inbox(1).messages].map((mail) => [mail.messageId,
              mail.getStringProperty("keywords").split(" ")
                .filter((word) => word.startsWith("mekiki-"))
                .map((tag) => MailServices.tags.getColorForKey(tag))]);
            """
        until(lambda: len(client.run(read)) == len(EXPECTED), "all mails are there")
        web = {"#D00000": RED, "#008000": GREEN, "#0060C0": BLUE,
               "#C06000": ORANGE}
        found = {}
        for name, tags in client.run(read):
            assert len(tags) < 2, (name, tags)
            found[name.removesuffix("@test")] = web[tags[0]] if tags else None
        assert found == wanted(kind)
    finally:
        client.end()


# ------------------------------------------------------------------- mutt


class Terminal:
    """A program in a terminal whose screen can be read with its colours."""

    def __init__(self, folder, command):
        self.tmux = [program("tmux"), "-f", "/dev/null", "-S", folder / "tmux"]
        run([*self.tmux, "new-session", "-d", "-x", "100", "-y", "30", command],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
                 "TERM": "xterm-256color"})

    def screen(self):
        return run([*self.tmux, "capture-pane", "-e", "-p"], check=False).stdout.decode()

    def end(self):
        run([*self.tmux, "kill-server"], check=False)


SGR = re.compile(r"\x1b\[([\d;]*)m")
TERMINAL_COLOURS = {31: RED, 91: RED, 32: GREEN, 33: ORANGE, 36: BLUE}


def index_colours(screen):
    """{name of the mail: colour} of mutt's index. A colour lasts until the
    next code, over the ends of lines, too."""
    now = None
    found = {}
    for part in re.split(r"(\x1b\[[\d;]*m|<[\w-]+@test)", screen):
        if code := SGR.fullmatch(part):
            for number in (int(n or 0) for n in code[1].split(";")):
                if number in (0, 39):
                    now = None
                elif 30 <= number <= 37 or 90 <= number <= 97:
                    now = TERMINAL_COLOURS.get(number)
        elif part.endswith("@test"):
            found[part[1:-5]] = now
    return found


@each_kind
def test_mutt(mekiki, login, folder, kind):
    home = folder / f"mutt-{kind}"
    rules = write_rules(mekiki, login, "mutt", kind, home)
    (home / "Mail").mkdir()
    name = login.replace("%", "%25").replace(":", "%3A")
    settings = home / "muttrc"
    settings.write_text("\n".join([
        f'set spoolfile="pop://{name}@127.0.0.1:{mekiki.port}/"',
        f'set pop_pass="{Dovecot.PASSWORD}"',
        'set pop_authenticators="user"',
        f'set folder="{home}/Mail"',
        "set ssl_starttls=no", "set ssl_force_tls=no", "set sort=mailbox-order",
        'set index_format="<%i>"',
        f'source "{rules}/mekiki.muttrc"', "",
    ]))
    terminal = Terminal(home, f"{program('mutt')} -F {settings}")
    try:
        until(lambda: set(index_colours(terminal.screen())) == set(EXPECTED),
              "the index is shown")
        assert index_colours(terminal.screen()) == wanted(kind)
    finally:
        terminal.end()


# ------------------------------------------------------------------ Sieve

FLAGS = {"$MekikiForged": RED, "$MekikiGenuine": GREEN, "$MekikiNew": BLUE,
         "$MekikiAltered": ORANGE, "$DKIMfail": RED, "$DKIMpass": GREEN}


def sieve_colour(place, server, octets):
    kept = place / "mail.eml"
    kept.write_bytes(octets)
    said = run([program("sieve-test"), "-o", f"mail_uid={server.uid}", "-o",
                f"mail_gid={server.gid}", "-o", f"mail_home={place}",
                place / "mekiki.sieve", kept]).stdout.decode()
    colours = {FLAGS[flag] for flag in FLAGS if flag in said}
    assert len(colours) < 2, said
    assert ("\\flagged" in said) == (colours == {RED}), said
    return colours.pop() if colours else None


@each_kind
def test_sieve(mekiki, login, server, folder, kind):
    place = write_rules(mekiki, login, "sieve", kind, folder / f"sieve-{kind}")
    (place / "mekiki.sieve").chmod(0o644)  # it runs as another user
    found = {
        name_of(octets): sieve_colour(place, server, octets)
        for octets in fetched(mekiki, login)
    }
    assert found == wanted(kind)
    # What the imposter tries would work where Mekiki does not stand between.
    value = mekiki.label_values(login)[kind == OLD]
    imposter = disguised(mail("imposter", STRANGER), value)
    assert sieve_colour(place, server, imposter.replace(b"\r\n", b"\n")) == GREEN


# ---------------------------------------------------------- the rule files


def test_rules_are_for_their_owner_alone(mekiki, login, folder):
    place = write_rules(mekiki, login, "thunderbird", NEW, folder / "thunderbird")
    value, old = mekiki.label_values(login)
    filters = (place / "msgFilterRules.dat").read_text()
    assert f"genuine-{value}" in filters and f"genuine-{old}" in filters
    tags = (place / "user.js").read_text()
    assert tags.count("mailnews.tags.mekiki-") == 8
    # Nobody can guess the keys of the tags either, nor the value by them.
    key = re.search(r"tags\.mekiki-genuine-([0-9a-f]{12})\.", tags)[1]
    assert f'actionValue="mekiki-genuine-{key}"' in filters
    assert key not in (mekiki.old_rules / "thunderbird" / "user.js").read_text()
    assert key not in value and value not in tags
    for file in place.iterdir():
        assert file.stat().st_mode & 0o077 == 0
    # Nothing is overwritten.
    options = ["--account", login, "--state", mekiki.state]
    again = run([binary(), "rules", "thunderbird", "--out", place, *options],
                check=False)
    assert again.returncode == 2
    shutil.rmtree(place)
    printed = run([binary(), "rules", "outlook", *options, "--lang",
                   "ja"]).stdout.decode()
    assert f"genuine-{value}" in printed and "緑" in printed


def test_each_mailbox_has_a_value_of_its_own(mekiki, login):
    other = login.replace(USER, "hanako")
    value, old = mekiki.label_values(login)
    [others] = mekiki.label_values(other)
    assert others not in (value, old)
    assert (mekiki.state / "label-secret").stat().st_mode & 0o077 == 0
    both = run([binary(), "rules", "claws", "--account", login, "--account", other,
                "--state", mekiki.state]).stdout.decode()
    assert all(f"genuine-{v}" in both for v in (value, old, others))
    nobody = run([binary(), "rules", "claws", "--state", mekiki.state], check=False)
    assert nobody.returncode == 2 and b"--account" in nobody.stderr


def test_mails_carry_the_new_and_the_old_label(mekiki, login):
    value, old = mekiki.label_values(login)
    for octets in fetched(mekiki, login):
        word = re.search(rb"^X-Mekiki-Verdict: (\w+)", octets, re.M)[1].decode()
        header = octets.partition(b"\n\n")[0].decode()
        assert re.findall(r"^X-Mekiki-Label: (.*)$", header, re.M) == [
            f"{word}-{value}", f"{word}-{old}"]
