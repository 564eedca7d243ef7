"""Remote control of a Mozilla program: the few commands that the tests need."""

import base64
import json
import socket

from .waiting import PATIENCE, until


class ScriptError(AssertionError):
    pass


class Marionette:
    """One session, in the chrome context: scripts see all that the program is."""

    def __init__(self, port):
        self.socket = until(lambda: self._connect(port), "Marionette answers")
        self.socket.settimeout(PATIENCE * 3)
        self.buffer = b""
        self.number = 0
        self._read()  # its greeting
        self.call("WebDriver:NewSession", {})
        self.call("Marionette:SetContext", {"value": "chrome"})
        self.call("WebDriver:SetTimeouts", {"script": PATIENCE * 2 * 1000})

    @staticmethod
    def _connect(port):
        try:
            return socket.create_connection(("127.0.0.1", port), 1)
        except OSError:
            return None

    def _read(self):
        while b":" not in self.buffer:
            self._fill()
        length, _, self.buffer = self.buffer.partition(b":")
        while len(self.buffer) < int(length):
            self._fill()
        text, self.buffer = self.buffer[: int(length)], self.buffer[int(length) :]
        return json.loads(text)

    def _fill(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise ConnectionError("Marionette closed the connection")
        self.buffer += octets

    def call(self, name, parameters):
        self.number += 1
        command = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(command), command))
        _, number, error, result = self._read()
        assert number == self.number, (number, self.number)
        if error:
            raise ScriptError(f"{name}: {error['message']}\n{error['stacktrace']}")
        return result

    def run(self, body, *arguments):
        """The answer of an async function with this body; `args` are given."""
        script = (
            "const [...args] = arguments; const done = args.pop();"
            f"(async () => {{ {body} }})().then("
            "value => done({value: value ?? null}),"
            "error => done({error: `${error}\\n${error.stack}`}));"
        )
        answer = self.call(
            "WebDriver:ExecuteAsyncScript",
            {"script": script, "args": arguments, "sandbox": "system",
             "newSandbox": False},
        )["value"]
        if answer is None:
            raise ScriptError("the script did not end: its window has gone, or a dialog "
                              "has opened")
        if "error" in answer:
            raise ScriptError(answer["error"])
        return answer["value"]

    def install(self, addon):
        octets = base64.b64encode(addon.read_bytes()).decode()
        return self.call("Addon:Install", {"addon": octets, "temporary": False})["value"]

    def close(self):
        self.socket.close()
