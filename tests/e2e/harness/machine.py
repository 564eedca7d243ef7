"""A Debian 12 of its own, booted: systemd, no network but its own loopback."""

import contextlib
import ctypes
import hashlib
import os
import pathlib
import shutil
import subprocess

from .process import program, run
from .waiting import PATIENCE, until

# What our package depends on is in the root already: it has no network.
PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "ca-certificates", "init-system-helpers",
    "publicsuffix", "libarchive13", "libboost-json1.81.0", "libfmt9", "libicu72",
    "libidn2-0", "libprometheus-cpp-core1.0", "libpsl5", "libpugixml1v5", "libseccomp2", "libsodium23",
    "libspdlog1.10", "libsqlite3-0", "libssl3", "libunbound8",
]
CLONE_NEWNET = 0x40000000


def make_debian(folder, *options):
    """An archive of a Debian 12, made once in the folder; later runs with the
    same options find it."""
    kind = hashlib.sha256(" ".join(options).encode()).hexdigest()[:8]
    archive = folder / f"debian12-{kind}.tar"
    if archive.exists():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    made = archive.with_name(f"new-{os.getpid()}-{archive.name}")
    sources = "/etc/apt/sources.list.d/debian.sources"
    run([program("mmdebstrap"), "--variant=minbase", *options, "bookworm", made,
         *([sources] if os.path.exists(sources) else [])], timeout=900)
    made.rename(archive)
    return archive


def make_root(folder):
    return make_debian(folder, f"--include={','.join(PACKAGES)}")


class Machine:
    def __init__(self, folder, archive):
        self.root = folder / "root"
        self.root.mkdir()
        run(["tar", "-C", self.root, "-xf", archive], timeout=300)
        (self.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.log = (folder / "boot.log").open("wb")
        self.nspawn = subprocess.Popen(
            [program("systemd-nspawn"), "-q", "-D", self.root, "--private-network",
             "--register=no", "--keep-unit", "--resolv-conf=off", "--console=pipe",
             # Else it forbids them within, other than a real machine.
             "--system-call-filter=landlock_create_ruleset landlock_add_rule "
             "landlock_restrict_self", "-b"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.leader = until(self._leader, "the machine has a process")
        until(lambda: self.run("systemctl", "is-system-running", "--wait", check=False)
              .strip() in ("running", "degraded"), "the machine is up", 3 * PATIENCE)

    def _leader(self):
        children = pathlib.Path(
            f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text()
        for pid in children.split():
            with contextlib.suppress(OSError):  # it may be gone
                if os.readlink(f"/proc/{pid}/exe") == "/usr/lib/systemd/systemd":
                    return int(pid)
        return None

    def _do(self, words, **options):
        done = run([program("nsenter"), "--all", "-t", self.leader, "--",
                    "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                    "LC_ALL=C.UTF-8", *words], check=False, timeout=300, **options)
        said = (done.stdout + done.stderr).decode(errors="replace")
        return done.returncode, said

    def run(self, *words, check=True, **options):
        """Runs a command in it, as root; what it said."""
        code, said = self._do(words, **options)
        assert not check or code == 0, (words, code, said)
        return said

    def fails(self, *words):
        """The same for a command that must not succeed."""
        code, said = self._do(words)
        assert code != 0, (words, said)
        return said

    def put(self, file, path):
        shutil.copy(file, self.root / path.lstrip("/"))

    def enter_network(self):
        """From now on this thread, and those that it starts, make their sockets
        in the machine."""
        with open(f"/proc/{self.leader}/ns/net") as ns:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def journal(self, unit="mekiki"):
        return self.run("journalctl", "-u", unit, "-o", "cat", "--no-pager")

    def end(self):
        """Keeps its journal, and no more of it."""
        journal = self.run("journalctl", "--no-pager", "-b", check=False)
        (self.root.parent / "journal.txt").write_text(journal)
        self.run("systemctl", "poweroff", check=False)
        try:
            self.nspawn.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)
