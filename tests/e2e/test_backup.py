"""Losing the machine: backup, restore, and a lost password."""

import hashlib
import io
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile

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
    assert sorted(p.name for p in daemon.state.iterdir()) == before


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


def passwd(state, word, code=0):
    return mekiki("passwd", "--state", state, code=code, input=word)


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
