"""Reports of other hosts are kept: from files, from a mailbox that Mekiki
fetches, and from mails that clients fetch through it."""

import datetime
import email.message
import email.policy
import gzip
import html
import json
import pathlib
import re
import sqlite3
import threading
import time

import pytest

from harness.dashboard import Visitor
from harness.dovecot import Dovecot
from harness.mails import DOMAIN
from harness.mekiki import binary
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_history import HOST

ABOUT = "hoshizora.example"  # whom the reports are about
SOURCE = "192.0.2.1"
DAY = 86400
TODAY = int(time.time()) // DAY


def xml(number, rows, org="reporter.example", day=TODAY - 1):
    """`rows`: (address, count, dkim, spf)."""
    records = "".join(
        f"<record><row><source_ip>{a}</source_ip><count>{n}</count><policy_evaluated>"
        f"<disposition>none</disposition><dkim>{d}</dkim><spf>{s}</spf></policy_evaluated></row>"
        f"<identifiers><header_from>{ABOUT}</header_from></identifiers><auth_results>"
        f"<spf><domain>{ABOUT}</domain><result>{s}</result></spf></auth_results></record>"
        for a, n, d, s in rows)
    return (
        "<?xml version='1.0'?><feedback><report_metadata>"
        f"<org_name>{html.escape(org)}</org_name><report_id>{html.escape(number)}</report_id>"
        f"<date_range><begin>{day * DAY}</begin><end>{day * DAY + DAY - 1}</end></date_range>"
        f"</report_metadata><policy_published><domain>{ABOUT}</domain><p>none</p>"
        f"</policy_published>{records}</feedback>").encode()


def mail_with(octets, name="r.xml.gz", author=DOMAIN):
    made = email.message.EmailMessage(email.policy.SMTP)
    made["From"] = f"dmarc <noreply@{author}>"
    made["To"] = f"dmarc@{ABOUT}"
    made["Date"] = datetime.datetime.now(datetime.timezone.utc)
    made["Subject"] = "Report"
    made.set_content("A report.")
    made.add_attachment(octets, maintype="application", subtype="gzip", filename=name)
    return made.as_bytes()


def report_mail(corpus, number, *rows, signed=True, **how):
    mail = mail_with(gzip.compress(xml(number, rows or [(SOURCE, 10, "pass", "pass")], **how), mtime=0))
    return corpus.dkimpy(mail, "ed") if signed else mail


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.names["1.2.0.192.in-addr.arpa"] = {"PTR": ["out.esp.example"]}
    corpus.zone.add_address("out.esp.example", [SOURCE])
    corpus.zone.names["9.2.0.192.in-addr.arpa"] = {"PTR": ["mail.google.com"]}  # a lie
    corpus.zone.add_address("mail.google.com", ["198.51.100.1"])
    corpus.zone.add_text(ABOUT, f"v=spf1 ip4:{SOURCE} -all")
    return corpus.zone


@pytest.fixture()
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text("right\n")
    file.chmod(0o600)
    return str(file)


def boxes(server, password, **how):
    return {"reports": [{"account": f"dmarc%{HOST}:{server.port}", "password_file": password, **how}],
            "upstream.clear_hosts": [HOST]}


def rows(mekiki, query, *values):
    with sqlite3.connect(f"file:{mekiki.state}/mekiki.db?mode=ro", uri=True) as db:
        return db.execute(query, values).fetchall()


def kept(mekiki):
    """{id: whether it is proven}"""
    return {number: bool(proven) for number, proven in rows(
        mekiki, "SELECT number, proven FROM report WHERE whole = 1")}


def fetched(mekiki):
    until(lambda: "mails deleted" in mekiki.log(), "the mailbox is fetched")


# ------------------------------------------------------------------ by hand


def test_files_are_added_once(folder, corpus, zone):
    state = folder / "by-hand"
    place = folder / "reports"
    place.mkdir()
    (place / "a.xml").write_bytes(xml("a", [(SOURCE, 1, "pass", "pass")]))
    (place / "b.eml").write_bytes(report_mail(corpus, "b"))
    (place / "c.eml").write_bytes(report_mail(corpus, "c", signed=False))
    settings = folder / "none.toml"
    settings.write_text("")
    command = [binary(), "reports", "add", "--config", settings, "--state", state]
    done = run([*command, "--judge", "--dns", zone.write(folder / "zone.json"), place])
    assert done.stdout == b"3 reports added, of which 1 proven; 0 known before\n"
    done = run([*command, place])
    assert done.stdout == b"0 reports added, of which 0 proven; 3 known before\n"
    # Vouched for: the copies that nobody proved make way.
    done = run([*command, "--trust", place])
    assert done.stdout == b"2 reports added, of which 2 proven; 1 known before\n"
    with sqlite3.connect(state / "mekiki.db") as db:
        assert db.execute("SELECT count(*) FROM report").fetchone() == (3,)
    # The check of the domain tells the plan, by these reports.
    check = [binary(), "domain", "check", "--config", settings, "--state", state,
             "--dns", folder / "zone.json", "--lang", "en"]
    plan = json.loads(run([*check, "--json", ABOUT], check=False).stdout)["plan"]
    assert plan["step"] == "publish" and plan["reporters"] == 2
    text = run([*check, ABOUT], check=False).stdout.decode()
    assert "The plan (days with reports: 1)" in text
    assert f'_dmarc.{ABOUT}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc-reports@{ABOUT}"' in text
    (place / "d.txt").write_bytes(b"no report")
    done = run([*command, place], check=False)
    assert done.returncode == 1 and b"d.txt" in done.stderr


# --------------------------------------------------------------- a mailbox


def test_a_mailbox_is_fetched_and_left(start, corpus, zone, password):
    mails = [report_mail(corpus, "1"), b"Subject: no report\r\n\r\nHello.\r\n",
             report_mail(corpus, "2", signed=False), report_mail(corpus, "1")]
    with ScriptedServer(mails) as server:
        mekiki = start(zone, boxes(server, password))
        fetched(mekiki)
        assert kept(mekiki) == {"1": True, "2": False}
        assert "2 new, 1 known before, 1 mails not read, 0 mails deleted" in mekiki.log()
        assert "there is no report" in mekiki.log() or "is left where it is" in mekiki.log()
        until(lambda: "QUIT" in server.commands(), "the session is ended")
        assert not [c for c in server.commands() if c.startswith("DELE")]
        retrieved = [c for c in server.commands() if c.startswith("RETR")]
        assert len(retrieved) == 4
        mekiki.end()
        # Another process knows what was read.
        server.mails.append(report_mail(corpus, "3"))
        again = start(zone, boxes(server, password), state=mekiki.state)
        until(lambda: "3" in kept(again), "the new one is kept")
        assert [c for c in server.commands() if c.startswith("RETR")] == [*retrieved, "RETR 5"]


def test_a_real_server(start, corpus, zone, folder, password):
    """Dovecot: mails stay or go, and a restart reads none twice."""
    def fetch(user, after):
        mekiki = start(
            zone, {"reports": [{"account": f"{user}%{HOST}:{dovecot.port}", "password_file": password,
                                "after": after}], "upstream.clear_hosts": [HOST]},
            state=folder / f"state-{user}")
        until(lambda: "mails deleted" in mekiki.log() or "cannot be fetched" in mekiki.log(), "it is fetched")
        return mekiki

    def retrieved(user):
        """Of all sessions, as Dovecot logs them at their ends."""
        return [(int(n), int(d)) for n, d in re.findall(
            rf"pop3\({user}\).*retr=(\d+)/\d+, del=(\d+)/", dovecot.log())]

    dovecot = Dovecot(folder / "dovecot-reports")
    pathlib.Path(password).write_text(Dovecot.PASSWORD + "\n")
    try:
        mails = [report_mail(corpus, "1"), b"Subject: no report\r\n\r\nHello.\r\n",
                 report_mail(corpus, "2", ("192.0.2.7", 3, "fail", "fail"))]
        for user in ("leaves", "deletes"):
            dovecot.add_user(user, mails)
        left = fetch("leaves", "leave")
        assert kept(left) == {"1": True, "2": True}
        until(lambda: retrieved("leaves") == [(3, 0)], "the session is ended")
        assert dovecot.stored("leaves") == 3
        left.end()
        dovecot.deliver("leaves", report_mail(corpus, "3"))
        again = fetch("leaves", "leave")
        until(lambda: "3" in kept(again), "the new one is kept")
        until(lambda: retrieved("leaves") == [(3, 0), (1, 0)], "nothing else is read")
        assert dovecot.stored("leaves") == 4
        emptied = fetch("deletes", "delete")
        assert kept(emptied) == {"1": True, "2": True}
        until(lambda: dovecot.stored("deletes") == 1, "what is kept is deleted")
        assert retrieved("deletes") == [(3, 2)]
    finally:
        dovecot.end()


def test_only_what_is_kept_is_deleted(start, corpus, zone, password):
    broken = corpus.dkimpy(mail_with(b"PK\3\4 no zip", "r.zip"), "ed")
    mails = [report_mail(corpus, "1"), broken, report_mail(corpus, "2")]
    with ScriptedServer(mails) as server:
        mekiki = start(zone, boxes(server, password, after="delete"))
        fetched(mekiki)
        until(lambda: server.deleted, "mails are deleted")
        assert server.deleted == {1, 3}
        assert kept(mekiki) == {"1": True, "2": True}
        order = [c for c in server.commands() if c[:4] in ("RETR", "DELE", "QUIT")]
        assert order == ["RETR 3", "DELE 3", "RETR 2", "RETR 1", "DELE 1", "QUIT"]


def test_nothing_is_deleted_that_cannot_be_kept(start, corpus, zone, password):
    """Another program holds the database: the mail stays, and Mekiki goes on."""
    locks = []

    def lock(session, command):
        db = sqlite3.connect(mekiki.state / "mekiki.db", isolation_level=None,
                             check_same_thread=False)
        db.execute("BEGIN IMMEDIATE")
        locks.append(db)
        session.send(session.reply(command))

    with ScriptedServer([report_mail(corpus, "1")]) as server:
        server.on["GREETING"] = lambda session, _: (started.wait(60), session.line("+OK"))
        server.on["RETR"] = lock
        started = threading.Event()
        mekiki = start(zone, boxes(server, password, after="delete"))
        started.set()
        until(lambda: "cannot be fetched" in mekiki.log(), "the failure is told")
        assert "RETR 1" in server.commands()
        assert not [c for c in server.commands() if c.startswith("DELE")]
        assert kept(mekiki) == {}
        for db in locks:
            db.close()
        mekiki.end()
        del server.on["RETR"]
        again = start(zone, boxes(server, password, after="delete"), state=mekiki.state)
        until(lambda: server.deleted == {1}, "it is deleted once it is kept")
        assert kept(again) == {"1": True}


def test_one_bad_mail_stops_nothing(start, corpus, zone, password):
    """A mail that is far larger than LIST says, and one that LIST calls huge."""
    huge = 40 << 20

    def sizes(session, command):
        session.line("+OK")
        for number, mail in enumerate(session.server.mails, 1):
            session.line(f"{number} {huge if number == 2 else len(mail)}")
        session.line(".")

    mails = [b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n", b"Subject: huge\r\n\r\n",
             report_mail(corpus, "1")]

    def retrieve(session, command):
        if command != "RETR 1":
            return session.send(session.reply(command))
        session.line("+OK")
        session.send(b"Subject: large\r\n\r\n")
        for _ in range(34):
            session.send((b"x" * 998 + b"\r\n") * 1049)
        session.send(b".\r\n")

    with ScriptedServer(mails, on={"LIST": sizes, "RETR": retrieve}) as server:
        mekiki = start(zone, boxes(server, password))
        fetched(mekiki)
        assert kept(mekiki) == {"1": True}
        assert "RETR 2" not in server.commands()
        assert mekiki.log().count("it has more than 33554432 octets") == 2
        assert mekiki.memory("VmHWM") < 300 << 20


def test_a_stop_waits_for_no_large_report(start, corpus, zone, password):
    many = [(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", 1, "pass", "pass") for i in range(150_000)]
    with ScriptedServer([report_mail(corpus, "1", *many)]) as server:
        mekiki = start(zone, boxes(server, password))
        until(lambda: rows(mekiki, "SELECT count(*) FROM report WHERE whole = 0") == [(1,)],
              "it is being written")
        mekiki.end()
        assert kept(mekiki) == {}, "it was not waited for"


def test_a_reload_changes_mailboxes(start, corpus, zone, password):
    with ScriptedServer([report_mail(corpus, "1")]) as one, \
            ScriptedServer([report_mail(corpus, "2")]) as other:
        mekiki = start(zone, boxes(one, password))
        until(lambda: "1" in kept(mekiki), "the first is fetched")
        said = mekiki.reload(**{"reports": boxes(other, password)["reports"]})
        assert said.rstrip().endswith("reloaded") and "not reloaded" not in said
        until(lambda: "2" in kept(mekiki), "the other is fetched")
        # Others may read the password: refused, as at the start.
        pathlib.Path(password).chmod(0o644)
        said = mekiki.reload(**{"reports": boxes(one, password)["reports"]})
        assert "not reloaded" in said and "may be read or changed by others (mode 644)" in said


def test_health_and_metrics_tell_of_mailboxes(start, corpus, zone, password):
    with ScriptedServer([report_mail(corpus, "1"), b"Subject: no report\r\n\r\n"]) as server:
        mekiki = start(zone, boxes(server, password))
        fetched(mekiki)
        def page(path):
            return Visitor(mekiki.admin_port).ask("GET", path)[2].decode()

        until(lambda: "\nreports: ok, 1 mailbox was fetched in the last " in page("/healthz"),
              "the mailbox is fetched")
        told = page("/metrics")
        assert 'mekiki_reports_total{result="kept"} 1' in told
        assert 'mekiki_report_mails_total{result="unread"} 1' in told
        assert HOST not in page("/healthz")


@pytest.mark.parametrize("is_watched", [True, False])
def test_names_of_sources_lead_back(start, corpus, zone, password, is_watched):
    """A reverse name that its owner made up counts for nothing. Whose SPF record is
    asked for is not for the writer of a report to say."""
    mail = report_mail(corpus, "1", (SOURCE, 10, "pass", "pass"), ("192.0.2.9", 5, "fail", "fail"))
    with ScriptedServer([mail]) as server:
        mekiki = start(zone, boxes(server, password) | (
            {"domains.watch": [ABOUT]} if is_watched else {}))
        until(lambda: ("out.esp.example",) in rows(mekiki, "SELECT name FROM report_source"),
              "names are found")
        administrator = Visitor(mekiki.admin_port)
        administrator.set_up(mekiki)
        seen = administrator.get("/api/sending", domain=ABOUT, days=7)
        assert [(g["name"], g["mails"], g["passed"], g["step"]) for g in seen["groups"]] == [
            ("esp.example", 10, 10, "none"), ("192.0.2.0/24", 5, 0, "yours-or-forged")]
        assert seen["groups"][0]["sources"][0]["covered"] == (
            f"ip4:{SOURCE}" if is_watched else "")


# ------------------------------------------------------- through the proxy


def test_mails_of_clients_are_read_too(start, corpus, zone):
    mails = [report_mail(corpus, "1"), report_mail(corpus, "2")]
    with ScriptedServer(mails) as server:
        marked = f"dmarc%{HOST}:{server.port}"
        mekiki = start(zone, {"upstream.clear_hosts": [HOST], "domains.report_accounts": [marked]})
        for login, number in ((f"taro%{HOST}:{server.port}", 2), (marked, 1)):
            with mekiki.client().login(login, "right") as client:
                mail = client.mail(f"RETR {number}")
                assert mail.endswith(mails[number - 1][-200:])
                client.quit()
        until(lambda: "1" in kept(mekiki), "the report is kept")
        # The other account is nobody's to look into.
        assert kept(mekiki) == {"1": True}


# -------------------------------------------------------------- dashboard


def test_who_sends_as_us(start, corpus, zone, password):
    mails = [
        report_mail(corpus, "1", (SOURCE, 100, "pass", "fail"), ("198.51.100.7", 30, "fail", "fail")),
        report_mail(corpus, "2", (SOURCE, 50, "pass", "pass"), day=TODAY - 2),
        report_mail(corpus, "lie", ("203.0.113.66", 9999, "pass", "pass"), signed=False),
        report_mail(corpus, "old", ("203.0.113.1", 7, "pass", "pass"), day=TODAY - 50),
    ]
    with ScriptedServer(mails) as server:
        mekiki = start(zone, boxes(server, password))
        fetched(mekiki)
        administrator = Visitor(mekiki.admin_port)
        administrator.set_up(mekiki)
        seen = administrator.get("/api/sending", days=7)
        assert seen["others"]["mails"] == 0
        assert seen["domain"] == ABOUT and seen["policy"] == "p=none adkim=r aspf=r"
        assert [(d["day"], d["passed"], d["failed"]) for d in seen["days"]] == [
            (TODAY - 2, 50, 0), (TODAY - 1, 100, 30)]
        assert seen["unproven"] == {"reports": 1, "mails": 9999}
        assert (seen["reports"], seen["reporters"]) == (2, 1)
        listed = administrator.get("/api/sending/reports", domain=ABOUT, days=365)
        assert [(r["id"], r["proven"], r["author"]) for r in listed["reports"]] == [
            ("1", True, DOMAIN), ("lie", False, ""), ("2", True, DOMAIN), ("old", True, DOMAIN)]
        one = administrator.get("/api/sending/source", domain=ABOUT, days=7, address=SOURCE)
        assert (one["source"]["mails"], one["source"]["dkim"], one["source"]["spf"]) == (150, 150, 50)
        assert [r["mails"] for r in one["rows"]] == [100, 50]
        status, _, _ = Visitor(mekiki.admin_port).ask("GET", "/api/sending")
        assert status == 401
