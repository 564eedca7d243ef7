"""The dashboard's interface, as a page in a browser uses it (docs/dashboard.md)."""

import json
import urllib.request

from .waiting import PATIENCE


class Dashboard:
    """Signed in with a mailbox."""

    def __init__(self, port, account, password):
        self.address = f"http://127.0.0.1:{port}"
        self.headers = {"Origin": self.address}
        answer, fields = self._ask(
            "/api/sign-in", {"account": account, "password": password})
        self.headers["Cookie"] = fields["Set-Cookie"].partition(";")[0]
        self.headers["X-Mekiki-CSRF"] = answer["csrf"]

    def _ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, self.headers | {
            "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as got:
            return json.load(got), got.headers

    def get(self, path):
        return self._ask(path)[0]

    def post(self, path, body):
        return self._ask(path, body)[0]

    def rules(self):
        """Of this account: {(pattern, signer, effect)}."""
        return {(rule["pattern"], rule["signer"], rule["effect"])
                for rule in self.get("/api/rules")["rules"] if rule["account"]}
