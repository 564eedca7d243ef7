"""HTTP as octets, for a server that may be asked anything."""

import socket

from .waiting import PATIENCE


class HttpClient:
    """A connection that sends what it is told."""

    def __init__(self, port, host="127.0.0.1", receive_buffer=None, source=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)
        return self

    def get(self, path, host="localhost", method="GET", fields=""):
        self.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode())
        return self.answer(method)

    def _fill(self):
        piece = self.socket.recv(65536)
        assert piece, f"the connection ended after {self.buffer!r}"
        self.buffer += piece

    def answer(self, method="GET"):
        """(status, {field: value}, body)"""
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        header, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status, *lines = header.decode("ascii").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        size = 0 if method == "HEAD" else int(fields["Content-Length"])
        while len(self.buffer) < size:
            self._fill()
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(status.split()[1]), fields, body.decode()

    def is_ended(self):
        """The other side has closed, or broken it off; nothing more came."""
        try:
            return self.buffer + self.socket.recv(65536) == b""
        except ConnectionError:
            return self.buffer == b""

    def has_ended(self):
        """The same, without waiting."""
        self.socket.setblocking(False)
        try:
            return self.is_ended()
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(PATIENCE)


def get(port, path, **how):
    with HttpClient(port) as client:
        return client.get(path, **how)
