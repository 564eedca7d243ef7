"""The dashboard as a program sees it: HTTP with a cookie and a token."""

import http.client
import json
import re
import urllib.parse

from .waiting import PATIENCE

PASSWORD = "correct horse battery"


def setup_link(mekiki):
    """What `mekiki serve` prints at its first start."""
    return re.search(r"https?://\S+/#/setup/\S+", mekiki.log())[0]


class Visitor:
    """Sends what a page would, but for what a test changes."""

    def __init__(self, port, client=None):
        """`client`: the address of loopback that it comes from."""
        self.port = port
        self.client = client and (client, 0)
        self.address = self.origin = f"http://127.0.0.1:{port}"
        self.cookie = None
        self.csrf = None

    def ask(self, method, path, body=None, fields=None, host=None):
        """(status, fields, body). `fields` replace, None leaves one out."""
        sent = {"Host": host or f"127.0.0.1:{self.port}"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if method == "POST":
            sent |= {"Origin": self.origin, "Content-Type": "application/json"}
            if self.csrf:
                sent["X-Mekiki-CSRF"] = self.csrf
        sent |= fields or {}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=self.client)
        octets = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        if octets is not None:
            connection.putheader("Content-Length", str(len(octets)))
        connection.endheaders(octets)
        answer = connection.getresponse()
        got = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return got

    def get(self, path, **query):
        path += "?" + urllib.parse.urlencode(query) if query else ""
        status, _, body = self.ask("GET", path)
        assert status == 200, (status, body)
        return json.loads(body)

    def post(self, path, body):
        status, _, answer = self.ask("POST", path, body)
        assert status == 200, (status, answer)
        return json.loads(answer)

    def begin(self, path, body):
        """Signs in; the answer to it."""
        status, fields, answer = self.ask("POST", path, body)
        assert status == 200, (status, answer)
        self.cookie = fields["Set-Cookie"].split(";")[0]
        self.csrf = json.loads(answer)["csrf"]
        return json.loads(answer)

    def rules(self):
        """Of the account that is signed in: {(pattern, signer, effect)}."""
        return {(rule["pattern"], rule["signer"], rule["effect"])
                for rule in self.get("/api/rules")["rules"] if rule["account"]}

    def set_up(self, mekiki):
        token = setup_link(mekiki).rsplit("/", 1)[1]
        return self.begin("/api/setup", {"token": token, "password": PASSWORD})

    def sign_in(self, account=None, password=PASSWORD):
        who = {"account": account} if account else {}
        return self.begin("/api/sign-in", {"password": password, **who})
