"""The Debian package: what is in it, what Debian's own tools say of it, what
manual and shells show of the command line, and what `make demo` starts."""

import os
import pathlib
import re
import shutil

import pytest

from harness.mekiki import binary
from harness.process import program, run

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(binary()).parent


def version():
    return run([binary(), "--version"]).stdout.decode().split()[1]


@pytest.fixture(scope="module")
def packages(folder):
    made = run([ROOT / "packaging/make-deb", BUILD, version(), folder], timeout=300)
    files = [pathlib.Path(line) for line in made.stdout.decode().split()]
    assert [re.sub("_[^_]*$", "", f.name) for f in files] == [
        f"mekiki_{version()}", f"mekiki-dbgsym_{version()}"]
    return files


@pytest.fixture(scope="module")
def root(packages, folder):
    to = folder / "root"
    for package in packages:
        run(["dpkg-deb", "-x", package, to])
    return to


def field(package, name):
    return run(["dpkg-deb", "-f", package, name]).stdout.decode().strip()


def test_the_same_tree_gives_the_same_octets(packages, folder):
    again = folder / "again"
    again.mkdir()
    run([ROOT / "packaging/make-deb", BUILD, version(), again], timeout=300)
    for package in packages:
        assert (again / package.name).read_bytes() == package.read_bytes(), package


def test_it_depends_on_what_it_links(packages):
    depends = field(packages[0], "Depends")
    for name in ("libc6 (>= ", "libssl3 (>= ", "libunbound8 (>= ", "libsqlite3-0 (>= ",
                 "libarchive13 (>= ", "libpugixml1v5 (>= ",
                 "ca-certificates", "publicsuffix"):
        assert name in depends, depends
    assert field(packages[1], "Depends") == f"mekiki (= {version()})"


def test_the_program_is_stripped_and_its_symbols_are_found(root):
    inside = root / "usr/bin/mekiki"
    assert b".symtab" not in run(["readelf", "-SW", inside]).stdout
    notes = run(["readelf", "-n", inside]).stdout.decode()
    build_id = re.search("Build ID: ([0-9a-f]+)", notes)[1]
    symbols = root / f"usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug"
    assert b".debug_info" in run(["readelf", "-SW", symbols]).stdout
    assert f"Build ID: {build_id}" in run(["readelf", "-n", symbols]).stdout.decode()
    if debugger := shutil.which("gdb"):
        said = run([debugger, "-batch", "-nx", "-ex", f"set debug-file-directory {root}/usr/lib/debug",
                    "-ex", f"file {inside}", "-ex", "info line main"]).stdout.decode()
        assert re.search(r"Line \d+ of \".*main\.cpp\"", said), said
    assert run([inside, "--version"]).stdout.decode() == f"mekiki {version()}\n"


def test_settings_are_the_administrators_and_good(packages, root):
    conffiles = run(["dpkg-deb", "-I", packages[0], "conffiles"]).stdout.decode()
    assert conffiles == "/etc/mekiki/mekiki.toml\n"
    settings = root / "etc/mekiki/mekiki.toml"
    run([binary(), "config", "check", settings])
    # What is commented out is good as well, but for the certificate's files.
    lines = settings.read_text().splitlines()
    open_lines = [re.sub(r"^#(?=[a-z_]+ = |\[\[)", "", line) for line in lines
                  if not re.match("#(certificate|key) = ", line)]
    assert open_lines != lines
    checked = settings.with_name("all.toml")
    checked.write_text("\n".join(open_lines) + "\n")
    run([binary(), "config", "check", checked])


def test_both_languages_type_the_same():
    def commands(page):
        text = (ROOT / "docs" / page).read_text()
        return [re.sub(r" +#.*", "", each)
                for each in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)]

    english = commands("administration.md")
    assert len(english) > 15 and commands("administration.ja.md") == english


def test_lintian_finds_no_errors(packages):
    done = run([program("lintian"), "--allow-root", "--fail-on", "error",
                "--pedantic", *packages], check=False, timeout=300)
    assert done.returncode == 0, done.stdout.decode()


def test_the_units_are_right_and_closed(root):
    """Of a service that listens below port 1024."""
    units = sorted((root / "lib/systemd/system").iterdir())
    assert [u.name for u in units] == [
        "mekiki-dashboard.socket", "mekiki-pop3.socket", "mekiki-pop3s.socket",
        "mekiki.service"]
    analyze = program("systemd-analyze")
    done = run([analyze, "verify", f"--root={root}", "--recursive-errors=no", "--man=no",
                *[u.name for u in units]], check=False)
    said = [line for line in (done.stdout + done.stderr).decode().splitlines()
            if "mekiki" in line and "not executable" not in line]
    assert not said, said
    said = run([analyze, "security", "--offline=yes", units[-1]]).stdout.decode()
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)[1])
    assert exposure <= 2.0, said
    # What fails at its start, for want of an address or a port, is tried for ever.
    assert "\n[Service]" in units[-1].read_text().partition("\nStartLimitIntervalSec=0\n")[2]


def test_examples_for_monitoring_are_there(root):
    """test_admin.py holds them to what is counted."""
    examples = root / "usr/share/doc/mekiki/examples"
    for name in ("prometheus-alerts.yml", "grafana-dashboard.json"):
        assert (examples / name).read_bytes() == (ROOT / "packaging" / name).read_bytes()


# What /etc is for certbot's hook: its own, with a group that is our own.
RENEWAL = """
mount -t tmpfs none /etc
mkdir /etc/mekiki
echo root:x:0:0::/:/bin/sh > /etc/passwd
printf 'root:x:0:\\nmekiki:x:0:\\n' > /etc/group
for lineage; do
  echo "# $lineage"
  RENEWED_LINEAGE=$lineage "$HOOK" || echo failed
done
find /etc/mekiki/tls -printf '%y %m %P\\n' 2> /dev/null | sort
cmp -s /etc/mekiki/tls/fullchain.pem "$1/fullchain.pem" &&
  cmp -s /etc/mekiki/tls/privkey.pem "$1/privkey.pem" && echo "those of the first"
true
"""


@pytest.fixture
def renew(root, tmp_path, authority):
    """A function that runs the hook for certificates, as certbot does. Of each:
    the names that it is for, with blanks between."""
    def run_hook(*names, state="active", ours="a.example"):
        shutil.rmtree(tmp_path / "live", ignore_errors=True)
        shutil.rmtree(tmp_path / "archive", ignore_errors=True)
        for number, name in enumerate(names):
            live = tmp_path / "live" / str(number)
            archive = tmp_path / "archive" / str(number)
            live.mkdir(parents=True)
            archive.mkdir(parents=True)
            made = authority.issue(*name.split())
            shutil.copy(made.chain, archive / "fullchain1.pem")
            (live / "fullchain.pem").symlink_to(archive / "fullchain1.pem")
            if "broken" not in name:
                shutil.copy(made.key, archive / "privkey1.pem")
                (live / "privkey.pem").symlink_to(archive / "privkey1.pem")
        systemctl = tmp_path / "systemctl"
        systemctl.write_text('#!/bin/sh\necho systemctl "$@"\n'
                             f'case "$*" in *is-active*) [ {state} = active ] ;; esac\n')
        systemctl.chmod(0o755)
        # As the manual says.
        hook = tmp_path / "hook"
        example = root / "usr/share/doc/mekiki/examples/letsencrypt-hook"
        hook.write_bytes(run(["sed", f"s/^name=$/name={ours}/", example]).stdout)
        hook.chmod(0o755)
        done = run([program("unshare"), "--user", "--map-root-user", "--mount", "sh", "-c",
                    RENEWAL, "sh", *[tmp_path / "live" / str(n) for n in range(len(names))]],
                   env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOOK": str(hook)})
        return done.stdout.decode().replace(f"{tmp_path}/live/", "").splitlines()
    return run_hook


THERE = ["d 750 ", "f 640 fullchain.pem", "f 640 privkey.pem"]
ASKED = "systemctl --quiet is-active mekiki"
RELOADED = [ASKED, "systemctl reload mekiki"]


def test_a_renewed_certificate_is_given_to_the_service(renew):
    assert renew("a.example") == ["# 0", *RELOADED, *THERE, "those of the first"]
    assert renew("www.example a.example", state="inactive") == [
        "# 0", ASKED, *THERE, "those of the first"]
    assert renew("a.example", "a.example") == ["# 0", *RELOADED, "# 1", *RELOADED, *THERE]


def test_certificates_of_others_are_left_alone(renew):
    assert renew("a.example", "www.other.example", "xa.example") == [
        "# 0", *RELOADED,
        "# 1", "mekiki: 1 is not for a.example and left alone",
        "# 2", "mekiki: 2 is not for a.example and left alone",
        *THERE, "those of the first"]


def test_a_hook_without_a_name_takes_none(renew):
    assert renew("a.example", ours="") == ["# 0", "failed"]


def test_half_a_certificate_changes_nothing(renew):
    assert renew("a.example", "broken a.example") == [
        "# 0", *RELOADED, "# 1", "failed", *THERE, "those of the first"]


# What stands in for the programs that the scripts of the package call; each says
# how it is called.
@pytest.fixture
def script(packages, tmp_path):
    """A function that runs one on a machine of its own, as dpkg does."""
    control = tmp_path / "control"
    run(["dpkg-deb", "-e", packages[0], control])

    def run_script(name, *words, fails=(), settings="", prepare="", **environment):
        for each in ("mekiki", "timeout", "systemctl", "deb-systemd-helper",
                     "deb-systemd-invoke", "systemd-sysusers"):
            file = tmp_path / each
            end = 'exec "$@"' if each == "timeout" else "exit 1" if each in fails else ""
            drop = "while [ $1 != mekiki ]; do shift; done\n" if each == "timeout" else ""
            file.write_text(f'#!/bin/sh\necho {each} "$@" >&2\n{drop}{end}\n')
            file.chmod(0o755)
        around = f"""
            for each in etc run var; do mount -t tmpfs none /$each; done
            mkdir -p /etc/mekiki /run/systemd/system /var/lib/mekiki /var/backups
            printf '%s' "$SETTINGS" > /etc/mekiki/mekiki.toml
            {prepare}
            "$0" "$@" || echo "exit code $?"
        """
        done = run([program("unshare"), "--user", "--map-root-user", "--mount", "sh", "-c",
                    around, control / name, *words],
                   env={"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin",
                        "SETTINGS": settings, **environment})
        return (done.stderr + done.stdout).decode()
    return run_script


BACKUP = "mekiki backup /var/backups/mekiki-0.1.9.tar --force --config /etc/mekiki/mekiki.toml"


def test_an_upgrade_that_cannot_be_undone_is_refused(script):
    """So that the old version goes on serving mail."""
    kept = "touch /var/lib/mekiki/mekiki.db"
    assert "exit code" not in script("preinst", "install")
    assert BACKUP not in script("preinst", "upgrade", "0.1.9"), "nothing to save"
    said = script("preinst", "upgrade", "0.1.9", prepare=kept)
    assert f"timeout -k 10 600 {BACKUP}" in said and "exit code" not in said
    said = script("preinst", "upgrade", "0.1.9", prepare=kept, fails=["mekiki"])
    assert "NOT UPGRADED" in said and said.endswith("exit code 1\n"), said
    said = script("preinst", "upgrade", "0.1.9", prepare=kept, fails=["mekiki"],
                  MEKIKI_UPGRADE_WITHOUT_BACKUP="1")
    assert said == ""
    # Where the settings have it elsewhere.
    said = script("preinst", "upgrade", "0.1.9", settings='log.level = "info"\nstate = "/srv"\n',
                  prepare="mount -t tmpfs none /srv; touch /srv/mekiki.db")
    assert BACKUP in said


def test_the_old_version_goes_on_where_the_new_one_would_not_start(script):
    assert "deb-systemd-invoke restart mekiki.service" in script("postinst", "configure", "0.1.9")
    said = script("postinst", "configure", "0.1.9", fails=["mekiki"])
    assert "NOT RESTARTED" in said and "invoke restart" not in said, said
    said = script("postinst", "abort-upgrade", "0.1.9")
    assert "invoke start" in said and "invoke restart" not in said, said
    assert "invoke start" in script("postinst", "configure", "", fails=["mekiki"])


def test_a_purge_names_what_it_leaves(script):
    said = script("postrm", "purge", prepare="touch /var/backups/mekiki-0.1.9.tar")
    assert "/var/backups/mekiki-0.1.9.tar" in said and "can pass for this Mekiki" in said
    assert "backups" not in script("postrm", "purge")
    assert "backups" not in script(
        "postrm", "remove", prepare="touch /var/backups/mekiki-0.1.9.tar")


def test_manual_pages_are_right_and_whole(root):
    for page in ("man1/mekiki.1.gz", "man5/mekiki.toml.5.gz"):
        file = root / "usr/share/man" / page
        done = run([program("man"), "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file],
                   env=dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ=""))
        assert not done.stderr, done.stderr.decode()
    text = run([program("man"), "-l", root / "usr/share/man/man5/mekiki.toml.5.gz"],
               env=dict(os.environ, LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING="",
                        MANWIDTH="200", PAGER="cat")).stdout.decode()
    for line in run([binary(), "config", "defaults"]).stdout.decode().splitlines():
        if re.match("[a-z]", line):
            assert line.split(" = ")[0] in text, line


# ---------------------------------------------------------------- completion

BASH = """
. {file}
COMP_WORDS=({words} '')
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_mekiki
echo "${{COMPREPLY[@]}}"
"""
CASES = [
    ("mekiki", {"serve", "backup", "store", "--help"}),
    ("mekiki store", {"backup", "vacuum", "check", "export"}),
    ("mekiki store export", {"--account", "--format"}),
    ("mekiki store export --format", {"jsonl", "csv"}),
    ("mekiki completion", {"--help"}),
    ("mekiki user set taro --methods A", {"--when", "--subject-mark"}),
]


@pytest.mark.parametrize("words,offered", CASES)
def test_bash_completes(root, words, offered):
    file = root / "usr/share/bash-completion/completions/mekiki"
    said = run(["bash", "-c", BASH.format(file=file, words=words)]).stdout.decode()
    assert offered <= set(said.split()), said


@pytest.mark.parametrize("words,offered", CASES)
def test_fish_completes(root, folder, words, offered):
    file = root / "usr/share/fish/vendor_completions.d/mekiki.fish"
    ask = f"source {file}; complete -C '{words} '; complete -C '{words} -'"
    said = run([program("fish"), "--no-config", "-c", ask],
               env=dict(os.environ, HOME=str(folder))).stdout.decode()
    assert offered <= {line.split("\t")[0] for line in said.splitlines()}, said


def test_zsh_takes_it(root):
    """Its completion needs a terminal; here it is read, and knows its words."""
    file = root / "usr/share/zsh/vendor-completions/_mekiki"
    assert file.read_text().startswith("#compdef mekiki\n")
    run([program("zsh"), "-n", file])
    ask = f"""
      _describe() {{ print -l -- ${{items%%:*}} }}
      _files() {{ }}
      words=(mekiki store export --format ''); CURRENT=5
      . {file}
      words=(mekiki store ''); CURRENT=3
      . {file}
    """
    said = run([program("zsh"), "-f", "-c", ask]).stdout.decode().split()
    assert {"jsonl", "csv", "backup", "vacuum"} <= set(said), said


# ---------------------------------------------------------------- make demo

@pytest.mark.parametrize("at_hand,runs", [
    (["mekiki"], "mekiki demo"),
    (["podman"], "podman run --rm --network host -e LANG -e LC_ALL mekiki demo"),
    (["podman", "mekiki"], "mekiki demo"),
    ([], "make build\nbuilt demo"),
    (["podman", "mekiki", "build.ninja"], "make build\nbuilt demo"),
])
def test_make_demo_compiles_only_where_it_must(folder, at_hand, runs):
    """Each program says how it is called."""
    place = folder / "-".join(["demo", *at_hand])
    build = place / "build"
    build.mkdir(parents=True)

    def put(file, text):
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    put(place / "make", 'echo make "$@"')
    put(build / "mekiki", 'echo built "$@"')
    put(place / "docker", "exit 1")
    for name in at_hand:
        put(build / name if "." in name else place / name,
            f'[ "$2" = inspect ] || echo {name} "$@"')
    done = run([ROOT / "tools/run-demo", build],
               env={"PATH": str(place), "MAKE": "make"})
    assert done.stdout.decode().strip() == runs
