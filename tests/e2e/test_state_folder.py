"""A state folder that cannot be used as it is: what the program says to do."""

import gzip
import os
import pathlib
import shutil

import pytest

from harness.mekiki import binary
from harness.process import program, run

OLD = pathlib.Path(__file__).parents[2] / "testdata/store/mekiki-0.1.0.db.gz"
NOBODY = 65534
as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes owners and mounts")


def mekiki(*words, code=0, **options):
    done = run([binary(), *words], check=False, **options)
    assert done.returncode == code, (done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module")
def used(folder, corpus, start):
    """What a daemon leaves behind."""
    daemon = start(corpus.zone)
    mekiki("passwd", "--state", daemon.state, input=b"set by hand, no link\n")
    daemon.end()
    for name in ("tls-hosts", "servers"):
        (daemon.state / name).touch()
    return daemon.state


@pytest.fixture
def state(folder, used):
    made = folder / "state"
    shutil.copytree(used, made)
    yield made
    shutil.rmtree(made)


def give(path, user):
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        os.chown(each, user, user)


# ------------------------------------------------------------------- owners


@needs_root
@pytest.mark.parametrize("name", ["label-secret", "tls", "tls/ca.pem", "tls/server-key.pem"])
def test_without_these_it_does_not_start(state, corpus, start, name):
    give(state, NOBODY)
    os.chown(state / name, 0, 0)
    os.chmod(state / name, 0o700 if name == "tls" else 0o600)
    with pytest.raises(AssertionError) as refused:
        start(corpus.zone, state=state, **as_nobody)
    said = str(refused.value)
    assert f"cannot be read: Permission denied; {state / name} belongs to user 0" in said
    assert f"`chown -R {NOBODY}: {state / name}` as root" in said
    assert "remove it" not in said and "terminate" not in said


@needs_root
@pytest.mark.parametrize("name", ["admin-password", "mekiki.db", "tls-hosts", "servers"])
def test_without_these_mail_goes_on_and_the_log_says_why(state, corpus, start, name):
    give(state, NOBODY)
    os.chown(state / name, 0, 0)
    os.chmod(state / name, 0o600)
    daemon = start(corpus.zone, state=state, **as_nobody)
    with daemon.client():
        pass
    assert f"{state / name} belongs to user 0, and this is user {NOBODY}" in daemon.log()
    assert f"`chown -R {NOBODY}: {state / name}` as root" in daemon.log()
    daemon.end()


@needs_root
def test_a_folder_of_another_user(state, folder):
    said = mekiki("cert", "--state", state, "--out", "-", code=2, **as_nobody)
    assert f"{state} belongs to user 0, and this is user {NOBODY}" in said
    assert "run this as user 0, or `chown" in said
    # It is not said that there is nothing.
    place = folder / "nobodys"
    place.mkdir()
    give(place, NOBODY)
    for words in (["backup", place / "none.tar"], ["passwd"], ["store", "check"]):
        said = mekiki(*words, "--state", state, code=2, **as_nobody)
        assert f"Permission denied; {state} belongs to user 0" in said, said
    assert not list(place.iterdir())


# -------------------------------------------------------------------- disks


def on_a_disk(place, options, *words, code):
    """Runs the program where `place` is a disk of its own, mounted for this
    alone; what it holds is copied onto it first."""
    script = ('set -e; place=$1 options=$2; shift 2; cp -a "$place" "$place.copy"\n'
              'mount -t tmpfs -o size=4m none "$place"\n'
              'cp -a "$place.copy/." "$place"; rm -r "$place.copy"; chmod 700 "$place"\n'
              'if [ "$options" = full ]; then\n'
              '  dd if=/dev/zero of="$place/ballast" status=none 2>&- || true\n'
              'else mount -o "remount,$options" "$place"; fi\n'
              '"$@"')
    done = run([program("unshare"), "-m", "sh", "-c", script, "sh", place, options,
                binary(), *words], check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode()


@needs_root
def test_a_disk_that_is_read_only(state, folder):
    says = "its file system is mounted read-only: mount it for writing"
    assert says in on_a_disk(state, "ro", "serve", "--state", state, code=2)
    empty = folder / "empty"
    empty.mkdir()
    assert says in on_a_disk(empty, "ro", "serve", "--state", empty / "new", code=2)
    saved = folder / "saved.tar"
    mekiki("backup", saved, "--state", state)
    assert says in on_a_disk(empty, "ro", "restore", saved, "--state", empty, code=2)


@needs_root
def test_a_disk_that_is_full(folder):
    empty = folder / "no-room"
    empty.mkdir()
    says = "No space left on device; the disk is full: make room on it"
    assert says in on_a_disk(empty, "full", "serve", "--state", empty, code=2)


@needs_root
def test_a_disk_that_is_full_at_an_upgrade(folder):
    state = folder / "old"
    state.mkdir(mode=0o700)
    (state / "mekiki.db").write_bytes(gzip.decompress(OLD.read_bytes()))
    said = on_a_disk(state, "full", "trust", "list", "--state", state, code=2)
    assert "cannot be used: " in said and "; the disk is full: make room on it" in said


# ----------------------------------------------------------- of the package


def with_package(settings, mode, *words, code=0, **options):
    """Runs the program where the package's settings file is that text."""
    script = ('set -e; mount -t tmpfs none /etc; mkdir /etc/mekiki\n'
              'printf %s "$1" > /etc/mekiki/mekiki.toml; chmod $2 /etc/mekiki/mekiki.toml\n'
              'shift 2; exec "$@"')
    done = run([program("unshare"), "-m", "sh", "-c", script, "sh", settings, mode,
                *options.pop("wrapper", []), binary(), *words], check=False, **options)
    assert done.returncode == code, (done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode()


@needs_root
def test_settings_of_the_package_are_found(state, folder):
    settings, said = f"state = '{state}'\n", "settings: /etc/mekiki/mekiki.toml\n"
    other = folder / "other"
    other.mkdir()
    home = dict(os.environ, HOME=str(other))
    for words in (["backup", other / "found.tar"], ["store", "check"], ["trust", "list"],
                  ["user", "list"], ["rules", "claws", "--account", "taro%pop.example.jp"],
                  ["cert", "--out", other / "ca.pem"]):
        assert with_package(settings, "600", *words, env=home).count(said) == 1, words
    assert (other / "ca.pem").read_bytes() == (state / "tls/ca.pem").read_bytes()
    # Not where one of them is named, nor for who may not read it.
    for words in (["--state", state], ["--config", "/dev/null"]):
        assert said not in with_package(
            settings, "644", "cert", "--out", "-", *words, env=home,
            code=0 if "--state" in words else 2)
    missing = with_package(
        settings, "600", "cert", env=home, code=2,
        wrapper=[program("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"])
    assert f"no certificate authority at {other}/.local/state/mekiki/tls/ca.pem" in missing
    # Nor for commands that work on none.
    for words in (["verify", "none.eml"], ["explain", "none.eml"]):
        assert said not in with_package(settings, "644", *words, env=home, code=2)
