"""What people say of a verdict, and the rules that they are offered: nothing
that everybody presses may harm the sender whose name was abused."""

import time

import pytest

from harness.account import mail as unsigned_mail
from harness.dashboard import PASSWORD, Visitor, setup_link
from harness.mails import DOMAIN
from harness.scripted import ScriptedServer
from test_history import HOST, Mailbox, mail

DAY = 86400


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    zone = corpus.zone
    zone.add_address(HOST, ["127.0.0.1"])
    zone.names[HOST] = {"A": ["127.0.0.1"], "MX": [[10, f"mx.{HOST}"]]}
    zone.add_address(f"mx.{HOST}", ["192.0.2.10"])
    zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return start(zone, {"upstream.clear_hosts": [HOST], "users.budget": 0})


@pytest.fixture(scope="module")
def box(mekiki, corpus):
    with ScriptedServer() as server:
        made = Mailbox(mekiki, server)
        assert made.fetch(
            unsigned_mail("wire", author=DOMAIN), unsigned_mail("odd", author="friend.example"),
            mail(corpus, "real", 0)) == ["forged", "unverified", "new"]
        yield made


@pytest.fixture(scope="module")
def administrator(mekiki, browser, box):
    made = browser.person(f"http://127.0.0.1:{mekiki.admin_port}")
    made.set_up(setup_link(mekiki), PASSWORD)
    return made


@pytest.fixture(scope="module")
def user(mekiki, browser, administrator, box):
    made = browser.person(f"http://127.0.0.1:{mekiki.admin_port}")
    made.sign_in("password", box.login)
    made.wait(".live-live", state="attached")
    return made


@pytest.fixture(scope="module")
def visitor(mekiki, administrator, box):
    made = Visitor(mekiki.admin_port)
    made.sign_in(box.login, "password")
    return made


@pytest.fixture(scope="module")
def numbers(visitor):
    """Of the mails, by verdict."""
    return {m["verdict"]: m["id"] for m in visitor.get("/api/mails")["mails"]}


def buttons(person):
    return " ".join(person.texts("main button"))


def test_on_a_forged_mail_there_is_no_rule(user, numbers, visitor, shots):
    user.go(f"/#/mail/{numbers['forged']}")
    user.sees("Is that right?")
    assert "rust" not in buttons(user), "neither Trust nor Distrust"
    user.click("button:has-text('This is a mistake')")
    user.sees("Noted as a mistake")
    user.sees("No answer yet")
    user.is_content()
    user.click("button:has-text('Undo')")
    user.sees("Is that right?")
    assert visitor.get("/api/mail", id=numbers["forged"])["feedback"] is None
    user.click("button:has-text('Yes, it is forged')")
    user.sees("You agree that it is forged")
    user.shoot(shots / "agreed.png")
    assert visitor.get("/api/reports")["reports"] == [], "there is nothing to answer"


def test_the_abused_sender_stays_as_it_was(box, corpus, visitor):
    """Today's button made its real mail unverified, and left the forgery."""
    assert visitor.rules() == set()
    assert box.fetch(mail(corpus, "real again", 0)) == ["new"]


def test_an_unproven_mail_is_reported_and_answered(user, administrator, numbers, shots):
    user.go(f"/#/mail/{numbers['unverified']}")
    user.sees("Is something wrong with this mail?")
    assert "rust" not in buttons(user), "a rule would do nothing"
    user.click("button:has-text('Report to the administrator')")
    user.sees("Reported. The administrator sees it.")
    user.is_content()

    administrator.go("/#/mails")
    administrator.sees("Reported by users")
    administrator.wait(".report:has-text('friend.example')")
    administrator.shoot(shots / "reports.png")
    administrator.is_content()
    administrator.click(".report button:has-text('It is forged')")
    administrator.sees("All reports are answered.")

    user.go("/#/mails")
    user.sees("Your reports")
    user.click(".report a")
    user.sees("The administrator: it is forged.")
    assert "Undo" not in buttons(user), "it is answered"
    user.is_content()


def test_in_japanese_on_a_phone(browser, mekiki, box, user, numbers, shots):
    someone = browser.person(f"http://127.0.0.1:{mekiki.admin_port}", locale="ja-JP", width=390)
    someone.sign_in("password", box.login)
    someone.wait(".live-live", state="attached")
    someone.go(f"/#/mail/{numbers['unverified']}")
    someone.sees("管理者の返事：なりすましです。")
    someone.shoot(shots / "answered-ja-phone.png")
    someone.is_content()


def test_a_rule_can_be_taken_back(user, numbers, visitor, box, shots):
    user.go(f"/#/mail/{numbers['new']}")
    user.sees(f"From the next mail on, mail that is proven to come from {DOMAIN} is called unverified")
    user.click(".act button:has-text('Distrust')")
    user.click(".sure .button-danger")
    user.wait(".act .saved")
    rule, = visitor.get("/api/rules")["rules"]
    assert (rule["effect"], rule["account"]) == ("distrust", box.login)
    assert abs(rule["until"] - time.time() - 30 * DAY) < 600, "30 days unless asked otherwise"
    user.shoot(shots / "undo.png")
    user.is_content()
    user.click(".act button:has-text('Undo')")
    user.wait(".act .saved", state="detached")
    assert visitor.rules() == set()


def test_the_own_domain_is_never_distrusted(visitor):
    rule = {"account": "", "kind": "author", "pattern": HOST, "signer": "",
            "effect": "distrust", "days": 30}
    status, _, body = visitor.ask("POST", "/api/rules", rule)
    assert status == 409 and b"domain of this account" in body
    assert visitor.ask("POST", "/api/rules", rule | {"pattern": f"ken@{HOST}"})[0] == 409
    assert visitor.rules() == set()


def test_words_that_do_not_fit_are_refused(visitor, numbers, mekiki):
    for verdict, said in (("forged", "report"), ("new", "mistake"), ("unverified", "")):
        status, _, _ = visitor.ask("POST", "/api/feedback",
                                   {"mail": numbers[verdict], "said": said})
        assert status == 409, (verdict, said)
    assert visitor.ask("POST", "/api/feedback", {"mail": 1, "said": "yes"})[0] == 400
    assert visitor.ask("POST", "/api/reports/answer",
                       {"mail": numbers["unverified"], "answer": "good"})[0] == 403
