"""A server whose provider Mekiki knows nothing of: no forgery can be recognised
there. Nothing may look quiet then; what helps is offered, and helps."""

import email.utils
import re
import time

import pytest

from harness.dashboard import PASSWORD, Visitor, setup_link
from harness.mekiki import binary
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_history import Mailbox

BANK = "bank.example"  # asks to reject what does not come from its own host
SERVER = "localhost"  # as a login often has it: no domain, no MX hosts


def mail(subject, author):
    """It came to the provider's only host, from elsewhere than the author's."""
    when = email.utils.formatdate(time.time() - 60)
    return (
        f"Return-Path: <x@{author}>\r\n"
        "Received: from mail.strange.example (mail.strange.example [198.51.100.66])\r\n"
        "\tby mx.user.example (Postfix) with ESMTP id 1\r\n"
        f"\tfor <taro@user.example>; {when}\r\n"
        f"Date: {when}\r\nFrom: Hanako <info@{author}>\r\nTo: taro@user.example\r\n"
        f"Subject: {subject}\r\n\r\nHello.\r\n").encode()


def mails(number, name):
    """Every fifth is forged in the bank's name."""
    return [mail(f"{name} {n}", BANK if n % 5 == 0 else f"friend{n}.example")
            for n in range(number)]


class Box(Mailbox):
    def __init__(self, mekiki, server, user="taro"):
        super().__init__(mekiki, server, user)
        self.login = f"{user}%{SERVER}:{server.port}"


@pytest.fixture(scope="module")
def zone(corpus):
    zone = corpus.zone
    zone.add_address(SERVER, ["127.0.0.1"])
    zone.add_text(BANK, "v=spf1 ip4:203.0.113.100 -all")
    zone.add_text(f"_dmarc.{BANK}", "v=DMARC1; p=reject")
    return zone


@pytest.fixture(scope="module")
def server():
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, {"upstream.clear_hosts": [SERVER]})


@pytest.fixture(scope="module")
def box(mekiki, server):
    return Box(mekiki, server)


@pytest.fixture(scope="module")
def administrator(mekiki, browser):
    made = browser.person(f"http://127.0.0.1:{mekiki.admin_port}")
    made.set_up(setup_link(mekiki), PASSWORD)
    return made


def health(mekiki):
    status, fields, body = Visitor(mekiki.admin_port).ask("GET", "/healthz")
    assert fields["Content-Type"].startswith("text/plain")
    return status, body.decode().splitlines()


def metric(mekiki, name):
    """The sum over its labels."""
    text = Visitor(mekiki.admin_port).ask("GET", "/metrics")[2].decode()
    values = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M)
    assert values
    return sum(map(float, values))


def headline(person):
    """What the overview leads with: its tone, and its words."""
    person.go("/#/mails")
    person.wait("form[role=search]")
    person.go("/#/")
    person.wait("form[role=search]", state="detached")
    person.wait(".headline")
    tone = person.evaluate(
        "document.querySelector('.headline').className.match(/tone-(\\w+)/)[1]")
    return tone, person.text(".headline >> nth=0")


def leave(person):
    """Else the page would complain once its server is gone."""
    person.browser.ask("go", page=person.page, url="about:blank")


def test_few_mails_are_too_early(mekiki, box, administrator):
    assert set(box.fetch(*mails(9, "few"))) == {"unverified"}
    tone, said = headline(administrator)
    assert tone == "unverified" and "too early to say" in said, said
    status, lines = health(mekiki)
    assert status == 200 and lines[0] == "ok"
    assert lines[1].startswith("border: ok, too early to say"), lines
    administrator.is_content()


def test_nothing_is_quiet_where_no_forgery_can_be_recognised(mekiki, box, administrator, shots):
    assert set(box.fetch(*mails(6, "more"))) == {"unverified"}
    tone, said = headline(administrator)
    assert tone == "altered", "amber"
    assert "cannot recognise most forgeries for \u2068localhost\u2069 yet" in said
    assert "0 of 15 mails" in said
    assert "15: nothing is known of your provider's hosts" in said and "mx.user.example" in said
    shown = administrator.text("main")
    assert "All quiet" not in shown and "No problem found" not in shown
    assert box.login.replace("%", "") in shown.replace("%", "")
    administrator.click("section.sight summary")
    administrator.sees('host_domain = "user.example"')
    administrator.shoot(shots / "blind.png")
    administrator.is_content()


def test_other_programs_learn_it(mekiki, box):
    until(lambda: health(mekiki)[1][0] == "warn", "the health page warns")
    status, lines = health(mekiki)
    assert status == 200, "mail is served"
    assert lines[1] == (
        "border: warn, most forgeries cannot be recognised at 1 of 1 mail servers: "
        "of 15 of 15 mails it is not known where they came in")
    assert [line.split(":")[0] for line in lines[1:]] == [
        "border", "resolver", "history", "budget", "disk", "certificate", "addon"]
    assert all(line.split(": ")[1].startswith("ok, ") for line in lines[2:]), lines
    assert metric(mekiki, "mekiki_blind_servers") == 1
    assert metric(mekiki, "mekiki_borders_total") == 15


def test_the_mails_page_says_why_it_could_not_be_accused(administrator, shots):
    administrator.go(f"/#/mails?domain={BANK}")
    administrator.wait(f".mail-row:has-text('{BANK}')")
    administrator.click(f".mail-row:has-text('{BANK}') a >> nth=0")
    administrator.sees("If it is forged, that could not be recognised, because nothing is known "
                       "of your provider's hosts")
    administrator.shoot(shots / "mail.png")
    administrator.is_content()


def test_a_user_reads_it_in_japanese_on_a_phone(browser, mekiki, box, shots, administrator):
    user = browser.person(f"http://127.0.0.1:{mekiki.admin_port}", locale="ja-JP", width=390)
    user.sign_in("password", box.login)
    user.sees("まだなりすましの多くを見破れません")
    user.sees("管理者が設定できます")
    assert "host_domain" not in user.text("main")
    user.shoot(shots / "blind-ja-phone.png")
    user.is_content()
    leave(user)
    dark = browser.person(f"http://127.0.0.1:{mekiki.admin_port}", width=360, scheme="dark")
    dark.sign_in(PASSWORD)
    dark.sees("cannot recognise most forgeries")
    dark.shoot(shots / "blind-dark-phone.png")
    dark.is_content()
    leave(dark)


def test_try_says_it(mekiki, box):
    box.server.mails = mails(3, "try")
    done = run([binary(), "try", "--config", mekiki.folder / "mekiki.toml",
                "--dns", mekiki.folder / "zone.json", "--state", mekiki.state, box.login],
               input=b"password\n")
    told = done.stdout.decode()
    assert "warn  border: of 3 of 3 mails it is not known where they came in" in told, told
    assert ("forgery that shows only by SPF, DMARC or a missing signature cannot be "
            "recognised among them") in told
    assert 'host_domain = "user.example"' in told


def test_try_does_not_advise_what_is_set(mekiki, box, tmp_path):
    """Two hosts of the provider, and no MX record that names one of them."""
    settings = tmp_path / "mekiki.toml"
    settings.write_text((mekiki.folder / "mekiki.toml").read_text() + (
        f'\n[[provider]]\nupstream = "{SERVER}"\nhost_domain = "user.example"\n'))
    inside = (b"Received: from mx.user.example (unknown [192.0.2.7])\r\n"
              b"\tby store.user.example (Postfix) with ESMTP id 2\r\n"
              b"\tfor <taro@user.example>; ")
    box.server.mails = [
        inside + email.utils.formatdate(time.time() - 60).encode() + b"\r\n" +
        m for m in mails(3, "set")]
    done = run([binary(), "try", "--config", settings,
                "--dns", mekiki.folder / "zone.json", "--state", mekiki.state, box.login],
               input=b"password\n")
    told = done.stdout.decode()
    assert 'the settings name host_domain = "user.example" already' in told, told
    assert "[[provider]]" not in told


def test_what_is_offered_helps(start, zone, mekiki, box, browser, administrator, server, shots):
    """The lines are set as they are offered; the notice goes by itself."""
    offered = Visitor(mekiki.admin_port)
    offered.sign_in()
    sight, = offered.get("/api/overview", days=7)["sight"]["servers"]
    lines = dict(re.findall(r'^(\w+) = "(.*)"$', sight["settings"], re.M))
    assert lines == {"upstream": SERVER, "host_domain": "user.example"}
    leave(administrator)
    mekiki.end()
    again = start(zone, {"upstream.clear_hosts": [SERVER], "users.budget": 0,
                         "provider": [lines]}, state=mekiki.state)
    until(lambda: "most forgeries cannot be recognised for localhost: of 15 of 15 mails" in again.log(),
          "the log says it at the start")
    new = Box(again, server)
    verdicts = new.fetch(*mails(19, "set"))
    assert verdicts.count("forged") == 4
    someone = browser.person(f"http://127.0.0.1:{again.admin_port}")
    someone.sign_in(PASSWORD)
    someone.sees("19 of 34 mails")
    someone.shoot(shots / "forged-and-blind.png")
    someone.is_content()
    new.fetch(*mails(1, "twentieth"))
    tone, said = headline(someone)
    assert tone == "forged" and "5 forged mails" in said
    assert "cannot recognise" not in someone.text("main")
    until(lambda: health(again)[1][0] == "ok", "the health page is content")
    assert "border: ok, it is known where 20 of 20 mails came in" in health(again)[1]


def test_without_a_history_nothing_is_green(start, zone, folder):
    state = folder / "damaged"
    state.mkdir(mode=0o700)
    (state / "mekiki.db").write_text("x" * 10_000)
    status, lines = health(start(zone, state=state))
    assert status == 200 and lines[0] == "warn"
    assert "border: warn, it is not known whether forgeries can be recognised" in lines
    assert "history: warn, there is no history: nobody is known" in lines
