"""The page Reports in a real Chromium: who sends as us, and what to do about it."""

import json

import pytest

from harness.account import mail as forged_mail
from harness.dashboard import PASSWORD, setup_link
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_history import HOST, Mailbox
from test_report_store import ABOUT, SOURCE, TODAY, boxes, fetched, report_mail, rows

FORGER = "203.0.113.66"
# What a stranger may write: it stays text.
SCRIPT = "<img src=x onerror=document.title='taken'>"


@pytest.fixture(scope="module")
def mekiki(start, corpus, folder):
    zone = corpus.zone
    zone.names[HOST] = {"A": ["127.0.0.1"], "MX": [[10, "mx.clear.example"]]}
    zone.add_address("mx.clear.example", ["192.0.2.10"])
    zone.add_text(ABOUT, f"v=spf1 ip4:{SOURCE} -all")
    zone.add_text(f"_dmarc.{ABOUT}", "v=DMARC1; p=reject")
    password = folder / "password"
    password.write_text("right\n")
    password.chmod(0o600)
    mails = [
        report_mail(corpus, "1", (SOURCE, 900, "pass", "pass"), (FORGER, 70, "fail", "fail")),
        report_mail(corpus, "2", (SOURCE, 800, "pass", "fail"), day=TODAY - 5),
        report_mail(corpus, SCRIPT, (FORGER, 5000, "pass", "pass"), org=SCRIPT, signed=False),
        # More senders than a page shows.
        report_mail(corpus, "3", *((f"10.0.{i}.1", 1, "pass", "fail") for i in range(103)), day=TODAY - 300),
    ]
    with ScriptedServer(mails) as server:
        made = start(zone, boxes(server, str(password)))
        fetched(made)
        until(lambda: rows(made, "SELECT count(*) FROM report_source WHERE due = 0") == [(0,)],
              "the DNS was asked for the names of senders")
        # One of the forged mails came to us.
        box = Mailbox(made, server)
        assert box.fetch(forged_mail("pay now", author=ABOUT)) == ["forged"]
        yield made


@pytest.fixture(scope="module")
def administrator(mekiki, browser):
    made = browser.person(f"http://127.0.0.1:{mekiki.admin_port}")
    made.set_up(setup_link(mekiki), PASSWORD)
    return made


def test_who_sends_as_us(administrator, shots):
    administrator.go("/#/reports")
    administrator.sees("Who sends as us", at="h1")
    administrator.sees("1,700 of 1,770 mails in this name pass DMARC.")
    # One reporter is the only one: it is believed.
    administrator.sees("There are reports of 2 days; it takes 20.")
    administrator.sees("1 report (5,000 mails) is left out")
    senders = administrator.texts(".sender")
    assert len(senders) == 2
    assert "192.0.2.0/24" in senders[0] and "nothing to do" in senders[0]
    assert "203.0.113.0/24" in senders[1] and "Nothing tells that this is yours" in senders[1]
    # Both sides: what came to our own mailboxes.
    assert administrator.text(".figure:last-child b") == "1"
    administrator.shoot(shots / "reports.png")
    administrator.is_content()


def decide(person, owner, note):
    person.click(".sender:last-child summary:has-text('Decide')")
    person.click(f".sender:last-child label:has-text('{owner}') >> nth=0")
    person.fill(".sender:last-child input[type=text]", note)
    person.click(".sender:last-child button:has-text('Save')")


def test_whose_a_sender_is(administrator, mekiki, shots):
    administrator.go("/#/reports")
    administrator.wait(".sender")
    # Nobody stands behind it, so nobody is asked.
    administrator.sees("counts as forged")
    decide(administrator, "ours", "the old web server")
    administrator.sees("Saved for 203.0.113.0/24.")
    administrator.sees("the old web server")
    administrator.sees("decided by the administrator")
    administrator.sees("It sends for you: let it sign")
    administrator.sees("Of the mails of 203.0.113.0/24, which sends for you, 70 were seen, and 70 failed")
    administrator.shoot(shots / "reports-marked.png")
    administrator.is_content()
    administrator.click("button:has-text('Undo')")
    administrator.sees("counts as forged")
    deeds = (mekiki.state / "admin-log").read_text().splitlines()
    assert [json.loads(d)["what"] for d in deeds if "sending/mark" in d] == ["sending/mark"] * 2
    assert "the old web server" in deeds[-2]


def test_a_reporter_is_left_out_and_counted_again(administrator, shots):
    administrator.go("/#/reports/list")
    administrator.wait("main tbody tr >> nth=0")
    administrator.click("main tbody tr:has-text('example.jp') button:has-text('Leave out') >> nth=0")
    administrator.sees("Reporters left out")
    administrator.shoot(shots / "reports-left-out.png")
    administrator.is_content()
    administrator.go("/#/reports")
    administrator.sees("The reports of 1 reporter are left out")
    administrator.sees("No proven report is about this domain")
    administrator.go("/#/reports/list")
    administrator.click("button:has-text('Count again') >> nth=0")
    administrator.wait("main tbody tr button:has-text('Leave out') >> nth=0")
    administrator.go("/#/reports")
    administrator.sees("1,700 of 1,770")


def test_down_to_address_and_reporter(administrator, shots):
    administrator.go("/#/reports")
    administrator.click(".sender:last-child summary:has-text('address')")
    administrator.click(f".sender:last-child a:has-text('{FORGER}')")
    administrator.sees(FORGER, at="h1")
    administrator.wait("main tbody tr >> nth=0")
    rows = administrator.texts("main tbody tr")
    assert len(rows) == 2
    assert "example.jp" in rows[0] and "neither passes" in rows[0]
    assert SCRIPT in rows[1] and "not proven" in rows[1]
    assert administrator.evaluate("document.querySelectorAll('main img').length") == 0
    administrator.shoot(shots / "reports-source.png")
    administrator.is_content()
    administrator.go("/#/reports/list")
    administrator.wait("main tbody tr >> nth=0")
    administrator.sees("not proven")
    assert len(administrator.texts("main tbody tr")) == 3
    administrator.is_content()


def test_a_period_is_in_the_address(administrator):
    administrator.go(f"/#/reports?domain={ABOUT}&days=7")
    administrator.sees("1,700 of 1,770")
    administrator.click("label:has-text('1 year')")
    administrator.wait("h2:has-text('Mails by week')")
    assert "days=365" in administrator.evaluate("location.hash")


def saved_file(administrator, query):
    administrator.go(f"/#/reports{query}")
    administrator.wait(".sender")
    administrator.evaluate("window.saved = ''")
    administrator.evaluate("""(() => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => (blob.text().then((t) => (window.saved = t)), make.call(URL, blob));
    })()""")
    administrator.click("button:has-text('CSV')")
    administrator.evaluate("""new Promise((done, late) => {
      const until = setInterval(() => window.saved && (clearInterval(until), done(1)), 50);
      setTimeout(late, 20000);
    })""")
    return administrator.evaluate("window.saved").strip("\ufeff").splitlines()


def test_its_file_has_every_address(administrator):
    lines = saved_file(administrator, "")
    assert [line.split(",")[1] for line in lines] == ["address", SOURCE, FORGER]
    assert [line.split(",")[-2] for line in lines] == ["owner", "ours", "foreign"]


def test_its_file_says_what_it_leaves_out(administrator):
    lines = saved_file(administrator, "?days=365")
    assert len(lines) == 1 + 100 + 1
    assert lines[-1].startswith('"(all others)",,,5,5,5,0,0,0,')
    administrator.sees("5 more mails came from addresses that are not listed.")


def test_in_japanese_on_a_dark_phone(browser, mekiki, shots, administrator):
    someone = browser.person(f"http://127.0.0.1:{mekiki.admin_port}", locale="ja-JP", width=360, scheme="dark")
    someone.sign_in(PASSWORD)
    someone.go("/#/reports")
    someone.sees("このドメインを名乗る送信元", at="h1")
    someone.sees("p=reject までの道のり")
    someone.click(".sender:last-child summary:has-text('誰のものかを決める')")
    someone.shoot(shots / "reports-ja-phone-dark.png")
    someone.is_content()
