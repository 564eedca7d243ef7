"""Mail clients that set themselves up: the files that they look for, and a real
Thunderbird that finds one, makes the account, and fetches a mail through it."""

import xml.etree.ElementTree as ElementTree

import pytest

from harness.dovecot import Dovecot
from harness.http import HttpClient
from harness.mekiki import take_marks
from harness.thunderbird import Thunderbird

DOMAIN = "clear.example"  # of the addresses, and the mail server's name
ADDRESS = f"taro@{DOMAIN}"
NAME = f"autoconfig.{DOMAIN}"
MAIL = b"From: hanako@example.jp\r\nTo: taro@clear.example\r\nSubject: one\r\n\r\ntext\r\n"
FILES = ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"]


@pytest.fixture(scope="module")
def dovecot(folder):
    made = Dovecot(folder / "dovecot")
    made.add_user("taro")
    made.deliver("taro", MAIL)
    yield made
    made.end()


@pytest.fixture(scope="module")
def mekiki(start, corpus, dovecot):
    corpus.zone.add_address(DOMAIN, ["127.0.0.1"])
    return start(corpus.zone, {
        "admin.names": [NAME], "upstream.clear_hosts": [DOMAIN],
        "autoconfig": [{"domain": DOMAIN, "incoming": "localhost", "server": DOMAIN,
                        "outgoing": f"smtp.{DOMAIN}", "outgoing_port": 587,
                        "outgoing_tls": "starttls"}],
        # The mail server's port is an unusual one.
        "route": [{"pattern": f"*@{DOMAIN}%{DOMAIN}", "host": DOMAIN,
                   "port": dovecot.port, "tls": "clear", "local_part_only": True}],
    })


def ask(mekiki, path, host=NAME, **options):
    with HttpClient(mekiki.admin_port) as client:
        return client.get(path, host, **options)


@pytest.mark.parametrize("path", FILES)
def test_the_file_is_where_clients_look_for_it(mekiki, path):
    status, fields, text = ask(mekiki, path + "?emailaddress=taro%40clear.example")
    assert (status, fields["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert (status, text) == (200, ask(mekiki, path)[2])
    assert "taro" not in text  # the same for everybody
    provider = ElementTree.fromstring(text).find("emailProvider")
    assert provider.get("id") == provider.findtext("domain") == DOMAIN
    incoming, outgoing = provider.find("incomingServer"), provider.find("outgoingServer")
    assert {e.tag: e.text for e in incoming} == {
        "hostname": "localhost", "port": str(mekiki.tls_port), "socketType": "SSL",
        "username": f"%EMAILADDRESS%%{DOMAIN}", "authentication": "password-cleartext"}
    assert {e.tag: e.text for e in outgoing} == {
        "hostname": f"smtp.{DOMAIN}", "port": "587", "socketType": "STARTTLS",
        "username": "%EMAILADDRESS%", "authentication": "password-cleartext"}
    assert ask(mekiki, path + "?emailaddress=taro@other.example")[0] == 404
    assert ask(mekiki, path + "?emailaddress=%zz")[0] == 400
    assert ask(mekiki, path, "autoconfig.other.example")[0] == 421
    assert ask(mekiki, path, method="POST", fields="Content-Length: 0\r\n")[0] == 405


REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
  <Request>
    <EMailAddress>{}</EMailAddress>
    <AcceptableResponseSchema>{}</AcceptableResponseSchema>
  </Request>
</Autodiscover>
"""
OUTER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
INNER = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
# The children of Protocol (MS-OXDSCLI 2.2.4.1.1.2.6) in the documented order, and
# what those of a few words may say.
PROTOCOL = ["Type", "Server", "Port", "LoginName", "DomainRequired", "SPA", "SSL",
            "Encryption", "AuthRequired", "UsePOPAuth", "SMTPLast"]
WORDS = {name: {"on", "off"} for name in (
    "DomainRequired", "SPA", "SSL", "AuthRequired", "UsePOPAuth", "SMTPLast")} | {
    "Type": {"POP3", "SMTP"}, "Encryption": {"None", "SSL", "TLS", "Auto"}}


def discover(mekiki, body, path="/autodiscover/autodiscover.xml"):
    with HttpClient(mekiki.admin_port) as client:
        octets = body.encode()
        client.send(f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: text/xml\r\n"
                    f"Content-Length: {len(octets)}\r\n\r\n".encode() + octets)
        return client.answer()


def test_outlooks_file_is_as_documented(mekiki):
    """No Outlook was asked."""
    status, _, text = discover(mekiki, REQUEST.format(ADDRESS, INNER))
    assert status == 200
    root = ElementTree.fromstring(text)
    assert root.tag == f"{{{OUTER}}}Autodiscover"
    (answer,) = root
    assert answer.tag == f"{{{INNER}}}Response"
    (account,) = answer
    names = [e.tag.removeprefix(f"{{{INNER}}}") for e in account]
    assert names == ["AccountType", "Action", "Protocol", "Protocol"]
    assert [e.text for e in account][:2] == ["email", "settings"]
    found = {}
    for protocol in list(account)[2:]:
        says = {e.tag.removeprefix(f"{{{INNER}}}"): e.text for e in protocol}
        assert list(says) == [name for name in PROTOCOL if name in says]
        assert all(says[name] in words for name, words in WORDS.items() if name in says)
        found[says["Type"]] = says
    pop3, smtp = found["POP3"], found["SMTP"]
    assert (pop3["Server"], pop3["Port"], pop3["SSL"], pop3["Encryption"]) == (
        "localhost", str(mekiki.tls_port), "on", "SSL")
    assert pop3["LoginName"] == f"{ADDRESS}%{DOMAIN}"
    assert (smtp["Server"], smtp["Port"], smtp["SSL"], smtp["Encryption"]) == (
        f"smtp.{DOMAIN}", "587", "on", "TLS")
    assert smtp["LoginName"] == ADDRESS and smtp["UsePOPAuth"] == "off"
    assert "UsePOPAuth" not in pop3  # only for SMTP


def test_what_is_no_question_of_outlook(mekiki):
    for path in ("/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"):
        assert discover(mekiki, REQUEST.format(ADDRESS, INNER), path)[0] == 200
    assert discover(mekiki, REQUEST.format("taro@other.example", INNER))[0] == 404
    for body in ("", "<x/>", REQUEST.format("&lt;taro@clear.example", INNER)):
        assert discover(mekiki, body)[0] == 400
    assert ask(mekiki, "/autodiscover/autodiscover.xml")[0] == 405


def test_a_reload_changes_it(mekiki):
    before = mekiki.chosen["autoconfig"]
    changed = [before[0] | {"outgoing": "relay.example"}]
    assert "not reloaded" not in mekiki.reload(autoconfig=changed)
    assert "<hostname>relay.example<" in ask(mekiki, FILES[0])[2]
    assert "not reloaded" not in mekiki.reload(autoconfig=[])
    assert ask(mekiki, FILES[0])[0] == 404
    assert "not reloaded" not in mekiki.reload(autoconfig=before)


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki):
    """The web is us alone: whatever name it asks for, by way of a proxy. There is
    no HTTPS, so that it comes down to HTTP."""
    made = Thunderbird(
        folder / "thunderbird", screen, [(mekiki.port, "nobody%other.example")], "x", {
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": mekiki.admin_port,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": mekiki.admin_port,
        })
    yield made
    made.end()


def test_thunderbird_sets_itself_up(thunderbird, mekiki, dovecot):
    found = thunderbird.run(
        """
        const folder = "resource:///modules/accountcreation/";
        const { FetchConfig } = ChromeUtils.importESModule(folder + "FetchConfig.sys.mjs");
        const { AccountConfig } = ChromeUtils.importESModule(folder + "AccountConfig.sys.mjs");
        const { CreateInBackend } = ChromeUtils.importESModule(
          folder + "CreateInBackend.sys.mjs");
        const [address, password, authority] = args;
        // As its user imports our authority.
        Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
          .addCertFromBase64(authority, "C,,");

        const stop = new window.AbortController();
        const config = await FetchConfig.fromISP(address.split("@")[1], address, stop.signal);
        AccountConfig.replaceVariables(config, "Taro", address, password);
        config.rememberPassword = true;
        config.incoming.leaveMessagesOnServer = true;
        const account = await CreateInBackend.createAccountInBackend(config);
        const server = account.incomingServer;
        const outgoing = MailServices.outgoingServer.getServerByKey(
          account.defaultIdentity.smtpServerKey);
        return {
          source: config.subSource,
          number: Number(account.key.replace("account", "")),
          incoming: [server.type, server.hostname, server.port, server.username,
                     server.socketType, server.authMethod],
          outgoing: [outgoing.serverURI.host, outgoing.serverURI.port, outgoing.username,
                     outgoing.socketType],
        };
        """, ADDRESS, dovecot.PASSWORD,
        "".join(mekiki.ca.read_text().splitlines()[1:-1]))
    tls, starttls, normal_password = 3, 2, 3
    assert found["source"] == "xml-from-isp-http"
    assert found["incoming"] == ["pop3", "localhost", mekiki.tls_port,
                                 f"{ADDRESS}%{DOMAIN}", tls, normal_password]
    assert found["outgoing"] == [f"smtp.{DOMAIN}", 587, ADDRESS, starttls]

    thunderbird.fetch(found["number"])
    (mail,) = thunderbird.stored(found["number"])
    octets = mail.replace(b"\r\n", b"\n")
    assert b"\nX-Mekiki-Verdict: " in octets and b"\n\ntext\n" in octets
