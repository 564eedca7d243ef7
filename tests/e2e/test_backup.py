"""Losing the machine: backup, restore, and a lost password."""

import hashlib
import io
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tarfile
import time

import pytest

from harness.dashboard import PASSWORD, Visitor
from harness.mekiki import binary, take_marks
from harness.pop3 import client_context, Client
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "pop.example.jp"
MAIL = b"From: taro@example.jp\r\nSubject: one\r\n\r\ntext\r\n"
SETTINGS = {"upstream.clear_hosts": [HOST]}


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture(scope="module")
def server():
    with ScriptedServer([MAIL]) as made:
        yield made


def mekiki(*words, code=0, **options):
    done = run([binary(), *words], check=False, **options)
    assert done.returncode == code, (done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode()


def fetch(daemon, server):
    with daemon.client() as client:
        client.login(f"taro%{HOST}:{server.port}", "password")
        return take_marks(client.mail("RETR 1"))[0][b"X-Mekiki-Label"]


@pytest.fixture(scope="module")
def saved(folder, zone, server, start):
    """A daemon that was used, and its backup, made while it runs."""
    daemon = start(zone, SETTINGS)
    visitor = Visitor(daemon.admin_port)
    visitor.set_up(daemon)
    label = fetch(daemon, server)
    file = folder / "mekiki.tar"
    said = mekiki("backup", file, "--state", daemon.state)
    for name in ("mekiki.db", "label-secret", "tls/ca-key.pem", "admin-password"):
        assert name in said
    return daemon, file, label


def test_a_backup_is_for_its_owner_and_for_tar(saved):
    _, file, _ = saved
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as archive:
        names = archive.getnames()
        assert names[-1] == "SHA256SUMS"
        sums = archive.extractfile("SHA256SUMS").read().decode()
        for line in sums.splitlines():
            digest, name = line.split("  ")
            content = archive.extractfile(name).read()
            assert hashlib.sha256(content).hexdigest() == digest
    assert sorted(names[:-1]) == sorted(re.findall(r"  (\S+)\n", sums))


def test_an_existing_file_is_kept(saved, folder):
    daemon, file, _ = saved
    copy = folder / "copy.tar"
    shutil.copy(file, copy)
    octets = copy.read_bytes()
    said = mekiki("backup", copy, "--state", daemon.state, code=2)
    assert "is there already" in said
    assert copy.read_bytes() == octets
    mekiki("backup", copy, "--force", "--state", daemon.state)
    assert "no state of Mekiki" in mekiki(
        "backup", folder / "none.tar", "--state", folder / "nowhere", code=2)
    assert not (folder / "none.tar").exists()


def test_a_backup_takes_the_place_of_earlier_backups_only(saved, folder):
    """Not of the database, of a key, or of the settings."""
    daemon, _, _ = saved
    for name in ("mekiki.db", "label-secret", "mekiki.db-wal", "tls/ca-key.pem", "servers"):
        for path in (daemon.state / name, daemon.state / "tls" / ".." / name):
            before = path.read_bytes() if path.exists() else None
            for command in (["backup"], ["store", "backup"]):
                said = mekiki(*command, path, "--force", "--state", daemon.state, code=2)
                assert "is a part of the state" in said, said
            assert (path.read_bytes() if path.exists() else None) == before
    link = folder / "hard-link"
    os.link(daemon.state / "label-secret", link)
    assert "is a part of the state" in mekiki(
        "backup", link, "--force", "--state", daemon.state, code=2)
    settings = daemon.configuration
    text = settings.read_bytes()
    for command in (["backup"], ["store", "backup"]):
        assert "is no earlier backup" in mekiki(
            *command, settings, "--force", "--config", settings, "--state", daemon.state,
            code=2)
    assert settings.read_bytes() == text
    # An empty one is nobody's.
    (folder / "made.tar").touch()
    mekiki("backup", folder / "made.tar", "--force", "--state", daemon.state)


@pytest.mark.parametrize("command", [["backup"], ["store", "backup"]])
def test_what_is_no_file_is_refused(saved, folder, command):
    daemon, file, _ = saved
    place = folder / f"link-{len(command)}"
    place.mkdir()
    link = place / "latest"
    link.symlink_to(file)
    os.mkfifo(place / "pipe")
    octets = file.read_bytes()
    for name, why in [(link, "is a link"), (place / "pipe", "no file at all"),
                      ("/dev/null", "no file at all"), ("/dev/stdout", "is a link"),
                      ("-", "is no name for a backup"), (place, "is a folder")]:
        said = mekiki(*command, name, "--force", "--state", daemon.state, code=2, cwd=place)
        assert why in said, said
    assert link.is_symlink() and file.read_bytes() == octets
    assert sorted(p.name for p in place.iterdir()) == ["latest", "pipe"]


@pytest.mark.parametrize("command", [["backup"], ["store", "backup"]])
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_is_told_to_stop_leaves_nothing(saved, folder, command, by):
    """While it waits for the database, which somebody has locked."""
    _, file, _ = saved
    place = folder / f"stopped-{len(command)}-{by.name}"
    place.mkdir()
    mekiki("restore", file, "--state", place / "state")
    database = sqlite3.connect(place / "state/mekiki.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("BEGIN EXCLUSIVE")
    process = subprocess.Popen(
        [binary(), *command, place / "mekiki.tar", "--state", place / "state"],
        stderr=subprocess.PIPE)
    until(lambda: list(place.glob("mekiki.tar?*")), "it has begun")
    process.send_signal(by)
    database.execute("ROLLBACK")
    database.close()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2 and b"interrupted" in said, said
    assert [p.name for p in place.iterdir()] == ["state"]
    assert not list((place / "state").glob("backup*"))


# -------------------------------------------- root in a stranger's folder


NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="acts as two users")


@pytest.fixture
def theirs(saved, folder):
    """A state folder of another user, and a backup that only root can read."""
    _, file, _ = saved
    place = folder / "theirs"
    state = place / "state"
    secret = place / "roots"
    secret.mkdir(parents=True, mode=0o700)
    shutil.copy(file, secret / "mekiki.tar")
    state.mkdir(mode=0o700)
    os.chown(state, NOBODY, NOBODY)
    mekiki("restore", secret / "mekiki.tar", "--state", state)
    yield state, secret
    shutil.rmtree(place)


@needs_root
def test_root_restores_and_sets_passwords_as_the_owner(theirs):
    state, secret = theirs
    mekiki("passwd", "--state", state, input=b"another one entirely\n")
    mekiki("backup", secret / "again.tar", "--state", state)
    mekiki("cert", "--renew", "--out", secret / "ca.pem", "--state", state)
    mekiki("trust", "add", "author", "*@example.jp", "--account", "taro%pop.example.jp",
           "--state", state)
    mekiki("rules", "claws", "--rotate", "--account", "taro%pop.example.jp",
           "--state", state)
    mekiki("store", "vacuum", "--state", state)
    assert (secret / "ca.pem").stat().st_uid == 0
    info = (secret / "again.tar").stat()
    assert (info.st_uid, info.st_mode & 0o777) == (0, 0o600)
    found = list(state.rglob("*"))
    assert {p.name for p in found} >= {"mekiki.db", "label-secret", "tls", "ca-key.pem"}
    for path in found:
        assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY), path
    assert not [p.name for p in found if p.name.startswith(("backup", "restoring"))]


@needs_root
@pytest.mark.parametrize("name", ["label-generations", "tls/server.pem", "mekiki.db"])
def test_root_saves_nothing_that_the_owner_cannot_read(theirs, name):
    state, secret = theirs
    (secret / "shadow").write_bytes(b"root's own")
    (state / name).unlink(missing_ok=True)
    (state / name).symlink_to(secret / "shadow")
    said = run([binary(), "backup", secret / "new.tar", "--state", state], check=False)
    assert b"root's own" not in (
        (secret / "new.tar").read_bytes() if (secret / "new.tar").exists() else b"")
    if name != "mekiki.db":  # a database that cannot be read is as good as none
        assert said.returncode == 2 and b"is a link, and is not saved" in said.stderr


@needs_root
def test_root_is_not_held_up(theirs):
    state, secret = theirs
    os.mkfifo(state / "tls-hosts")
    assert "is no file, and is not saved" in mekiki(
        "backup", secret / "new.tar", "--state", state, code=2)
    (state / "tls-hosts").unlink()
    with open(state / "tls-hosts", "wb") as hole:
        hole.truncate(1 << 40)
    assert "is larger than 16384 KB, and is not saved" in mekiki(
        "backup", secret / "new.tar", "--state", state, code=2)
    assert sorted(p.name for p in secret.iterdir()) == ["mekiki.tar"]


@needs_root
@pytest.mark.parametrize("words", [["passwd"], ["restore"]])
def test_root_writes_nowhere_else(theirs, folder, words):
    """A folder whose way leads elsewhere: the owner could not write there."""
    state, secret = theirs
    target = secret / "target"
    target.mkdir()
    file = []
    if words == ["restore"]:
        for path in state.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        file = [secret / "mekiki.tar"]
        (state / "restoring").symlink_to(target)
        mekiki("restore", *file, "--state", state, code=2)
    else:
        (state / "admin-password").unlink()
        (state / "admin-password").symlink_to(target / "admin-password")
        mekiki("passwd", "--state", state, input=b"another one entirely\n")
        assert not (state / "admin-password").is_symlink()
    assert not list(target.iterdir())


def test_after_restore_certificate_label_and_password_are_the_same(
        saved, folder, zone, server, start):
    daemon, file, label = saved
    state = folder / "restored"
    mekiki("restore", file, "--state", state)
    assert state.stat().st_mode & 0o777 == 0o700
    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    again = start(zone, SETTINGS, state=state)
    assert (state / "tls/ca.pem").read_bytes() == daemon.ca.read_bytes()
    Client(again.tls_port, tls=client_context(daemon.ca)).close()
    assert fetch(again, server) == label
    visitor = Visitor(again.admin_port)
    visitor.sign_in()
    mails = until(lambda: visitor.get("/api/mails")["mails"], "it is noted")
    assert [mail["account"] for mail in mails] == [f"taro%{HOST}:{server.port}"]


def test_a_state_folder_in_use_is_refused(saved, folder):
    daemon, file, _ = saved
    before = sorted(p.name for p in daemon.state.iterdir())
    said = mekiki("restore", file, "--state", daemon.state, code=2)
    assert "is not empty" in said and "move what is in it" in said
    assert "it holds admin-log, admin-password, label-secret, lock, mekiki.db" in said
    assert re.search(r" and \d+ more: stop the service", said)
    assert sorted(p.name for p in daemon.state.iterdir()) == before


def test_what_a_mounted_file_system_brings_is_left_alone(saved, folder):
    _, file, _ = saved
    state = folder / "mounted"
    (state / "lost+found").mkdir(parents=True)
    mekiki("restore", file, "--state", state)
    assert (state / "mekiki.db").exists() and (state / "lost+found").exists()
    # Of somebody's home folder it is said what it is.
    home = folder / "home"
    (home / ".local").mkdir(parents=True)
    assert "it holds .local: stop" in mekiki("restore", file, "--state", home, code=2)


def repack(old, new, change):
    """A whole backup with other content; None leaves a member out."""
    with tarfile.open(old) as source, tarfile.open(
            new, "w", format=tarfile.USTAR_FORMAT) as target:
        sums = ""
        for member in source:
            content = source.extractfile(member).read()
            if member.name == "SHA256SUMS":
                content = sums.encode()
            else:
                content = change(member.name, content)
                if content is None:
                    continue
                sums += f"{hashlib.sha256(content).hexdigest()}  {member.name}\n"
            member.size = len(content)
            target.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("sql, says", [
    ("DROP TABLE day_sum", "is damaged (the table day_sum is missing)"),
    ("PRAGMA user_version = -5", "is damaged (version -5)"),
])
def test_a_database_that_is_not_whole_is_not_restored(saved, folder, sql, says):
    _, file, _ = saved
    database = folder / "changed.db"

    def change(name, content):
        if name != "mekiki.db":
            return content
        database.write_bytes(content)
        connection = sqlite3.connect(database)
        connection.execute(sql)
        connection.commit()
        connection.close()
        return database.read_bytes()

    repack(file, folder / "changed.tar", change)
    said = mekiki("restore", folder / "changed.tar", "--state", folder / "refused", code=2)
    assert says in said, said
    assert not list((folder / "refused").iterdir())


@pytest.mark.parametrize("secret", [b"", b"\n", b"0" * 63, None])
def test_without_a_label_secret_nothing_is_restored(saved, folder, secret):
    _, file, _ = saved
    repack(file, folder / "changed.tar",
           lambda name, content: secret if name == "label-secret" else content)
    said = mekiki("restore", folder / "changed.tar", "--state", folder / "refused", code=2)
    assert ("holds no state of Mekiki" if secret is None else
            "the label-secret in") in said, said
    assert not list((folder / "refused").iterdir())


def test_a_database_without_a_version_is_refused_and_ends_nothing(saved, folder):
    _, file, _ = saved
    state = folder / "minus"
    mekiki("restore", file, "--state", state)
    database = sqlite3.connect(state / "mekiki.db")
    database.execute("PRAGMA user_version = -5")
    database.close()
    said = mekiki("trust", "list", "--state", state, code=2)
    assert "is damaged (version -5); move" in said


def test_a_database_of_another_machine_is_told_once(saved, folder, zone, server, start):
    _, file, _ = saved
    state = folder / "moved"
    mekiki("restore", file, "--state", state)
    (state / "label-secret").write_text("0123456789abcdef" * 4)
    first = start(zone, SETTINGS, state=state)
    told = f"the database {state / 'mekiki.db'} is not of this installation"
    assert first.log().count(told) == 1
    assert "use `mekiki backup` and `mekiki restore`" in first.log()
    fetch(first, server)
    first.end()
    second = start(zone, SETTINGS, state=state)
    assert told not in second.log()
    second.end()


def test_two_daemons_do_not_share_a_folder(saved, folder, zone, start):
    daemon, _, _ = saved
    with pytest.raises(AssertionError) as refused:
        start(zone, SETTINGS, state=daemon.state)
    assert f"another `mekiki serve` (process {daemon.process.pid}) uses" in str(refused.value)
    # What works beside the daemon still does.
    mekiki("store", "check", "--state", daemon.state)
    mekiki("backup", folder / "beside.tar", "--state", daemon.state)
    assert daemon.is_alive()


def test_a_damaged_backup_restores_nothing(saved, folder):
    _, file, _ = saved
    whole = file.read_bytes()
    bad, state = folder / "bad.tar", folder / "untouched"
    state.mkdir()

    def refused(octets):
        bad.write_bytes(octets)
        said = mekiki("restore", bad, "--state", state, code=2)
        assert not list(state.iterdir()), said
        return said

    with tarfile.open(file) as archive:
        members = [(m.name, m.offset, m.offset_data, m.size) for m in archive]
    for name, offset, data, size in members:
        for cut in {offset, offset + 1, offset + 511, data, data + size - 1}:
            assert "damaged" in refused(whole[:cut]), (name, cut)
        for at in (offset, offset + 124, offset + 156, data, data + size - 1):
            changed = bytearray(whole)
            changed[at] ^= 1
            assert "damaged" in refused(bytes(changed)), (name, at)
    # A member left out, with all that is left in order.
    name, offset, data, size = members[1]
    gone = whole[:offset] + whole[members[2][1]:]
    assert "missing" in refused(gone)
    assert "damaged" in refused(b"")
    assert "damaged" in refused(os.urandom(4096))
    # Names that lead elsewhere are none of ours.
    evil = folder / "evil.tar"
    with tarfile.open(evil, "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(__file__, "../evil")
    assert "no backup of Mekiki" in refused(evil.read_bytes())
    assert not (folder / "evil").exists()


def test_a_database_of_a_newer_version_is_refused(saved, folder, start, zone):
    """`mekiki serve` with it serves mail without a history, and says why."""
    _, file, _ = saved
    state = folder / "newer"
    mekiki("restore", file, "--state", state)
    database = sqlite3.connect(state / "mekiki.db")
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("PRAGMA user_version = 99")
    database.close()
    octets = (state / "mekiki.db").read_bytes()
    refused = mekiki("backup", folder / "newer.tar", "--state", state, code=2)
    with tarfile.open(file) as old, tarfile.open(
            folder / "newer.tar", "w", format=tarfile.USTAR_FORMAT) as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == "mekiki.db":
                before, content = content, octets
            if member.name == "SHA256SUMS":
                content = content.replace(
                    hashlib.sha256(before).hexdigest().encode(),
                    hashlib.sha256(octets).hexdigest().encode())
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    said = mekiki("restore", folder / "newer.tar", "--state", folder / "older", code=2)
    daemon = start(zone, SETTINGS, state=state)
    for way_back in (said, refused, daemon.log()):
        assert "written by a newer Mekiki (version 99" in way_back
        assert "go back to a backup from before it" in way_back
    assert "there is no history" in daemon.log()
    assert (state / "mekiki.db").read_bytes() == octets
    assert not list((folder / "older").iterdir())


# ----------------------------------------------------------------- password


def passwd(state, word, *more, code=0):
    return mekiki("passwd", *more, "--state", state, code=code, input=word)


def test_a_new_password_ends_sign_ins(start, zone):
    daemon = start(zone, SETTINGS)
    visitor = Visitor(daemon.admin_port)
    visitor.set_up(daemon)
    assert visitor.ask("GET", "/api/settings")[0] == 200
    assert "from 10 to 1000" in passwd(daemon.state, b"short\n", code=2)
    assert visitor.ask("GET", "/api/settings")[0] == 200
    passwd(daemon.state, b"another one entirely\n")
    assert (daemon.state / "admin-password").stat().st_mode & 0o777 == 0o600
    assert visitor.ask("GET", "/api/settings")[0] == 401
    status, _, _ = Visitor(daemon.admin_port).ask(
        "POST", "/api/sign-in", {"password": PASSWORD})
    assert status == 403
    visitor = Visitor(daemon.admin_port)
    visitor.sign_in(password="another one entirely")
    assert visitor.ask("GET", "/api/settings")[0] == 200


def test_administrators_with_names_of_their_own(start, zone):
    daemon = start(zone, SETTINGS)
    first = Visitor(daemon.admin_port)
    first.set_up(daemon)
    passwd(daemon.state, b"hers is a long one\n", "hanako")
    assert first.ask("GET", "/api/settings")[0] == 401, "all sign in anew"
    assert passwd(daemon.state, b"", "--list") == "(without a name)\nhanako\n"
    hanako = Visitor(daemon.admin_port)
    session = hanako.begin("/api/sign-in", {"name": "hanako", "password": "hers is a long one"})
    assert (session["role"], session["name"]) == ("admin", "hanako")
    first.sign_in()
    for wrong in ({"password": "hers is a long one"}, {"name": "hanako", "password": PASSWORD},
                  {"name": "jiro", "password": PASSWORD}):
        assert Visitor(daemon.admin_port, "127.0.0.9").ask(
            "POST", "/api/sign-in", wrong)[0] == 403, wrong

    rule = {"account": "", "kind": "author", "pattern": "*@office.example", "signer": "",
            "effect": "trust", "days": None}
    made = hanako.post("/api/rules", rule)
    first.post("/api/rules/remove", made)
    assert hanako.ask("POST", "/api/rules", rule | {"kind": "x"})[0] == 400
    deeds = first.get("/api/deeds")["deeds"]
    assert [(d["who"], d["what"]) for d in deeds] == [
        ("", "rules/remove"), ("hanako", "rules"), ("", "sign-in"), ("hanako", "sign-in"),
        ("", "setup")], "and nothing that was refused"
    assert "*@office.example" in deeds[1]["details"] and f'"id":{made["id"]}' in deeds[1]["details"]
    assert all(abs(d["at"] - time.time()) < 600 and d["from"] == "127.0.0.1" for d in deeds)
    kept = (daemon.state / "admin-log").read_text()
    assert "office.example" in kept and "hers is" not in kept and PASSWORD not in kept
    assert (daemon.state / "admin-log").stat().st_mode & 0o777 == 0o600
    assert "hers is" not in daemon.log()

    assert "no administrator jiro" in passwd(daemon.state, b"", "jiro", "--remove", code=2)
    passwd(daemon.state, b"", "hanako", "--remove")
    assert hanako.ask("GET", "/api/settings")[0] == 401
    assert "somebody has to stay" in passwd(daemon.state, b"", "--remove", code=2)
    first.sign_in()


def test_a_new_password_ends_what_is_open(start, zone):
    """A page that hears of new mails, and asks nothing itself."""
    daemon = start(zone, SETTINGS)
    visitor = Visitor(daemon.admin_port)
    visitor.set_up(daemon)
    with socket.create_connection(("127.0.0.1", daemon.admin_port), 60) as page:
        page.sendall(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n"
                     % (daemon.admin_port, visitor.cookie.encode()))
        said = b""
        while b"retry:" not in said:
            said += page.recv(4096)
        passwd(daemon.state, b"another one entirely\n")
        beats = 0
        while octets := page.recv(4096):
            beats += octets.count(b":\n\n")
            assert beats < 4, "it goes on"


def test_a_first_password_ends_the_link(start, zone):
    daemon = start(zone, SETTINGS)
    passwd(daemon.state, b"set by hand, no link\n")
    with pytest.raises(AssertionError, match="403"):
        Visitor(daemon.admin_port).set_up(daemon)
    Visitor(daemon.admin_port).sign_in(password="set by hand, no link")


def test_it_asks_twice_where_a_person_types(start, zone):
    daemon = start(zone, SETTINGS)
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [binary(), "passwd", "--state", daemon.state], stdin=follower,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(follower)
    asked = b""
    for word in (b"the first of two\n", b"the second of two\n"):
        while asked.count(b": ") == 0:
            asked += process.stderr.read(1)
        asked = b""
        os.write(leader, word)
    _, said = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 2
    assert b"two different passwords" in said
    assert not (daemon.state / "admin-password").exists()
