"""A DNS server that answers when, and what, a test says; or not at all."""

import heapq
import itertools
import select
import socket
import struct
import threading
import time

TYPES = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NAMES = {number: name for name, number in TYPES.items()}
NXDOMAIN = 3


def _name(text):
    labels = [label.encode() for label in text.rstrip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _data(kind, value):
    if kind == "TXT":
        return b"".join(
            bytes([len(value[i : i + 255])]) + value[i : i + 255].encode()
            for i in range(0, len(value), 255)
        )
    if kind == "MX":
        return struct.pack(">H", value[0]) + _name(value[1])
    if kind == "PTR":
        return _name(value)
    family = socket.AF_INET6 if kind == "AAAA" else socket.AF_INET
    return socket.inet_pton(family, value)


def _question(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    kind = struct.unpack(">H", query[at + 1 : at + 3])[0]
    return ".".join(labels).lower(), NAMES.get(kind, str(kind)), query[12 : at + 5]


class DnsServer:
    """`answer(name, type)` gives None for silence, or seconds to wait and a list of
    values; an empty list is NXDOMAIN."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.wake, self.end_of_wake = socket.socketpair()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_of_wake.send(b"x")
        self.thread.join()
        for s in (self.socket, self.wake, self.end_of_wake):
            s.close()

    def _reply(self, query, values, kind, question):
        code = 0 if values else NXDOMAIN
        records = b"".join(
            b"\xc0\x0c"
            + struct.pack(">HHIH", TYPES[kind], 1, 60, len(_data(kind, value)))
            + _data(kind, value)
            for value in values
        )
        header = struct.pack(">HHHHH", 0x8180 | code, 1, len(values), 0, 0)
        return query[:2] + header + question + records

    def _run(self):
        waiting, order = [], itertools.count()
        while True:
            timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            ready = select.select([self.socket, self.wake], [], [], timeout)[0]
            if self.wake in ready:
                return
            if self.socket in ready:
                query, peer = self.socket.recvfrom(4096)
                name, kind, question = _question(query)
                self.asked.append((name, kind))
                answer = self.answer(name, kind)
                if answer is not None:
                    seconds, values = answer
                    reply = self._reply(query, values, kind, question)
                    due = time.monotonic() + seconds
                    heapq.heappush(waiting, (due, next(order), reply, peer))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, reply, peer = heapq.heappop(waiting)
                self.socket.sendto(reply, peer)
