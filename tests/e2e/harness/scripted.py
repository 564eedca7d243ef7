"""A POP3 server that does everything right until it is told not to."""

import contextlib
import secrets
import socket
import ssl
import threading

from .pop3 import stuff
from .waiting import PATIENCE

CAPABILITIES = ["TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES", "SASL PLAIN"]


class Closed(Exception):
    """The session is over."""


class Session:
    """One connection to the scripted server."""

    def __init__(self, server, connection, number):
        self.server = server
        self.socket = connection
        self.number = number
        self.buffer = b""
        self.commands = []
        self.deleted = set()
        self.user = None

    # ---------------------------------------------------------- for scripts

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError as error:
            raise Closed from error

    def line(self, text):
        self.send(text.encode() + b"\r\n")

    def close(self):
        """Ends the connection as TCP does; under TLS without close_notify."""
        raise Closed

    def reset(self):
        """Breaks the connection off (RST)."""
        option = b"\1\0\0\0\0\0\0\0"
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        raise Closed

    def stall(self):
        """Says nothing until the peer goes away or the test is over."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass
        raise Closed

    def pause(self, seconds):
        """Part of a slow server's behaviour; the test may end meanwhile."""
        if self.server.stopping.wait(seconds):
            raise Closed

    def reply(self, command):
        """What a server in order would answer, as octets."""
        verb, _, argument = command.partition(" ")
        verb = verb.upper()
        mails = self.server.mails
        numbers = [n for n in range(1, len(mails) + 1) if n not in self.deleted]
        if verb == "CAPA":
            capabilities = list(self.server.capabilities)
            if self.server.certificate and not isinstance(self.socket, ssl.SSLSocket):
                capabilities.append("STLS")
            lines = "".join(f"{line}\r\n" for line in capabilities)
            return b"+OK\r\n" + lines.encode() + b".\r\n"
        if verb in ("USER", "PASS", "AUTH", "NOOP", "QUIT"):
            return b"+OK\r\n"
        if verb == "RSET":
            self.deleted.clear()
            return b"+OK\r\n"
        if verb == "STAT":
            total = sum(len(mails[n - 1]) for n in numbers)
            return f"+OK {len(numbers)} {total}\r\n".encode()
        if verb in ("LIST", "UIDL"):
            def item(n):
                return f"{n} {len(mails[n - 1]) if verb == 'LIST' else f'uid-{n}'}\r\n"

            if argument:
                if int(argument) not in numbers:
                    return b"-ERR no such mail\r\n"
                return b"+OK " + item(int(argument)).encode()
            return b"+OK\r\n" + "".join(map(item, numbers)).encode() + b".\r\n"
        if verb in ("RETR", "TOP", "DELE"):
            number, _, lines = argument.partition(" ")
            if int(number) not in numbers:
                return b"-ERR no such mail\r\n"
            mail = mails[int(number) - 1]
            if verb == "DELE":
                self.deleted.add(int(number))
                return b"+OK\r\n"
            if verb == "TOP":
                header, gap, body = mail.partition(b"\r\n\r\n")
                body = body.split(b"\r\n")[: int(lines)]
                mail = header + gap + b"".join(line + b"\r\n" for line in body if line)
                if int(lines) > 1_000_000:
                    mail = mails[int(number) - 1]
            return b"+OK\r\n" + stuff(mail)
        return b"-ERR what?\r\n"

    # -------------------------------------------------------------- running

    def read_line(self):
        while b"\n" not in self.buffer:
            try:
                piece = self.socket.recv(65536)
            except OSError as error:
                raise Closed from error
            if not piece:
                raise Closed
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("latin-1")

    def start_tls(self):
        self.buffer = b""
        try:
            self.socket = self.server.tls.wrap_socket(
                self.socket, server_side=True, suppress_ragged_eofs=True
            )
        except OSError as error:
            raise Closed from error

    def run(self):
        if self.server.implicit_tls:
            self.start_tls()
        greeting = self.server.on.get("GREETING")
        if greeting:
            greeting(self, "")
        else:
            self.line(f"+OK scripted {self.server.name}")
        while True:
            command = self.read_line()
            self.commands.append(command)
            self.server.changed()
            verb = command.partition(" ")[0].upper()
            behaviour = self.server.on.get(verb)
            if behaviour:
                behaviour(self, command)
            elif verb == "STLS" and self.server.tls:
                self.line("+OK")
                self.start_tls()
            else:
                self.send(self.reply(command))
            if verb == "QUIT":
                self.server.deleted |= self.deleted
                raise Closed


class ScriptedServer:
    """`on`: {verb or "GREETING": function(session, command)} is done instead of
    the right thing. `certificate` makes it offer STLS, or speak TLS at once."""

    def __init__(self, mails=(), on=None, certificate=None, implicit_tls=False,
                 capabilities=None, host="127.0.0.1"):
        self.mails = list(mails)
        # Mekiki remembers servers by port and greeting; ports come again.
        self.name = secrets.token_hex(4)
        self.on = dict(on or {})
        self.certificate = certificate
        self.implicit_tls = implicit_tls
        self.capabilities = CAPABILITIES if capabilities is None else capabilities
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate.chain, certificate.key)
        self.deleted = set()  # by a QUIT
        self.sessions = []
        self.stopping = threading.Event()
        self.condition = threading.Condition()
        self.failures = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family, backlog=128)
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            session = Session(self, connection, len(self.sessions))
            self.sessions.append(session)
            thread = threading.Thread(target=self._serve, args=(session,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, session):
        session.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            session.run()
        except Closed:
            pass
        except Exception as error:  # a script's own mistake must not pass unseen
            self.failures.append(error)
        with contextlib.suppress(OSError):
            session.socket.close()

    def changed(self):
        with self.condition:
            self.condition.notify_all()

    def commands(self):
        """Everything that was asked, over all sessions."""
        return [c for session in self.sessions for c in session.commands]

    def wait_for(self, verb):
        """Waits until `verb` was asked."""
        with self.condition:
            seen = self.condition.wait_for(
                lambda: any(c.upper().startswith(verb) for c in self.commands()),
                PATIENCE,
            )
        assert seen, f"{verb} was not asked; only {self.commands()}"

    def end(self):
        self.stopping.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.threads[0].join(PATIENCE)
        for session in self.sessions:
            with contextlib.suppress(OSError):
                session.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a thread of the scripted server hangs"
        assert not self.failures, self.failures
