"""A POP3 client that keeps every octet and never repairs anything."""

import base64
import contextlib
import socket
import ssl

from .waiting import PATIENCE


class Broken(Exception):
    """The connection ended: `octets` came before, `how` is "end" or "reset"."""

    def __init__(self, octets, how):
        super().__init__(f"{how} after {octets[-200:]!r}")
        self.octets = octets
        self.how = how


def client_context(ca):
    return ssl.create_default_context(cafile=str(ca))


class Client:
    def __init__(self, port, host="127.0.0.1", tls=None, name="localhost",
                 timeout=PATIENCE, greeting=True):
        self.socket = socket.create_connection((host, port), timeout)
        self.buffer = bytearray()
        if tls:
            self._start_tls(tls, name)
        if greeting:
            self.greeting = self.line()
            assert self.greeting.startswith(b"+OK"), self.greeting

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def end_tls(self):
        """Sends close_notify and goes, whatever comes."""
        self.socket.setblocking(False)
        with contextlib.suppress(OSError):
            self.socket.unwrap()
        self.socket.close()

    def _start_tls(self, context, name):
        # An end without close_notify must be seen as what it is.
        self.socket = context.wrap_socket(
            self.socket, server_hostname=name, suppress_ragged_eofs=False
        )

    # ------------------------------------------------------------- octets

    def send(self, octets):
        self.socket.sendall(octets)

    def _fill(self):
        try:
            piece = self.socket.recv(1 << 20)
        except (ConnectionError, ssl.SSLError) as error:
            raise Broken(bytes(self.buffer), "reset") from error
        if not piece:
            raise Broken(bytes(self.buffer), "end")
        self.buffer += piece

    def _take(self, count):
        octets = bytes(self.buffer[:count])
        del self.buffer[:count]
        return octets

    def read_until(self, end):
        """All octets up to and with `end`."""
        searched = 0
        while (at := self.buffer.find(end, searched)) < 0:
            searched = max(0, len(self.buffer) - len(end) + 1)
            self._fill()
        return self._take(at + len(end))

    def line(self):
        return self.read_until(b"\r\n")[:-2]

    def rest(self):
        """What still comes until the connection ends."""
        try:
            while True:
                self._fill()
        except Broken as broken:
            return broken

    def is_ended(self):
        """Nothing more comes: the other side has closed."""
        broken = self.rest()
        assert broken.octets == b"", broken.octets
        return True

    # ----------------------------------------------------------- commands

    def ask(self, command):
        """One command and its status line."""
        self.send(command.encode() + b"\r\n")
        return self.line()

    def ok(self, command):
        answer = self.ask(command)
        assert answer.startswith(b"+OK"), f"{command}: {answer!r}"
        return answer

    def refused(self, command):
        answer = self.ask(command)
        assert answer.startswith(b"-ERR"), f"{command}: {answer!r}"
        return answer

    def body(self):
        """A multi-line response after its status line, still byte-stuffed."""
        # The dot that ends it may be the first line.
        if not self.buffer.startswith(b".\r\n"):
            while len(self.buffer) < 3:
                self._fill()
        if self.buffer.startswith(b".\r\n"):
            self._take(3)
            return b""
        return self.read_until(b"\r\n.\r\n")[:-3]

    def lines(self, command):
        self.ok(command)
        return self.body().split(b"\r\n")[:-1]

    def mail(self, command):
        """RETR or TOP: the mail without byte-stuffing."""
        self.ok(command)
        return unstuff(self.body())

    def stls(self, context, name="localhost"):
        self.ok("STLS")
        self._start_tls(context, name)
        self.buffer.clear()
        return self

    def login(self, user, password):
        self.ok(f"USER {user}")
        self.ok(f"PASS {password}")
        return self

    def auth_plain(self, user, password):
        return "AUTH PLAIN " + plain(user, password)

    def quit(self):
        self.ok("QUIT")
        self.is_ended()
        self.close()


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def unstuff(body):
    lines = body.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


def stuff(mail):
    """The octets of a multi-line response that holds `mail`."""
    if mail and not mail.endswith(b"\r\n"):
        mail += b"\r\n"
    # One pass in C: a server that takes seconds for a large mail seems silent.
    return (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
