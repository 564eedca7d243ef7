"""The dashboard in a real Chromium: what people see, and what they can do."""

import os
import sqlite3
import time
import urllib.parse

import pytest

from harness.account import mail as forged_mail
from harness.dashboard import PASSWORD, Visitor, setup_link
from harness.mails import DOMAIN
from harness.mekiki import binary
from harness.process import run
from harness.scripted import ScriptedServer
from test_borders import add_organizations, proven_mail
from test_history import HOST, Mailbox, mail

BANK = "bank.example"  # asks to reject what it did not sign
WATCHED = "hoshizora-card.example"
LOOK_ALIKE = "hoshiz0ra-card.example"
SCRIPT = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.names["clear.example"] = {"A": ["127.0.0.1"], "MX": [[10, "mx.clear.example"]]}
    corpus.zone.add_address("mx.clear.example", ["192.0.2.10"])
    corpus.zone.add_text(BANK, "v=spf1 -all")
    corpus.zone.add_text(f"_dmarc.{BANK}", "v=DMARC1; p=reject")
    add_organizations(corpus)
    return start(corpus.zone, {"upstream.clear_hosts": [HOST], "users.budget": 0,
                               "verdict.watched": [WATCHED], "domains.watch": [BANK]},
                 env=dict(os.environ, TZ="UTC"))


@pytest.fixture(scope="module")
def address(mekiki):
    return f"http://127.0.0.1:{mekiki.admin_port}"


@pytest.fixture(scope="module")
def box(mekiki, corpus):
    with ScriptedServer() as server:
        made = Mailbox(mekiki, server)
        assert made.fetch(mail(corpus, "one", 0), mail(corpus, "two", 1)) == ["new", "new"]
        yield made


@pytest.fixture(scope="module")
def administrator(mekiki, browser, address, box):
    """Comes by the link of the first start."""
    made = browser.person(address)
    made.set_up(setup_link(mekiki), PASSWORD)
    return made


@pytest.fixture(scope="module")
def user(browser, address, administrator, box):
    made = browser.person(address, locale="ja-JP", width=390, notices=True)
    made.sign_in("password", box.login)
    made.wait(".live-live", state="attached")
    return made


def test_wrong_password(browser, address, administrator):
    someone = browser.person(address)
    someone.sign_in("wrong")
    someone.wait(".form-error")
    assert "not the password" in someone.text(".form-error")
    assert any("403" in c for c in browser.ask("complaints"))


def test_a_forged_mail_arrives_while_somebody_looks(administrator, mekiki, box, shots):
    """Fetched by curl; the page is not loaded again."""
    administrator.go("/#/mails")
    administrator.sees(DOMAIN)
    administrator.evaluate("window.untouched = true")
    box.server.mails = [forged_mail(SCRIPT, author=BANK)]
    name = urllib.parse.quote(box.login, safe="")
    run(["curl", "-s", f"pop3://{name}:password@127.0.0.1:{mekiki.port}/1"])
    administrator.wait(f".mail-row:has-text('{BANK}')")
    assert administrator.evaluate("window.untouched") is True
    administrator.shoot(shots / "mails.png")
    administrator.is_content()


def test_its_story_and_what_it_says_is_only_text(administrator, shots):
    administrator.click(f".mail-row:has-text('{BANK}') a")
    administrator.sees("Forged")
    administrator.sees(f"hanako@{BANK}")
    administrator.sees(SCRIPT, at="h1")
    story = administrator.text("main pre")
    assert "Verdict: forged" in story and "X-Mekiki-Reason: dmarc-fail" in story
    assert "\x1b" not in story
    assert "taken" not in administrator.evaluate("document.title").replace(SCRIPT, "")
    assert administrator.evaluate("document.querySelectorAll('main img, main script').length") == 0
    administrator.shoot(shots / "story.png")
    administrator.is_content()


def test_filters_are_in_the_address(administrator, box):
    administrator.go("/#/mails?verdict=forged")
    administrator.wait(f".mail-row:has-text('{BANK}')")
    assert len(administrator.texts(".mail-row")) == 1
    administrator.go(f"/#/mails?domain={DOMAIN}")
    administrator.wait(f".mail-row:has-text('{DOMAIN}')")
    assert all(BANK not in row for row in administrator.texts(".mail-row"))
    administrator.go("/#/mails?domain=nobody.example")
    administrator.sees("No mail fits these filters.")


def test_a_search_takes_nothing_for_more_than_text(administrator):
    for typed in ("onerror=", "<SCRIPT>", f"{BANK} taken", "dmarc-fail"):
        administrator.go("/#/mails?search=" + urllib.parse.quote(typed))
        administrator.wait(f".mail-row:has-text('{BANK}')")
        assert len(administrator.texts(".mail-row")) == 1, typed
        assert administrator.evaluate("document.querySelectorAll('main img, main script').length") == 0
    administrator.is_content()
    for typed in ("<b>nothing</b>", "on%or"):
        administrator.go("/#/mails?search=" + urllib.parse.quote(typed))
        administrator.sees("Nothing that is kept of a mail has all of these words.")
    administrator.go("/#/mails?search=a")
    administrator.sees("two letters or more")
    administrator.is_content()  # nor was the server asked, which refuses it


def test_mails_that_earlier_rules_judged(administrator, mekiki, box):
    """As after an update, whose first mail comes tomorrow."""
    def tell(since):
        with sqlite3.connect(mekiki.state / "mekiki.db", timeout=30) as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES ('rules-since', ?)",
                       (str(since),))
        administrator.go("/")
        administrator.go("/#/mails?verdict=forged")
        administrator.wait(f".mail-row:has-text('{BANK}')")

    tell(int(time.time()) + 86400)
    administrator.sees("keep the verdict of the rules of their time")
    administrator.click(f".mail-row:has-text('{BANK}') a")
    administrator.sees("Judged by the rules of its time")
    tell(0)
    administrator.is_content()
    assert "rules of their time" not in administrator.text("main")


def test_a_wave_is_told_first(administrator, user, box, shots):
    mails = [forged_mail(f"wave {n}", author=BANK) for n in range(5)]
    mails += [forged_mail("card", author=LOOK_ALIKE)]
    assert box.fetch(*mails) == ["forged"] * 6
    administrator.go("/#/mails")
    administrator.go("/")
    administrator.sees(f"Wave: 6 forged mails in the name of {BANK}", at=".wave")
    administrator.sees(box.login, at=".wave")
    administrator.sees("Names misused")
    assert BANK in administrator.text("section[aria-labelledby=forged-domains]")
    apart = administrator.text("section[aria-labelledby=look-alikes]")
    assert LOOK_ALIKE in apart and WATCHED in apart and BANK not in apart
    assert "history begins" in administrator.text(".figures"), "nothing is compared with before"
    administrator.shoot(shots / "wave.png")
    administrator.is_content()
    administrator.click(".wave a.button")
    administrator.wait(f".mail-row:has-text('{BANK}')")
    assert len(administrator.texts(".mail-row")) == 6
    # Among others it is one item, which opens.
    administrator.go("/#/mails")
    administrator.wait(f".mail-wave:has-text('6 forged mails in the name of {BANK}')")
    administrator.wait(".mail-wave .mail-row >> nth=0", state="hidden")
    administrator.click(".mail-wave summary")
    administrator.wait(".mail-wave .mail-row >> nth=5")
    administrator.shoot(shots / "wave-in-list.png")
    administrator.is_content()


def test_those_whom_a_wave_reached_are_told_by_the_readers_own_program(administrator, user, box, shots):
    administrator.go("/#/mails")
    administrator.go("/")
    administrator.click(".wave button:has-text('Tell them')")
    administrator.wait(".wave a[href^='mailto:']")
    link = administrator.evaluate("document.querySelector('.wave a[href^=\"mailto:\"]').href")
    asked = urllib.parse.parse_qs(link.removeprefix("mailto:?"), strict_parsing=True)
    # The login is no address: it is named beside.
    assert set(asked) == {"subject", "body"}
    assert asked["subject"] == [f"Forged mail in the name of {BANK}"]
    assert f"6 mails that claim to come from {BANK}" in asked["body"][0]
    assert "change that password now" in asked["body"][0]
    assert box.login in administrator.text(".wave .card")
    assert "Mekiki sends nothing by itself" in administrator.text(".wave .card")
    administrator.shoot(shots / "wave-tell.png")
    administrator.is_content()
    administrator.click(".wave button:has-text('Watch this name')")
    administrator.wait(".wave pre")
    assert f'watched = ["{WATCHED}", "{BANK}"]' in administrator.text(".wave pre")
    administrator.is_content()
    # A user has no use for either.
    user.go("/#/mails")
    user.go("/")
    user.wait(".wave")
    assert user.texts(".wave button") == []
    user.go("/")
    user.sees(f"{BANK} をかたるなりすましメールが", at=".wave")
    user.shoot(shots / "wave-ja-phone.png")
    user.is_content()


def test_the_page_of_a_domain_begins_with_what_was_forged(administrator, shots):
    administrator.go(f"/#/domain/{BANK}")
    administrator.sees("6 forged mails in its name.", at=".notice")
    # Ours: to distrust it would strike our own mails alone.
    administrator.wait("#domain-act")
    assert not any("Distrust" in text for text in administrator.texts("main button"))
    administrator.go(f"/#/domain/{LOOK_ALIKE}")
    administrator.sees(f"It looks like {WATCHED}, and is another one: do not trust it.")
    assert not any("rust" in text for text in administrator.texts("main button"))
    administrator.shoot(shots / "look-alike.png")
    administrator.is_content()


def test_the_chart_leads_to_the_mails_of_a_day(administrator, box):
    key = "document.querySelector('.chart').dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
    administrator.go("/#/mails")
    administrator.go("/")
    administrator.wait(".chart canvas")
    shown = int(administrator.texts(".figure b")[0])
    administrator.evaluate(key % "End")
    administrator.wait(".readout strong:not(:has-text('Total'))")
    administrator.evaluate(key % "Enter")
    administrator.wait(".mail-row")
    asked = administrator.evaluate("location.hash")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert f"from={today}" in asked and "to=" in asked
    assert f"{shown} of {shown}" in administrator.text(".heading")  # all came today
    administrator.is_content()
    administrator.click(".mail-row a")
    administrator.click(".facts a")  # its domain
    administrator.wait("main .crumb")
    assert f"from={today}" in administrator.evaluate("location.hash"), "links keep the period"
    # In the middle of the chart is another day.
    administrator.go("/")
    administrator.click(".chart")
    administrator.sees("No mail fits these filters.")
    assert f"from={today}" not in administrator.evaluate("location.hash")


def test_days_of_the_chart_where_the_reader_is_elsewhere(browser, address, box, user):
    someone = browser.person(address, locale="ja-JP", zone="Asia/Tokyo")
    someone.sign_in("password", box.login)
    someone.sees("日付は、サーバーのタイムゾーン UTC によるものです。")
    shown = int(someone.texts(".figure b")[0])
    someone.click(".chart-card button")  # as a table
    someone.click(".chart-card tbody th a")  # today
    someone.wait(".mail-row")
    asked = urllib.parse.unquote(someone.evaluate("location.hash"))
    today = time.strftime("%Y-%m-%dT00:00Z", time.gmtime())
    assert f"from={today}" in asked
    assert f"{shown} 通中 {shown} 通" in someone.text(".heading").replace("\u00a0", " ")
    someone.sees("09:00 JST ～")
    someone.is_content()
    someone.click("button:has-text('期間を外す')")
    someone.wait("button:has-text('期間を外す')", state="detached")


def test_days_are_those_of_the_server(start, corpus, browser):
    mekiki = start(corpus.zone, {"upstream.clear_hosts": [HOST]},
                   env=dict(os.environ, TZ="Asia/Tokyo"))
    address = f"http://127.0.0.1:{mekiki.admin_port}"
    with ScriptedServer() as server:
        box = Mailbox(mekiki, server)
        assert box.fetch(mail(corpus, "one", 0)) == ["new"]
        elsewhere = browser.person(address)
        elsewhere.sign_in("password", box.login)
        near = browser.person(address, zone="Asia/Tokyo")
        near.sign_in("password", box.login)

    overview = elsewhere.evaluate("fetch('/api/overview?days=7').then((r) => r.json())")
    assert overview["zone"] == {"name": "JST", "east": 9 * 3600}
    today = overview["days"][-1]
    assert today["start"] == today["day"] * 86400 - 9 * 3600
    assert today["end"] == today["start"] + 86400
    assert today["new"] == 1

    def see_today(someone):
        someone.click(".chart-card button")  # as a table
        shown = someone.text(".chart-card tbody th a")
        someone.click(".chart-card tbody th a")
        someone.wait(".mail-row")
        someone.sees("1 of 1", at=".heading")
        return shown, urllib.parse.unquote(someone.evaluate("location.hash"))

    date = time.gmtime(today["day"] * 86400)
    elsewhere.sees("Days are those of the server, UTC+09:00 (JST).")
    shown, link = see_today(elsewhere)
    assert str(date.tm_mday) in shown.split() and time.strftime("%b", date) in shown
    assert f"from={time.strftime('%Y-%m-%dT15:00Z', time.gmtime(today['start']))}" in link
    near.wait(".chart-card")
    assert "Days are those" not in near.text()
    shown, link = see_today(near)
    assert f"from={time.strftime('%Y-%m-%d', date)}&" in link + "&"


def test_terms_are_explained_at_a_touch(administrator, user):
    administrator.go("/")
    administrator.click(".figure .term summary")
    administrator.sees("confirmed that the mail comes from its author's domain", at=".figure .term[open]")
    administrator.is_content()
    user.go(f"/#/domain/{DOMAIN}")
    user.click(".term summary")
    user.sees("ドメインがどれだけ規則的に署名しているか")
    user.is_content()


def test_texts_are_for_their_user(administrator, user, box, shots):
    """history.keep = "own", as it is by default."""
    administrator.go(f"/#/mails?domain={DOMAIN}")
    administrator.wait(f".mail-row:has-text('{DOMAIN}')")
    assert f"hanako@{DOMAIN}" not in administrator.text("main")
    administrator.click(".mail-row a")
    administrator.sees("seen by this account's user alone")
    administrator.sees("unless the user reports the mail to you")
    administrator.shoot(shots / "for-user.png")
    administrator.is_content()
    user.go(f"/#/mails?domain={DOMAIN}")
    user.wait(f".mail-row:has-text('hanako@{DOMAIN}')")
    user.click(".mail-row a")
    user.sees("このメールのアドレスと件名が管理者にも表示されます")
    user.is_content()


def test_what_administrators_did_is_told(administrator, shots):
    administrator.go("/#/settings")
    administrator.sees("What administrators did")
    administrator.click("section[aria-labelledby=deeds] summary")
    administrator.sees("chose the first password")
    administrator.shoot(shots / "deeds.png")
    administrator.is_content()


def test_a_trusted_pair_is_genuine_from_then_on(administrator, box, corpus):
    assert box.fetch(mail(corpus, "before", 0)) == ["new"]
    administrator.go(f"/#/domain/{DOMAIN}")
    administrator.sees(DOMAIN, at="h1")
    administrator.click(".act .button-primary")
    administrator.wait(".act .saved")
    assert box.fetch(mail(corpus, "after", 0)) == ["genuine"]
    administrator.is_content()


def test_every_page_of_the_administrator(administrator, shots):
    for page, expected in [
        ("", "Overview"), ("domains", DOMAIN), ("keys", DOMAIN),
        ("people", HOST), ("settings", "upstream.clear_hosts"),
    ]:
        administrator.go(f"/#/{page}")
        administrator.sees(expected)
        heading = administrator.text("h1")
        assert administrator.evaluate("document.title") == f"{heading} – Mekiki"
        administrator.shoot(shots / f"{page or 'overview'}.png")
        administrator.is_content()


def test_an_own_domain_with_its_forgeries(browser, address, administrator, box, shots):
    """On a phone, too, dark and in Japanese."""
    assert box.fetch(forged_mail("in our name", author=BANK)) == ["forged"]
    someone = browser.person(address, locale="ja-JP", width=360, scheme="dark")
    someone.sign_in(PASSWORD)
    for person, name in [(administrator, "own"), (someone, "own-ja-phone")]:
        person.go("/#/own")
        person.click("tbody a")
        person.wait("section[aria-labelledby=own-findings]")
        person.sees("v=spf1 -all")
        person.wait("section[aria-labelledby=own-forged] svg")
        person.shoot(shots / f"{name}.png")
        person.is_content()


def test_a_user_chooses_how_to_be_told(user, mekiki, box, shots):
    """In Japanese, on a phone."""
    user.go("/#/me")
    assert user.evaluate("document.documentElement.lang") == "ja"
    user.wait("aside.rehearsal [role=status]")
    user.check("fieldset.ways label:nth-of-type(1) input")
    user.click("form .button-primary")
    user.wait(".saved")
    user.shoot(shots / "me-ja-phone.png")
    user.is_content()
    visitor = Visitor(mekiki.admin_port)
    visitor.sign_in(box.login, "password")
    assert "A" in visitor.get("/api/me")["choice"]["methods"]


def test_the_choice_counts_from_the_next_login_on(user, box):
    """Method A: what came as it was arrives rewritten."""
    box.server.mails = [forged_mail("rewritten now", author=BANK)]
    with box.mekiki.client().login(box.login, "password") as client:
        assert b"multipart/mixed" in client.mail("RETR 1")
        client.quit()


def test_a_user_gets_a_notice_of_the_desktop(user, box):
    user.go("/#/me")
    user.click("section:has(#notices) button, section:has(#notices) input")
    assert box.fetch(forged_mail("noticed", author=BANK)) == ["forged"]
    user.evaluate("""new Promise((done, late) => {
      const until = setInterval(() => window.shown.length && (clearInterval(until), done(1)), 50);
      setTimeout(late, 20000);
    })""")
    assert BANK in user.evaluate("window.shown.join()")


def test_every_page_of_a_user(user, shots):
    for page in ("", "mails", "domains"):
        user.go(f"/#/{page}")
        user.wait("main h1")
        user.sees(DOMAIN if page else "通")
        user.shoot(shots / f"{page or 'overview'}-ja-phone.png")
        user.is_content()
    assert "/#/people" not in str(user.evaluate(
        "[...document.querySelectorAll('a')].map((a) => a.href)"))


def test_dark_and_narrow(browser, address, mekiki, shots, administrator):
    someone = browser.person(address, width=360, scheme="dark")
    someone.sign_in(PASSWORD)
    for page, expected in [("", "Overview"), ("mails", BANK), ("people", HOST)]:
        someone.go(f"/#/{page}")
        someone.sees(expected)
        someone.shoot(shots / f"{page or 'overview'}-dark-phone.png")
        someone.is_content()


def test_an_encoded_subject_is_read(administrator, box):
    administrator.go("/#/mails")
    encoded = "=?iso-2022-jp?B?GyRCPzY5fkBoJE5KUTk5GyhC?="  # by Python's codecs
    assert box.fetch(forged_mail(encoded, author=BANK)) == ["forged"]
    # It joins the wave that is shown, which opens.
    administrator.wait(".mail-wave .mail-row:has-text('振込先の変更')", state="attached")
    administrator.click(".mail-wave summary")
    administrator.wait(".mail-row:has-text('振込先の変更')")


def test_the_question_about_the_providers_server(browser, address, mekiki, administrator,
                                                 corpus, shots):
    """Asked on the own page, and of the administrator on that account's mails."""
    with ScriptedServer() as server:
        jiro = Mailbox(mekiki, server, "jiro")
        assert jiro.fetch(*(proven_mail(corpus, n) for n in range(5))) == ["new"] * 5
        someone = browser.person(address, locale="ja-JP", width=390)
        someone.sign_in("password", jiro.login)
        someone.wait(".live-live", state="attached")
        someone.go("/#/me")
        someone.sees("メールは gw*.hidden.example から届いています")
        someone.shoot(shots / "question-ja-phone.png")
        someone.is_content()
        administrator.go("/#/mails?account=" + urllib.parse.quote(jiro.login, safe=""))
        administrator.sees("gw*.hidden.example (seen in 5 mails of 5 senders that are proven)")
        administrator.is_content()
        someone.click("section:has(#border-0) button:has-text('はい')")
        someone.wait("#border-0", state="detached")
        done = run([binary(), "provider", "list", "--state", mekiki.state])
        assert b"in use, confirmed" in done.stdout


def test_signing_out(administrator):
    administrator.go("/")
    administrator.click(".panel-menu button")
    administrator.click("button:has-text('Sign out')")
    administrator.wait("#password")
    administrator.go("/#/mails")
    administrator.wait("#password")
