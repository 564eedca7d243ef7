"""A TCP relay that may change what the server says on its way."""

import contextlib
import socket
import threading

from .waiting import PATIENCE


class Relay:
    """`change` is applied to each piece of octets from the server. In text the
    pieces are whole lines; what is not text is handed over as it comes."""

    def __init__(self, port, change, is_text=True):
        self.upstream = port
        self.is_text = is_text
        self.change = change
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream), PATIENCE)
            server.settimeout(None)
            self.sockets += [client, server]
            for source, target, change in (
                (client, server, lambda octets: octets),
                (server, client, self.change),
            ):
                thread = threading.Thread(
                    target=self._pump, args=(source, target, change)
                )
                self.threads.append(thread)
                thread.start()

    def _pump(self, source, target, change):
        held = b""
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                held += octets
                end = held.rfind(b"\n") + 1 if self.is_text else len(held)
                target.sendall(change(held[:end]))
                held = held[end:]
        for s in (source, target):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def end(self):
        for s in [self.listener, *self.sockets]:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()
        for thread in self.threads:
            thread.join(PATIENCE)
