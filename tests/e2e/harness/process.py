"""A program that a test starts and ends."""

import pathlib
import shutil
import signal
import subprocess

from .waiting import PATIENCE, until


def program(name):
    """The path of an installed program; a missing one fails the test."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path, f"{name} is not installed; tools/packages.txt lists what tests need"
    return path


class Process:
    def __init__(self, command, log, **options):
        self.log = pathlib.Path(log)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=options.pop("stdout", output),
                stderr=output,
                **options,
            )

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_ready(self, is_ready, what):
        """Waits until is_ready(); false if the program ended before."""
        until(lambda: is_ready() or not self.is_running(), what)
        return self.is_running()

    def kill(self):
        """For programs that keep nothing and are slow to end."""
        self.process.kill()
        self.process.wait()

    def end(self, by=signal.SIGTERM):
        """A signal, then the exit code."""
        if self.is_running():
            self.process.send_signal(by)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.process.args[0]} did not end at {by.name}")


def run(command, check=True, timeout=PATIENCE * 3, **options):
    """Runs a program to its end; its output is octets."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=None if "input" in options else subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        **options,
    )
    if check:
        assert done.returncode == 0, (
            f"{command} ended with {done.returncode}:\n"
            f"{done.stdout[-2000:]!r}\n{done.stderr[-2000:]!r}"
        )
    return done
