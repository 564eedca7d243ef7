"""A private nsd that serves zones signed with DNSSEC, tampered with, or not."""

import os
import pathlib
import socket

from .ports import free_ports
from .process import Process, program, run


def to_zone_file(origin, texts):
    """`texts` is {full name: text}."""
    lines = [
        f"$ORIGIN {origin}.",
        "$TTL 60",
        f"@ SOA ns.{origin}. hostmaster.{origin}. 1 3600 600 86400 60",
        f"@ NS ns.{origin}.",
        "ns A 127.0.0.1",
    ]
    for name, text in texts.items():
        parts = " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))
        lines.append(f"{name}. TXT {parts}")
    return "\n".join(lines) + "\n"


class Nsd:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.zones = {}

    def add(self, origin, texts):
        file = self.folder / f"{origin}.zone"
        file.write_text(to_zone_file(origin, texts))
        self.zones[origin] = file

    def add_signed(self, origin, texts, tamper=lambda text: text):
        """Answers the file of the zone's trust anchor. `tamper` changes the
        zone after it was signed."""
        self.add(origin, texts)
        key = run(
            [program("ldns-keygen"), "-a", "ECDSAP256SHA256", "-r", "/dev/urandom",
             "-k", origin],
            cwd=self.folder,
        ).stdout.decode().strip()
        run(
            [program("ldns-signzone"), "-n", "-o", origin, f"{origin}.zone", key],
            cwd=self.folder,
        )
        signed = self.folder / f"{origin}.zone.signed"
        before = signed.read_text()
        after = tamper(before)
        signed.write_text(after)
        self.zones[origin] = signed
        return self.folder / f"{key}.ds"

    def start(self):
        server = [
            "server:", "  username: \"\"", "  chroot: \"\"", "  server-count: 1",
            f"  zonesdir: {self.folder}", f"  pidfile: {self.folder}/nsd.pid",
            f"  xfrdfile: {self.folder}/xfrd", f"  xfrdir: {self.folder}",
            f"  zonelistfile: {self.folder}/zone.list", "  database: \"\"",
            "remote-control:", "  control-enable: no",
        ]
        for origin, file in self.zones.items():
            server += ["zone:", f"  name: {origin}", f"  zonefile: {file}"]
        for _ in range(5):  # the port may be taken before nsd binds it
            self.port = free_ports(1)[0]
            configuration = self.folder / "nsd.conf"
            listen = f"server:\n  ip-address: 127.0.0.1@{self.port}\n"
            configuration.write_text(listen + "\n".join(server[1:]) + "\n")
            self.process = Process(
                [program("nsd"), "-d", "-c", configuration], self.folder / "nsd.out"
            )
            if self.process.wait_ready(self._answers, "nsd is ready"):
                return self
        raise AssertionError(f"nsd does not start:\n{self.process.output()}")

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def end(self):
        assert self.process.end() in (0, -15), self.process.output()
        assert not os.path.exists(f"/proc/{self.process.pid}")
