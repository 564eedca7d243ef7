"""The little of the milter protocol that a signing filter needs: a mail goes
in, the fields to add come out."""

import re
import socket
import struct

VERSION = 6
ACTIONS = 0x1FF  # whatever the filter wants to do to the mail
NO_STEPS_LEFT_OUT = 0


def split_mail(mail):
    """Header fields as (name, value) and the body."""
    header, _, body = mail.partition(b"\r\n\r\n")
    fields = []
    for field in re.split(rb"\r\n(?![ \t])", header):
        name, _, value = field.partition(b":")
        fields.append((name, value))
    return fields, body


class Milter:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(path))

    def close(self):
        self.socket.close()

    def _send(self, command, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def _receive(self, size):
        octets = b""
        while len(octets) < size:
            piece = self.socket.recv(size - len(octets))
            assert piece, "the milter closed the connection"
            octets += piece
        return octets

    def _answer(self):
        (size,) = struct.unpack("!I", self._receive(4))
        packet = self._receive(size)
        return packet[:1], packet[1:]

    def _step(self, command, data=b""):
        self._send(command, data)
        answer, _ = self._answer()
        assert answer == b"c", f"the milter answered {answer!r} to {command!r}"

    def added_fields(self, mail, sender=b"<taro@example.jp>"):
        """What the filter adds on top of this mail, as octets with CRLF."""
        fields, body = split_mail(mail)
        self._send(b"O", struct.pack("!III", VERSION, ACTIONS, NO_STEPS_LEFT_OUT))
        answer, data = self._answer()
        assert answer == b"O", answer
        keeps_leading_space = struct.unpack("!III", data[:12])[2] & 0x100000
        self._step(b"C", b"localhost\0" + b"4" + struct.pack("!H", 25) + b"127.0.0.1\0")
        self._step(b"H", b"localhost\0")
        self._send(b"D", b"Mi\0queue-1\0")
        self._step(b"M", sender + b"\0")
        self._step(b"R", b"<hanako@example.jp>\0")
        for name, value in fields:
            if not keeps_leading_space and value.startswith(b" "):
                value = value[1:]
            value = value.replace(b"\r\n", b"\n")
            self._step(b"L", name + b"\0" + value + b"\0")
        self._step(b"N")
        for start in range(0, len(body), 65535):
            self._step(b"B", body[start : start + 65535])
        self._send(b"E")
        added = b""
        while True:
            answer, data = self._answer()
            if answer in (b"a", b"c"):
                return added
            assert answer in (b"i", b"h"), f"the milter wants {answer!r}"
            name, value, _ = data[4 if answer == b"i" else 0 :].split(b"\0")
            space = b"" if value.startswith(b" ") else b" "
            value = re.sub(rb"\r?\n", b"\r\n", value)
            added = name + b":" + space + value + b"\r\n" + added
