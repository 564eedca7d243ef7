"""Containers of a user who is not root, in a mount namespace of our own: nothing
of it is seen by the machine, and the control groups of an old kind that it may
have are not seen by podman."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from .process import program, run

USER = 61_234
# $1 is the folder. Users are known by files of ours, and the device is one that
# everybody may open.
SET_UP = f"""
set -e
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none "$1/mounted"
for folder in home run; do
  mount -t tmpfs -o mode=700,uid={USER},gid={USER} none "$1/$folder"
done
cd "$1/mounted"
(cat /etc/passwd; echo "mekiki-test:x:{USER}:{USER}::$1/home:/bin/sh") > passwd
(cat /etc/group; echo "mekiki-test:x:{USER}:") > group
for file in subuid subgid; do
  echo mekiki-test:200000:65536 > $file
  [ -e /etc/$file ] || touch /etc/$file
done
for file in passwd group subuid subgid; do mount --bind $file /etc/$file; done
mknod -m 666 tun c 10 200
mount --bind tun /dev/net/tun
echo ready
read end
"""
# The limits that podman would set are beyond what this user may have.
LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]


class Containers:
    def __init__(self):
        # Short: paths of sockets are made of it.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mekiki-ct-"))
        self.folder.chmod(0o755)
        for name in ("mounted", "home", "run"):
            (self.folder / name).mkdir()
        self.namespace = subprocess.Popen(
            [program("unshare"), "-m", "sh", "-c", SET_UP, "sh", self.folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.namespace.stdout.readline() == b"ready\n"

    def command(self, *words):
        return [program("nsenter"), "-m", "-t", self.namespace.pid,
                f"--wd={self.folder}", "--",
                program("setpriv"), f"--reuid={USER}", f"--regid={USER}",
                "--clear-groups", "env", "-i", f"HOME={self.folder / 'home'}",
                f"XDG_RUNTIME_DIR={self.folder / 'run'}", "LC_ALL=C.UTF-8",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words]

    def run(self, *words, check=True, **options):
        return run(self.command(*words), check=check, **options)

    def podman(self, *words, **options):
        """What it printed."""
        return self.run("podman", *words, **options).stdout.decode()

    def start(self, name, *words, options=()):
        """Closed as packaging/compose.yaml closes it."""
        self.podman("run", "-d", "--name", name, "--read-only", "--cap-drop", "all",
                    "--security-opt", "no-new-privileges", "--cgroups=disabled",
                    *LIMITS, *options, "mekiki", *words)

    def logs(self, name):
        """(standard output, standard error)"""
        done = self.run("podman", "logs", name)
        return done.stdout.decode(), done.stderr.decode()

    def port(self, name, inside):
        """The port of 127.0.0.1 that leads there."""
        return int(self.podman("port", name, str(inside)).rpartition(":")[2])

    def end(self):
        self.run("podman", "rm", "-fa", "-t", "0", check=False)
        # podman leaves a process that holds its namespaces.
        done = self.run("cat", self.folder / "run/libpod/tmp/pause.pid", check=False)
        if done.returncode == 0:
            os.kill(int(done.stdout), signal.SIGKILL)
        self.namespace.communicate(b"\n", timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
