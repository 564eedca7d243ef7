"""The real OpenDKIM: its daemon as a signer, its library as a verifier."""

import ctypes
import ctypes.util

from .milter import Milter
from .process import Process, program


class Signer:
    """opendkim as it stands beside a mail server, on a socket in `folder`."""

    def __init__(self, folder, domain, selector, key, canonicalization):
        folder.mkdir(parents=True)
        self.path = folder / "socket"
        configuration = folder / "opendkim.conf"
        configuration.write_text(
            f"Mode s\nSyslog no\nDomain {domain}\nSelector {selector}\n"
            f"KeyFile {key}\nSocket local:{self.path}\n"
            f"Canonicalization {canonicalization}\nInternalHosts 127.0.0.1\n"
            f"RequireSafeKeys no\nBackground no\nUMask 077\n"
        )
        self.process = Process(
            [program("opendkim"), "-f", "-x", configuration], folder / "opendkim.out"
        )
        assert self.process.wait_ready(
            self.path.exists, "opendkim is ready"
        ), self.process.output()

    def sign(self, mail):
        milter = Milter(self.path)
        try:
            added = milter.added_fields(mail)
        finally:
            milter.close()
        assert added.startswith(b"DKIM-Signature:"), self.process.output()
        return added + mail

    def end(self):
        self.process.kill()  # at SIGTERM libmilter takes five seconds


_lookup_type = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_char),
    ctypes.c_size_t,
)

CBSTAT_CONTINUE, CBSTAT_NOTFOUND = 0, 3
STAT_OK, STAT_BADSIG, STAT_NOSIG = 0, 1, 2
SIGFLAG_PASSED = 0x04
SIGBH_MATCH = 0
CANON = {"simple": 0, "relaxed": 1}
SIGN_RSASHA256 = 1


class Library:
    """libopendkim with the TXT records of a zone: {name: text}."""

    def __init__(self, records):
        name = ctypes.util.find_library("opendkim")
        assert name, "libopendkim is not installed; see tools/packages.txt"
        self.c = ctypes.CDLL(name)
        c = self.c
        for function in ("dkim_init", "dkim_verify", "dkim_sign", "dkim_getsignature"):
            getattr(c, function).restype = ctypes.c_void_p
        for function in ("dkim_sig_getselector", "dkim_sig_getdomain"):
            getattr(c, function).restype = ctypes.c_char_p
            getattr(c, function).argtypes = [ctypes.c_void_p]
        self.records = {key.lower(): text for key, text in records.items()}
        self.library = ctypes.c_void_p(c.dkim_init(None, None))
        self._lookup = _lookup_type(self._key)  # must live as long as the library
        assert c.dkim_set_key_lookup(self.library, self._lookup) == 0

    def _key(self, _mail, signature, buffer, size):
        selector = self.c.dkim_sig_getselector(signature).decode()
        domain = self.c.dkim_sig_getdomain(signature).decode()
        text = self.records.get(f"{selector}._domainkey.{domain}".lower())
        if text is None or len(text) >= size:
            return CBSTAT_NOTFOUND
        octets = text.encode() + b"\0"
        ctypes.memmove(buffer, octets, len(octets))
        return CBSTAT_CONTINUE

    def _run(self, handle, mail):
        status = self.c.dkim_chunk(handle, mail, ctypes.c_size_t(len(mail)))
        if status == STAT_OK:
            status = self.c.dkim_chunk(handle, None, ctypes.c_size_t(0))
        return status

    def verify(self, mail):
        """True if a signature passed."""
        status = ctypes.c_int()
        handle = ctypes.c_void_p(
            self.c.dkim_verify(self.library, b"id", None, ctypes.byref(status))
        )
        assert handle.value
        try:
            result = self._run(handle, mail)
            if result == STAT_OK:
                result = self.c.dkim_eom(handle, None)
            if result != STAT_OK:
                return False
            signature = ctypes.c_void_p(self.c.dkim_getsignature(handle))
            return bool(
                signature.value
                and self.c.dkim_sig_getflags(signature) & SIGFLAG_PASSED
                and self.c.dkim_sig_getbh(signature) == SIGBH_MATCH
            )
        finally:
            self.c.dkim_free(handle)

    def sign(self, mail, domain, selector, key_pem, header, body, length=-1):
        """The mail with a signature on top. `length`: how much body l= covers."""
        status = ctypes.c_int()
        handle = ctypes.c_void_p(
            self.c.dkim_sign(
                self.library, b"id", None, key_pem, selector.encode(), domain.encode(),
                CANON[header], CANON[body], SIGN_RSASHA256, ctypes.c_ssize_t(length),
                ctypes.byref(status),
            )
        )
        assert handle.value, status.value
        try:
            result = self._run(handle, mail)
            assert result == STAT_OK, result
            result = self.c.dkim_eom(handle, None)
            assert result == STAT_OK, result
            field = ctypes.create_string_buffer(16384)
            prefix = b"DKIM-Signature: "
            result = self.c.dkim_getsighdr(
                handle, field, ctypes.c_size_t(len(field)), ctypes.c_size_t(len(prefix))
            )
            assert result == STAT_OK, result
            value = field.value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            return prefix + value + b"\r\n" + mail
        finally:
            self.c.dkim_free(handle)
