"""The command line as people see it: runs the built program.

usage: command_line_test.py PROGRAM
"""
import csv
import email.message
import gzip
import io
import json
import os
import pathlib
import poplib
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

PROGRAM = ""


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.env = dict(os.environ, HOME=folder.name, TMPDIR=folder.name)
        self.env.pop("STATE_DIRECTORY", None)
        self.env.pop("XDG_STATE_HOME", None)

    def run_it(self, *args, stdin=b"", code=0):
        done = subprocess.run(
            [PROGRAM, *map(str, args)], input=stdin, cwd=self.dir,
            env=self.env, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code,
                         (args, done.stdout, done.stderr))
        return done.stdout.decode(), done.stderr.decode()

    def demo(self):
        self.run_it("demo", "--write", "mails")
        return sorted((self.dir / "mails").glob("*.eml"))

    def verify(self, *args, **more):
        out, _ = self.run_it("verify", "--json", "--dns", "mails/zone.json",
                             *args, **more)
        return [json.loads(line) for line in out.splitlines()]

    def test_user(self):
        def user(*words, **more):
            return self.run_it("user", *words, "--state", "users", **more)

        taro = "taro%Pop.example.jp:995"
        self.assertEqual(
            user("list")[0],
            "Nobody has chosen; everybody is told as the settings say.\n")
        shown, _ = user("set", taro, "--methods", "b,a", "--when", "altered",
                        "--language", "ja", "--word", "花見", "--subject-mark", "on")
        self.assertIn("A (rewritten), B (warning mail)\n", shown)
        self.assertIn("secret word   花見\n", shown)
        user("set", taro, "--when", "classic")  # the rest stays
        self.assertEqual(
            user("list")[0],
            "taro%pop.example.jp  A,B, when classic, language ja, subject mark "
            "on, with a secret word\n")
        for words, says in [
                (["set", taro, "--methods", "E"], "methods are a list of A"),
                (["set", taro, "--when", "never"], "--when"),
                (["set", taro, "--word", "a\nb"], "expected one line"),
                (["set", taro, "--word", "a" * 65], "at most 64 octets"),
                (["show", "taro"], "%"),
                (["rehearse", taro], "no mail of taro%pop.example.jp was judged")]:
            self.assertIn(says, user(*words, code=2)[1])
        self.run_it("user", code=2)
        shown, _ = user("set", taro, "--default")
        self.assertIn("as the settings say", shown)
        self.assertIn("Nobody", user("list")[0])

    def test_store(self):
        def store(*words, **more):
            return self.run_it("store", *words, "--state", "kept", **more)

        for words in (["check"], ["vacuum"], ["export"], ["backup", "copy.db"]):
            self.assertIn("there is no history at kept/mekiki.db",
                          store(*words, code=2)[1])
        self.assertFalse((self.dir / "kept").exists())
        self.run_it("trust", "add", "author", "*@example.jp", "--state", "kept")
        shown, _ = store("check")
        self.assertIn("  integrity  good\n", shown)
        self.assertRegex(shown, r"\n +1  rule\n")
        self.assertIn(" freed\n", store("vacuum")[0])
        self.assertEqual(store("export"), ("", ""))
        header, _ = store("export", "--format", "csv")
        self.assertEqual(header.count(","), 15)

        os.umask(0)
        copy = self.dir / "copy.db"
        self.assertIn("copy.db: ", store("backup", "copy.db")[0])
        self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
        copy.write_bytes(b"precious")
        for words, says in [
                (["backup", "copy.db"], "is there already; --force"),
                (["backup"], "FILE"),
                (["backup", "missing/copy.db"], "cannot write missing/copy.db"),
                (["backup", "kept", "--force"], "is a folder"),
                (["backup", "kept/mekiki.db", "--force"], "is a part of the state"),
                (["backup", "kept/../kept/mekiki.db-wal"], "is a part of the state"),
                (["export", "--format", "xml"], "--format"),
                (["export", "--from", "soon"], "a date such as"),
                (["export", "--from", "2026-03-02", "--to", "2026-03-01"],
                 "--to: expected a time after --from"),
                (["export", "--account", "taro"], "does not say which server")]:
            with self.subTest(words=words):
                self.assertIn(says, store(*words, code=2)[1])
        self.assertEqual(copy.read_bytes(), b"precious")
        self.assertIn("is no earlier backup",
                      store("backup", "copy.db", "--force", code=2)[1])
        self.assertEqual(copy.read_bytes(), b"precious")
        copy.write_bytes(b"")
        store("backup", "copy.db", "--force")
        store("backup", "copy.db", "--force")
        self.assertEqual(copy.read_bytes()[:15], b"SQLite format 3")
        self.assertEqual(list(self.dir.glob("copy.db?*")), [])

        # The copy takes the place of the database.
        (self.dir / "other").mkdir(mode=0o700)
        copy.rename(self.dir / "other" / "mekiki.db")
        listed, _ = self.run_it("trust", "list", "--state", "other")
        self.assertIn("*@example.jp", listed)

        database = self.dir / "kept" / "mekiki.db"
        good = database.read_bytes()
        database.write_bytes(good[:8192] + b"\xff" * 8192 + good[16384:])
        self.assertIn("  integrity  damaged\n", store("check", code=1)[0])
        self.assertIn("damaged", store("backup", "bad.db", code=2)[1])
        self.assertEqual(list(self.dir.glob("bad.db*")), [])
        database.write_bytes(b"Dear diary" * 1000)
        self.assertIn("is not a database", store("check", code=2)[1])
        self.run_it("store", code=2)

    def test_store_erase(self):
        def store(*words, **more):
            return self.run_it("store", *words, "--state", "kept", **more)

        names = ["taro%pop.example.jp", "jiro%pop.example.jp"]
        for name in names:
            self.run_it("trust", "add", "author", "*@example.jp", "--account", name,
                        "--state", "kept")
        with sqlite3.connect(self.dir / "kept" / "mekiki.db") as db:
            db.execute("INSERT INTO scope VALUES (1, 'account:a')")
            for n, name in enumerate(names * 2):
                db.execute(
                    "INSERT INTO mail VALUES (NULL, 1, ?, ?, 'u', ?, ?, 0, "
                    "'new', 'why', 'pass', 'pass', '', 'example.jp', "
                    "NULL, NULL, 0, '', '', '')", (str(n), name, n, n))
        db.close()
        self.assertIn("say --yes", store("erase", names[0], code=2)[1])
        self.assertEqual(store("export")[0].count("\n"), 4)
        self.assertEqual(store("erase", names[0], "--yes")[0],
                         f"{names[0]}: erased, with 2 mails\n")
        self.assertEqual(
            {json.loads(m)["account"] for m in store("export")[0].splitlines()},
            {names[1]})
        self.assertIn(names[0], self.run_it("trust", "list", "--state", "kept")[0])
        store("erase", names[0], "--all", "--yes")
        rules, _ = self.run_it("trust", "list", "--state", "kept")
        self.assertNotIn(names[0], rules)
        self.assertIn(names[1], rules)
        for wrong in ("", "%", "*"):
            self.assertTrue(store("erase", wrong, "--yes", code=2)[1])
        # Of whom nothing is kept, as of who was mistyped.
        for name, words in [("tarou%pop.example.jp", []), (names[0], []),
                            (names[0], ["--all"])]:
            out, err = store("erase", name, *words, "--yes", code=1)
            self.assertEqual(out, "")
            self.assertIn(f"nothing is kept of {name}", err)

    def test_store_export_is_safe(self):
        self.run_it("trust", "list", "--state", "kept")
        formulas = ["=1+1", "+1", "-1", "@a", " =1", "\uff1d1", "\t=1", "\r=1",
                    '"=1', "\x1b[2J\n\x9b", "\udcff", "x,y"]
        with sqlite3.connect(self.dir / "kept" / "mekiki.db") as db:
            db.execute("INSERT INTO scope VALUES (1, 'account:a')")
            for n, text in enumerate(formulas):
                octets = text.encode("utf-8", "surrogateescape")
                db.execute(
                    "INSERT INTO mail VALUES (NULL, 1, ?, 'a', 'u', ?, ?, 0, "
                    "'forged', 'why', 'fail', 'fail', 'reject', 'example.jp', "
                    "NULL, CAST(? AS TEXT), 0, '', '', '')", (str(n), n, n, octets))
        db.close()
        lines, _ = self.run_it("store", "export", "--state", "kept")
        mails = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([m["subject"] for m in mails],
                         [t.replace("\udcff", "\ufffd") for t in formulas])
        self.assertEqual({m["author"] for m in mails}, {None})
        self.assertEqual(mails[1]["fetched"], "1970-01-01T00:00:01Z")
        sheet, _ = self.run_it("store", "export", "--state", "kept",
                               "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(sheet, newline="")))
        self.assertEqual(
            [row["subject"] for row in rows],
            ["'=1+1", "'+1", "'-1", "'@a", "' =1", "'\uff1d1", "\\x09=1",
             "\\x0d=1", '"=1', "\\x1b[2J\\x0a\\xc2\\x9b", "\\xff",
             "x,y"])
        self.assertEqual(sheet.count("\n"), len(formulas) + 1)
        some, _ = self.run_it("store", "export", "--state", "kept",
                              "--from", "3", "--to", "5")
        self.assertEqual(some.count("\n"), 2)

    def test_trust(self):
        def trust(*words, **more):
            return self.run_it("trust", *words, "--state", "state", **more)

        self.assertEqual(trust("list"), ("", "mekiki: there are no rules yet\n"))
        out, _ = trust("add", "author", "*@Example.JP")
        self.assertEqual(out, "   1  trust author *@example.jp, for all\n")
        out, _ = trust("add", "author", "shop@例え.jp", "--signer", "Example.com",
                       "--account", "taro%Pop.example.jp:995",
                       "--until", "2099-01-01")
        self.assertEqual(
            out, "   2  trust author shop@xn--r8jz45g.jp signed by example.com, "
            "for taro%pop.example.jp, until 2099-01-01T00:00:00Z\n")
        _, error = trust("add", "list", "users.lists.example.org",
                         "--until", "2020-01-01", code=2)
        self.assertIn("2020-01-01T00:00:00Z is past", error)
        _, error = trust("add", "author", "foo", "--distrust", code=2)
        self.assertIn("a name without a dot", error)
        trust("add", "list", "Users.Lists.example.org", "--distrust")
        trust("add", "signer", "spf:example.net")
        trust("add", "forwarder", "example.org")
        trust("add", "forwarder", "example.org", "--distrust")
        out, _ = trust("list")
        self.assertEqual(out.splitlines(), [
            "   1  trust author *@example.jp, for all",
            "   2  trust author shop@xn--r8jz45g.jp signed by example.com, "
            "for taro%pop.example.jp, until 2099-01-01T00:00:00Z",
            "   3  distrust list users.lists.example.org, for all",
            "   4  trust signer spf:example.net, for all",
            "   5  distrust forwarder example.org, for all"])
        out, _ = trust("remove", "2")
        self.assertTrue(out.startswith("Removed:   2  trust author shop@"), out)
        for words, says in [
                (["remove", "2"], "there is no rule 2"),
                (["add", "list", "no domain"], "a list is named by"),
                (["add", "list", "dev@lists.example.org"], "List-Id"),
                (["add", "signer", "<example.org>"],
                 "expected a domain such as \"example.jp\"; got \"<example.org>\""),
                (["add", "forwarder", "co.jp"],
                 "stands for all domains that end in it; got \"co.jp\""),
                (["add", "author", "bank"],
                 "expected a domain such as \"example.jp\": this stands for all "
                 "domains that end in it; got \"bank\""),
                (["add", "author", "*@*.com"], "stands for all domains"),
                (["add", "author", "*"], "everybody"),
                (["add", "author", "@example.jp"], "*@example.jp"),
                (["add", "author", "<taro@example.jp>"], "expected an address"),
                (["add", "author", "a@b.example", "--signer", "e@esp.example"],
                 "got \"e@esp.example\""),
                (["add", "author", "a b"], "expected an address"),
                (["add", "list", "a.example", "--signer", "b.example"],
                 "a signer goes with rules about authors only"),
                (["add", "signer", "a.example", "--account", "taro"],
                 "does not say which server"),
                (["add", "sender", "a.example"], "KIND"),
                (["add", "signer", "a.example", "--until", "soon"], "a date such as")]:
            with self.subTest(words=words):
                _, error = trust(*words, code=2)
                self.assertIn(says, error)
        self.run_it("trust", code=2)
        out, error = self.run_it("senders", "--state", "state")
        self.assertEqual(len(out.splitlines()), 1)
        self.assertIn("no mail was noted", error)
        mode = (self.dir / "state" / "mekiki.db").stat().st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def through_hidden_hosts(self, count, inside=""):
        """Signed mails of so many domains, as a provider delivers them whose
        hosts neither name nor address gives away; and its zone. `inside`: a
        field between its two hosts."""
        out, _ = self.run_it("keygen", "--domain", "org0.test", "--selector", "s",
                             "--type", "ed25519", "--out", "key.pem")
        record = "".join(re.findall(r'"([^"]*)"', out))
        zone = {"home.test": {"MX": [[10, "mx.home.test"]]},
                "mx.home.test": {"A": ["198.51.100.1"]},
                "pop.home.test": {"A": ["198.51.100.2"]}}
        paths = []
        for n in range(count):
            domain, client = f"org{n}.test", f"203.0.113.{n + 1}"
            zone[domain] = {"TXT": [f"v=spf1 ip4:{client} -all"]}
            zone["s._domainkey." + domain] = {"TXT": [record]}
            mail = (f"From: Hanako <hanako@{domain}>\r\nSubject: {n}\r\n"
                    "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n")
            signed = subprocess.run(
                [PROGRAM, "sign", "--domain", domain, "--selector", "s",
                 "--key", "key.pem", "--at", "2026-11-21T10:00:00Z"],
                input=mail.encode(), cwd=self.dir,
                env=self.env, capture_output=True, check=True).stdout
            trace = (
                f"Return-Path: <hanako@{domain}>\r\n"
                "Received: from gw.hidden.test (gw.hidden.test [192.0.2.7])\r\n"
                "\tby store.hidden.test (Postfix) with ESMTP id 1;\r\n"
                "\tSat, 21 Nov 2026 10:00:02 +0000\r\n"
                f"{inside}"
                f"Received: from mail.{domain} (unknown [{client}])\r\n"
                "\tby gw.hidden.test (Postfix) with ESMTPS id 2;\r\n"
                "\tSat, 21 Nov 2026 10:00:01 +0000\r\n")
            path = self.dir / f"{n}.eml"
            path.write_bytes(trace.encode() + signed)
            paths.append(path)
        (self.dir / "zone.json").write_text(json.dumps(zone))
        return paths

    def test_provider_learn_offers_no_settings_without_effect(self):
        """A program of the host handed the mail on: only earlier mails show
        that."""
        paths = self.through_hidden_hosts(
            12, "Received: from mail by gw.hidden.test with spam-scanned (Exim 4)"
            "\r\n\tid 3; Sat, 21 Nov 2026 10:00:01 +0000\r\n")
        (self.dir / "c.toml").write_text("")
        judging = ("--dns", "zone.json", "--config", "c.toml", "--at",
                   "2026-11-21T10:01:00Z", "--account",
                   "taro@home.test%pop.home.test")
        out, _ = self.run_it("provider", "learn", *judging, *paths)
        self.assertIn("12 mails, 0 with a border that is certain, 12", out)
        self.assertNotIn("[[provider]]", out)
        self.assertIn("No settings can say this", out)
        told, _ = self.run_it("provider", "learn", *judging, "--json", *paths)
        self.assertIsNone(json.loads(told)["settings"])
        _, error = self.run_it("provider", "learn", *judging, "--write", *paths,
                               code=2)
        self.assertIn("nothing to write", error)

    def test_provider_learn_says_of_how_many_mails_it_knows_enough(self):
        paths = self.through_hidden_hosts(4)
        paths[0].write_bytes(
            paths[0].read_bytes().replace(b"192.0.2.7", b"192.0.2.9"))
        (self.dir / "c.toml").write_text(
            '[[provider]]\nupstream = "pop.home.test"\n'
            'networks = ["192.0.2.7/32"]\n')
        out, _ = self.run_it(
            "provider", "learn", "--dns", "zone.json", "--config", "c.toml",
            "--at", "2026-11-21T10:01:00Z", "--account",
            "taro@home.test%pop.home.test", *paths)
        self.assertIn("In 3 of 4 mails the border is certain already; the "
                      "others are not enough for advice", out)

    def test_provider_learn(self):
        paths = self.through_hidden_hosts(12)
        settings = self.dir / "c.toml"
        settings.write_text('[admin]\nlisten = []')
        settings.chmod(0o640)
        judging = ("--dns", "zone.json", "--config", "c.toml", "--at",
                   "2026-11-21T10:01:00Z", "--account",
                   "taro@home.test%pop.home.test")

        def learn(*words, **more):
            return self.run_it("provider", "learn", *judging, *words, **more)

        def border():
            out, _ = self.run_it("verify", "--json", *judging, paths[3])
            return json.loads(out)["border"]

        self.assertFalse(border()["certain"])
        out, _ = learn(*paths[:11])
        self.assertIn("11 mails, 0 with a border that is certain, 11", out)
        self.assertIn("needs: mails 11 of 12, days 1 of 5", out)
        self.assertIn("not enough for advice", out)
        self.assertIn("nothing to write", learn(*paths[:11], "--write", code=2)[1])
        out, _ = learn(*paths)
        self.assertIn("    border by hidden.test gw\n", out)
        lines = ('[[provider]]\nupstream = "pop.home.test"\n'
                 'networks = ["192.0.2.7/32"]\n')
        self.assertTrue(out.endswith(lines), out)
        self.assertNotIn("provider", settings.read_text())
        told = json.loads(learn(*paths, "--json")[0])
        self.assertEqual(told["host"], "pop.home.test")
        self.assertEqual(told["views"][0]["senders"], 12)
        self.assertEqual(told["settings"], lines)

        _, said = learn(*paths, "--write")
        self.assertIn("The [[provider]] for pop.home.test was added to c.toml; "
                      "`mekiki serve` takes it up when it is told to reload (SIGHUP)", said)
        self.assertEqual(settings.read_text(),
                         '[admin]\nlisten = []\n\n' + lines)
        self.assertEqual(stat.S_IMODE(settings.stat().st_mode), 0o640)
        self.assertTrue(border()["proves"])
        self.assertEqual(border()["ip"], "203.0.113.4")
        out, _ = learn(*paths)
        self.assertIn("Nothing has to be learned", out)
        learn(*paths, "--write")  # and nothing to write, which is no mistake
        self.assertEqual(settings.read_text().count("[[provider]]"), 1)
        self.assertIn("gone.eml", learn(paths[0], "gone.eml", code=2)[1])
        (self.dir / "empty").mkdir()
        out, _ = learn("empty")
        self.assertIn("No mail was found", out)
        self.assertNotIn("certain without", out)
        self.assertIn("--account", self.run_it(
            "provider", "learn", paths[0], code=2)[1])
        self.assertIn("--config", self.run_it(
            "provider", "learn", "--account", "a%b.test", "--write", code=2)[1])
        self.assertIn("--account", self.run_it(
            "provider", "learn", "--config", "c.toml", "--write", code=2)[1])

    def test_provider_list_and_forget(self):
        def provider(*words, **more):
            return self.run_it("provider", *words, "--state", "kept", **more)

        self.assertIn("Nothing was learned", provider("list")[0])
        self.assertEqual(provider("list", "--json")[0], "")
        account = "taro%pop.home.test"
        with sqlite3.connect(self.dir / "kept" / "mekiki.db") as db:
            db.execute("INSERT INTO scope (id, name) VALUES (7, ?)",
                       ("account:" + account,))
            for n in range(3):
                db.execute(
                    "INSERT INTO border_vote (scope, mx_set, signature, "
                    "organization, authority, places, depth, at) "
                    "VALUES (7, 'mx.home.test\n', ?, ?, ?, ?, 1, ?)",
                    (f"s{n}", f"org{n}.test", f"ip4:203.0.113.{n}",
                     "border by hidden.test store\x1f192.0.2.7\x1e"
                     "public hidden.test by hidden.test smtp\n"
                     f"border by hidden.test gw\x1f203.0.113.{n}",
                     1795262400 + 86400 * n))
        out, _ = provider("list")
        self.assertIn(f"pop.home.test, mails of {account}; MX hosts: mx.home.test\n",
                      out)
        self.assertIn("not in use: 3 mails of 3 senders, 0 against", out)
        self.assertIn("senders 3 of 8, days 3 of 5", out)
        self.assertIn("border by hidden.test gw\n", provider("learn")[0])
        out, _ = provider("learn", "--account", account)
        self.assertIn("3 mails, 0 with", out)
        self.assertIn("border by hidden.test gw\n", out)
        with sqlite3.connect(self.dir / "kept" / "mekiki.db") as db:
            db.execute("INSERT INTO border_answer VALUES "
                       "(7, 'mx.home.test\n', ?, 'yes', 1795262400)",
                       ("public hidden.test by hidden.test smtp\n"
                        "border by hidden.test gw",))
        self.assertIn("  in use, confirmed 2026-11-21T12:00:00Z: 3 mails of 3 "
                      "senders", provider("list")[0])
        told = json.loads(provider("list", "--json")[0])
        self.assertEqual((told["views"][0]["usable"], told["views"][0]["answer"]),
                         (True, "yes"))
        self.assertIn("see `mekiki provider list`",
                      provider("forget", "pop.else.test", code=2)[1])
        self.assertIn("nothing was learned", provider(
            "forget", "pop.home.test", "--account", "jiro%pop.home.test", code=2)[1])
        self.assertEqual(provider("forget", "POP.home.test")[0],
                         "what 3 mails taught is forgotten\n1 answer forgotten\n")
        self.assertIn("Nothing was learned", provider("list")[0])
        self.run_it("provider", code=2)

    def test_rules_rotate(self):
        account = "taro%pop.example.jp:995"

        def rules(client, *words, lang="en", **more):
            return self.run_it("rules", client, "--account", account, "--lang",
                               lang, "--state", "kept", *words, **more)

        def values(rules):
            return re.findall(r"genuine-([0-9a-f]{16})", rules)

        out, told = rules("mutt")
        self.assertEqual(told, "")
        old = values(out)[0]
        out, told = rules("mutt", "--rotate")
        self.assertIn(old, values(out))
        self.assertIn("has a new value; the old one (the lines with "
                      f"{old}) counts until 2", told)
        self.assertIn("For other clients run this without --rotate", told)
        self.assertIn("print the rules once more", told)
        # Nobody fetched mail as this one yet.
        self.assertIn("no mail of taro%pop.example.jp is in the history", told)
        # The next client: the first one's rules stay good.
        told = rules("claws", "--rotate", code=2)[1]
        self.assertIn("got a new value on 2", told)
        self.assertEqual(set(values(rules("mutt")[0])), set(values(out)))
        self.assertEqual(rules("claws")[1], "")
        out, told = rules("claws", "--rotate", "--force")
        self.assertNotIn(old, values(out))
        self.assertIn("値を新しくしました", rules(
            "mutt", "--rotate", "--force", lang="ja")[1])

    def test_version_and_help(self):
        out, _ = self.run_it("--version")
        self.assertRegex(out, r"^mekiki \d+\.\d+\.\d+\n$")
        out, _ = self.run_it("--help")
        commands = re.findall(r"^  ([a-z][a-z-]*)  ", out, re.M)
        self.assertEqual(commands, [
            "serve", "reload", "demo", "try", "send-test", "verify", "explain", "spf", "dmarc",
            "domain", "sign", "keygen", "cert", "trust", "provider", "reports", "milter", "senders",
            "store", "user", "rules", "texts", "config", "backup", "restore", "passwd",
            "manual", "completion"])
        for command in commands:
            out, _ = self.run_it(command, "--help")
            self.assertIn("Usage: mekiki " + command, out)
            self.assertIn("Examples:", out)
            self.assertNotIn("\x1b", out)
        self.run_it("config", "check", "--help")
        self.run_it("config", "defaults", "--help")

    def test_reports_are_judged_by_their_mail(self):
        def report(n):
            return (f"<feedback><report_metadata><org_name>R</org_name><report_id>{n}"
                    "</report_id></report_metadata><record/></feedback>")

        def mail(author, n):
            return (f"From: Reporter <dmarc@{author}>\r\nSubject: Report\r\n"
                    f"Content-Type: text/xml\r\n\r\n{report(n)}\r\n").encode()

        self.sign(b"From: a@friend.example\r\n\r\n")  # makes key and zone

        def sign(octets):
            return subprocess.run(
                [PROGRAM, "sign", "--domain", "friend.example", "--selector", "s", "--key",
                 "key.pem"], input=octets, cwd=self.dir, env=self.env, capture_output=True,
                check=True).stdout

        signed = sign(mail("friend.example", 1))
        for name, octets in [
                ("good.eml", signed),
                ("changed.eml", signed.replace(b"<report_id>1", b"<report_id>2")),
                ("unsigned.eml", mail("friend.example", 3)),
                ("other.eml", sign(mail("victim.example", 4))),  # by somebody else
                ("alone.xml", report(5).encode()),
                ("forwarded.eml", sign(
                    b"From: friend@friend.example\r\nContent-Type: message/rfc822\r\n\r\n"
                    + mail("victim.example", 6)))]:
            (self.dir / name).write_bytes(octets)
        files = ["good.eml", "changed.eml", "unsigned.eml", "other.eml", "alone.xml",
                 "forwarded.eml"]
        out, _ = self.run_it("reports", "read", "--json", "--judge", "--dns", "zone.json", *files)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([r["file"] for r in lines], files)
        self.assertEqual(
            [(r.get("proven"), r.get("author_domain")) for r in lines],
            [(True, "friend.example"), (False, "friend.example"), (False, "friend.example"),
             (False, "victim.example"), (None, None), (False, None)])
        out, _ = self.run_it("reports", "read", "--json", *files)
        self.assertNotIn("proven", out)
        out, _ = self.run_it("reports", "read", "--judge", "--dns", "zone.json", "--lang", "en",
                             *files[:2])
        self.assertIn("  sent by friend.example, which is proven\n", out)
        self.assertIn("  NOT PROVEN: it may be from anybody; its mail names friend.example\n",
                      out)
        _, err = self.run_it("reports", "read", "--judge", "--dns", "missing.json", "good.eml",
                             code=2)
        self.assertIn("missing.json", err)

    def test_reports(self):
        def aggregate(name, mails):
            record = ("<record><row><source_ip>192.0.2.{0}</source_ip><count>{0}</count>"
                      "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
                      "<spf>fail</spf></policy_evaluated></row><identifiers><header_from>"
                      "example.jp</header_from></identifiers><auth_results><spf><domain>"
                      "example.jp</domain><result>fail</result></spf></auth_results></record>")
            return ("<feedback><report_metadata><org_name>Reporter</org_name><report_id>"
                    + name + "</report_id><date_range><begin>1767225600</begin><end>"
                    "1767311999</end></date_range></report_metadata><policy_published>"
                    "<domain>example.jp</domain><p>none</p></policy_published>"
                    + "".join(record.format(n) for n in mails) + "</feedback>").encode()

        def read(*words, **more):
            out, err = self.run_it("reports", "read", *words, "--at", "2026-02-01", **more)
            return out, err

        folder = self.dir / "in"
        folder.mkdir()
        (folder / "a.xml").write_bytes(aggregate("a\x1b", [1, 2]))
        (folder / "b.xml.gz").write_bytes(gzip.compress(aggregate("b", [3])))
        with zipfile.ZipFile(folder / "c.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("b again.xml", aggregate("b", [3]))
            packed.writestr("c.xml", aggregate("c", [4]))
        out, err = read("--json", "in")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(r["report_id"], r["messages"], r["file"], r["part"]) for r in lines],
                         [("a\x1b", 3, "in/a.xml", None), ("b", 3, "in/b.xml.gz", None),
                          ("c", 4, "in/c.zip", "c.xml")])
        self.assertEqual(err, "mekiki: in/c.zip (b again.xml): the same report as in/b.xml.gz.\n")
        first = lines[0]
        self.assertEqual(
            [first[name] for name in ("type", "org_name", "begin", "end", "domain", "warnings")],
            ["aggregate", "Reporter", 1767225600, 1767311999, "example.jp", []])
        self.assertEqual(first["policy"]["p"], "none")
        self.assertEqual(
            [r["source_ip"] for r in first["records"]], ["192.0.2.1", "192.0.2.2"])
        self.assertEqual(first["records"][1]["auth_results"], {
            "dkim": [], "spf": [{"domain": "example.jp", "scope": None, "result": "fail",
                                 "human_result": None}]})

        # A mail with two of them, alone, in an mbox and from a pipe.
        mail = email.message.EmailMessage()
        mail["From"] = "dmarc@reporter.example"
        mail.set_content("See below.\nFrom here on 12:30 it is no mbox.")
        mail.add_attachment(gzip.compress(aggregate("d", [5])), maintype="application",
                            subtype="gzip", filename="d.xml.gz")
        mail.add_attachment(aggregate("e", [6]), maintype="text", subtype="xml",
                            filename="e.xml")
        octets = mail.as_bytes()
        (self.dir / "mail.eml").write_bytes(octets)
        stored = b"From a@b.example Thu Jan  1 00:00:00 2026\n" + octets.replace(
            b"\nFrom here", b"\n>From here")
        (self.dir / "mbox").write_bytes(stored + b"\n" + stored)
        for words, stdin, places, again in [
                (["mail.eml"], b"", ["mail.eml", "mail.eml"], 0),
                (["mbox"], b"", ["mbox#1", "mbox#1"], 2),
                (["-"], octets, ["-", "-"], 0)]:
            with self.subTest(words=words):
                out, err = read("--json", *words, stdin=stdin)
                lines = [json.loads(line) for line in out.splitlines()]
                self.assertEqual([r["report_id"] for r in lines], ["d", "e"])
                self.assertEqual([r["part"] for r in lines], ["d.xml.gz", "e.xml"])
                self.assertEqual([r["file"] for r in lines], places)
                self.assertEqual(err.count("the same report as"), again)

        # What is none is told, and the rest is read.
        (folder / "none.xml").write_bytes(b"<html>")
        (folder / "words").write_bytes(b"Subject: hello\n\nHi")
        (folder / "zipped.zip").write_bytes(b"PK\x03\x04broken")
        out, err = read("--json", "in", "missing", code=1)
        self.assertEqual(len(out.splitlines()), 3)
        for reason in ("in/none.xml: it is XML, but no DMARC report.",
                       "in/words: there is no report in it.",
                       "in/zipped.zip: the archive is damaged: ",
                       "missing: cannot be read: No such file or directory."):
            self.assertIn("mekiki: " + reason, err)
        (self.dir / "empty").mkdir()
        self.assertIn("no files", read("empty", code=2)[1])
        self.run_it("reports", code=2)
        self.assertIn("PATH", self.run_it("reports", "read", code=2)[1])
        self.run_it("reports", "read", "--help")
        if os.path.exists("/dev/full"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, "reports", "read", "--json", "mail.eml"],
                                      cwd=self.dir, stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2)

        # For people.
        out, _ = read("in/a.xml", "--lang", "en")
        self.assertEqual(
            out, "in/a.xml\n"
            "  DMARC report of Reporter about example.jp, 2026-01-01, p=none\n"
            "  mails 3, of which 3 pass DMARC; 0 were stopped\n"
            "         2  192.0.2.2                                dkim=pass spf=fail none  "
            "example.jp\n"
            "         1  192.0.2.1                                dkim=pass spf=fail none  "
            "example.jp\n")
        (folder / "a.xml").write_bytes(aggregate("f", range(1, 25))[:-11])
        out, _ = read("in/a.xml", "--lang", "ja")
        self.assertIn("Reporter からの DMARC レポート：example.jp、2026-01-01、p=none\n", out)
        self.assertIn("  ほかに 4 件の行", out)
        self.assertIn("  注意: 途中で終わっています。", out)

    def test_help_is_japanese_where_the_locale_is(self):
        def help_of(*words):
            return self.run_it(*words, "--help")[0]

        english = {}

        def walk(*words):
            english[words] = help_of(*words)
            for below in re.findall(r"^  ([a-z][a-z-]*)  ",
                                    english[words].partition("Subcommands:")[2]
                                    .partition("\n\n")[0], re.M):
                walk(*words, below)

        walk()
        self.assertGreater(len(english), 35)
        manual, _ = self.run_it("manual")
        self.env |= {"LC_ALL": "ja_JP.UTF-8"}
        for words, before in english.items():
            out = help_of(*words)
            self.assertIn("使い方: mekiki", out)
            for line in out.partition("例：")[0].splitlines():
                # Names and forms of options stand in front of what they mean.
                told = re.sub(r"^  \S.*?  +", "", line)
                if len(re.findall("[a-z]{2,}", told)) > 3 and line in before:
                    # Settings, JSON, and names of services are the same.
                    self.assertRegex(line, r"^  +(\[smtp\]|\w+ = )|^ +-.*\{"
                                           r"|^  [a-z0-9 ]*\b(mailjet|sendgrid)\b", words)
        # What else is made of the command line stays English.
        self.assertEqual(self.run_it("manual")[0], manual)

    def test_texts(self):
        out, _ = self.run_it("texts")
        self.assertIn("\nrewrite-notice {reason} {domain}", "\n" + out)
        out, _ = self.run_it("texts", "--export", "mine")
        files = {f.name for f in (self.dir / "mine").iterdir()}
        self.assertEqual(len(files), int(out.split()[0]))
        self.assertIn("rewrite-notice.ja.txt", files)
        text = (self.dir / "mine" / "rewrite-notice.en.txt").read_text()
        self.assertTrue(text.startswith("WARNING FROM MEKIKI: this mail is forged.\n"))
        _, err = self.run_it("texts", "--export", "mine", code=2)
        self.assertIn("--force replaces such files", err)
        self.run_it("texts", "--export", "mine", "--force")
        # As they are, they may be named in the settings.
        (self.dir / "m.toml").write_text(f'users.templates = "{self.dir}/mine"\n')
        out, _ = self.run_it("config", "check", "m.toml")
        (self.dir / "mine" / "ask.en.txt").write_text("Ask {nobody}.\n")
        self.run_it("config", "check", "m.toml", code=1)

    def test_spf(self):
        (self.dir / "zone.json").write_text(json.dumps({
            "example.jp": {"TXT": ["v=spf1 include:i.example.jp a -all "
                                   "exp=e.example.jp"]},
            "i.example.jp": {"TXT": ["v=spf1 ip4:192.0.2.0/24"]},
            "e.example.jp": {"TXT": ["not \x1b %{i}", ]},
            "f.example.jp": {"TXT": ["v=spf1 -all exp=g.example.jp"]},
            "g.example.jp": {"TXT": ["not %{i}, %{l}"]}}))

        def ask(ip, mail_from, *more, code=0):
            return self.run_it(
                "spf", "--dns", "zone.json", "--ip", ip, "--mail-from",
                mail_from, "--helo", "mx.example.jp", *more, code=code)[0]

        told = json.loads(ask("192.0.2.1", "t@example.jp", "--json"))
        self.assertEqual(
            {k: told[k] for k in ("result", "code", "explanation", "lookups",
                                  "mechanism", "record_domain", "domain")},
            {"result": "pass", "code": "allowed", "explanation": "",
             "lookups": 1, "mechanism": "include:i.example.jp",
             "record_domain": "example.jp", "domain": "example.jp"})
        self.assertIn('"ip4:192.0.2.0/24" in the record of i.example.jp',
                      told["reason"])
        told = json.loads(ask("192.0.3.1", "\x1b@f.example.jp", "--json",
                              code=1))
        self.assertEqual(told["explanation"], "not 192.0.3.1, ?")
        # An explanation with a control character is none.
        told = json.loads(ask("192.0.3.1", "t@example.jp", "--json", code=1))
        self.assertEqual((told["result"], told["explanation"]), ("fail", ""))
        # The null reverse-path: HELO counts.
        told = json.loads(ask("192.0.2.1", "", "--json"))
        self.assertEqual((told["result"], told["code"]),
                         ("none", "no_such_domain"))
        told = ask("2001:db8::1", "t@example.jp", code=1)
        for line in ("  example.jp publishes: v=spf1 include:i.example.jp",
                     "    include:i.example.jp  does not match\n",
                     "    ? AAAA example.jp = no such record\n",
                     "    -all  matches\n", "  Result: fail\n"):
            self.assertIn(line, told)

    def test_dmarc(self):
        (self.dir / "zone.json").write_text(json.dumps({
            "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject; t=y; \x1b;"]},
            "_dmarc.shop.example.jp": {"TXT": ["v=DMARC1; p=none; psd=n"]}}))

        def ask(author, *more, code=0):
            return self.run_it("dmarc", "--dns", "zone.json", "--from", author,
                               *more, code=code)[0]

        told = json.loads(ask(
            "mail.example.jp", "--json", "--dkim", "evil.example=pass",
            "--dkim", "a.example.jp=pass", "--spf", "example.jp=softfail"))
        reason = told.pop("reason")
        self.assertIn("a.example.jp", reason)
        self.assertEqual(told, {
            "spec": "rfc9989", "author_domain": "mail.example.jp",
            "result": "pass", "code": "aligned", "policy": "quarantine",
            "policy_domain": "example.jp", "org_domain": "example.jp",
            "dkim_aligned": True, "spf_aligned": False, "disposition": "none",
            "record": "v=DMARC1; p=reject; t=y; \x1b;",
            "other": {"spec": "rfc7489", "result": "permerror",
                      "code": "record_syntax", "policy": None}})
        # The two RFCs disagree on where one organization ends.
        given = ("example.jp", "--json", "--spf", "shop.example.jp=pass")
        self.assertEqual(json.loads(ask(*given, code=1))["result"], "fail")
        told = json.loads(ask("shop.example.jp", "--json", "--spec", "rfc7489",
                              "--spf", "shop.example.jp=pass"))
        self.assertEqual((told["spec"], told["result"], told["spf_aligned"],
                          told["org_domain"], told["other"]),
                         ("rfc7489", "pass", True, "example.jp", None))
        told = json.loads(ask("example.jp", "--from", "example.net", "--json"))
        self.assertEqual((told["result"], told["code"], told["policy"]),
                         ("none", "several_authors", None))
        told = ask("example.jp", code=1)
        for line in ("  Record:       of example.jp: v=DMARC1; p=reject; t=y; "
                     "\\x1b;\n", "  Policy:       quarantine (p=, t=y)\n",
                     "  Result:       fail\n",
                     "  Disposition:  quarantine\n"):
            self.assertIn(line, told)

    def test_domain_check(self):
        zone = {
            "example.jp": {"MX": [[10, "mx.example.jp"]],
                           "TXT": ["v=spf1 mx -all"]},
            "mx.example.jp": {"A": ["192.0.2.25"]},
            "_dmarc.example.jp": {
                "TXT": ["v=DMARC1; p=reject; rua=mailto:r@example.jp"]}}

        def check(*args, **more):
            (self.dir / "zone.json").write_text(json.dumps(zone))
            return self.run_it("domain", "check", "--dns", "zone.json", *args,
                               "Example.JP.", **more)[0]

        report = json.loads(check("--json"))
        self.assertEqual((report["domain"], report["grade"], report["findings"]),
                         ("example.jp", "ok", []))
        self.assertEqual(
            (report["spf"]["record"], report["spf"]["lookups"],
             report["spf"]["void_lookups"]), ("v=spf1 mx -all", 1, 0))
        self.assertEqual(
            (report["dmarc"]["record"], report["dmarc"]["policy"],
             report["dmarc"]["org_domain"]),
            ("v=DMARC1; p=reject; rua=mailto:r@example.jp", "reject", "example.jp"))
        self.assertEqual(report["dnssec"], "unknown")
        text = check()
        for line in ("example.jp: ok\n", "\n  ├ mx  [1]\n", "\n  └ -all\n",
                     "1 of at most 10 look-ups", "Nothing is wrong."):
            self.assertIn(line, text)
        self.assertIn("問題はありません。", check("--lang", "ja"))

        zone["example.jp"]["TXT"] = ["v=spf1 mx +all"]
        zone["_dmarc.example.jp"]["TXT"] = [
            "v=DMARC1; p=reject; ri=1; rua=mailto:r@example.jp"]
        report = json.loads(check("--json", code=1))
        self.assertEqual(report["grade"], "bad")
        self.assertEqual([(f["id"], f["level"], f["record"])
                          for f in report["findings"]],
                         [("spf-allows-all", "bad", "example.jp TXT"),
                          ("dmarc-removed-tag", "info", "_dmarc.example.jp TXT")])
        for found in report["findings"]:
            self.assertEqual(sorted(found), ["id", "level", "publish", "record",
                                             "remedy", "text"])
        self.assertTrue(report["findings"][0]["remedy"].endswith(
            '\nexample.jp. IN TXT "v=spf1 mx ~all"'))
        self.assertEqual(report["findings"][0]["publish"],
                         ['example.jp. IN TXT "v=spf1 mx ~all"'])
        self.assertIn("unsubscribing with one click (RFC 8058): unknown", text)
        text = check(code=1)
        self.assertIn('       example.jp. IN TXT "v=spf1 mx ~all"\n', text)
        zone["example.jp"]["TXT"] = ["v=spf1 mx -all"]
        self.assertEqual(json.loads(check("--json"))["grade"], "ok")

        found = json.loads(check("--json", "--selector", "a", "--selector", "b",
                                 code=1))["findings"]
        self.assertEqual([f["record"] for f in found[:2]],
                         ["a._domainkey.example.jp TXT",
                          "b._domainkey.example.jp TXT"])
        # Keys of the history
        self.run_it("trust", "add", "author", "*@a.example", "--state", "kept")
        # RFC 8463 A.2
        key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        zone["s1._domainkey.example.jp"] = {"TXT": [key]}
        now = int(time.time())
        with sqlite3.connect(self.dir / "kept" / "mekiki.db") as db:
            db.executemany(
                "INSERT INTO dkim_key (name, text, first, last, authentic, revoked)"
                " VALUES (?, ?, 86400, ?, 0, 0)",
                [("s1._domainkey.example.jp", key, 3), ("s2._domainkey.example.jp", "x", 1),
                 ("s3._domainkey.example.jp", "x", 2), ("s4._domainkey.example.jp", "x", now)])
        db.close()
        seen = json.loads(check("--json", "--state", "kept", "--selector", "s2",
                                code=1))
        # s3 was taken back long ago; mails that s4 signed may be on their way.
        self.assertEqual([(k["selector"], k["first_seen"]) for k in seen["dkim"]],
                         [("s2", None), ("s4", None), ("s1", 86400)])
        self.assertIn(("dkim-key-old", "info"),
                      [(f["id"], f["level"]) for f in seen["findings"]])
        self.assertIn("s1  ed25519 256, in use since 1970-01-02\n",
                      check("--state", "kept", "--selector", "s2", code=1))
        # The folder that serve would take, but not beside a zone file.
        self.assertEqual(json.loads(check("--json"))["dkim"], [])
        # Members of docs/json.md
        pages = pathlib.Path(__file__).resolve().parents[2] / "docs"
        for page in ("json.md", "json.ja.md"):
            section = (pages / page).read_text().split("\n## domain check\n")[1]
            rows = re.findall(r"^\| `([a-z_]+)", section.split("\n## ")[0], re.M)
            # The plan is there where the history has reports.
            self.assertEqual([r for r in dict.fromkeys(rows) if r != "plan"],
                             list(report))

        for words, says in [
                (["domain"], "a command is missing"),
                (["domain", "check"], "DOMAIN"),
                (["domain", "check", "a b"], "expected a domain name"),
                (["domain", "check", "--dns", "gone.json", "example.jp"],
                 "gone.json"),
                (["domain", "check", "--state", "gone", "example.jp"],
                 "there is no history at gone/mekiki.db"),
                (["domain", "check", "--selector", "a b", "example.jp"],
                 "expected a name")]:
            with self.subTest(words=words):
                self.assertIn(says, self.run_it(*words, code=2)[1])

    def test_domain_make(self):
        zone = {"example.jp": {"MX": [[10, "mx.example.jp"]],
                               "TXT": ["v=spf1 mx a:old.example.jp +all",
                                       "v=other"]},
                "mx.example.jp": {"A": ["192.0.2.25"]},
                "_spf.google.com": {"TXT": ["v=spf1 ip4:198.51.100.0/24 -all"]}}
        (self.dir / "zone.json").write_text(json.dumps(zone))

        def make(*args, **more):
            return self.run_it("domain", "make", "example.jp", "--at",
                               "2026-03-01", "--dns", "zone.json", *args, **more)[0]

        made = json.loads(make("--json", "--sender", "mx", "--sender", "google",
                               "--selector", "s1", "--check", code=1))
        self.assertEqual(
            [(r["name"], r["type"]) for r in made["records"]],
            [("example.jp", "TXT"), ("s1._domainkey.example.jp", "TXT"),
             ("_dmarc.example.jp", "TXT")])
        self.assertEqual(made["records"][0]["line"],
                         'example.jp. IN TXT "v=spf1 mx include:_spf.google.com ~all"')
        self.assertEqual(
            [(p["policy"], p["not_before"]) for p in made["plan"]],
            [("none", "2026-03-01"), ("quarantine", "2026-03-29"),
             ("reject", "2026-04-26")])
        # Only what the first step of the plan is.
        self.assertEqual([f["id"] for f in made["check"]["findings"]],
                         ["dmarc-policy-none"])
        self.assertEqual(made["check"]["dkim"][0]["bits"], 2048)
        self.assertEqual(made["left_out"], ["a:old.example.jp"])
        key = self.dir / "s1.example.jp.pem"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        text = make("--sender", "mx", "--selector", "s1")
        self.assertIn(made["records"][1]["line"], text)  # the same key again
        self.assertIn("2. p=quarantine: not before 2026-03-29, and only when", text)
        self.assertIn("2026-03-29 以降", make("--sender", "mx", "--lang", "ja"))

        parked = json.loads(make("--json", "--parked", "--check"))
        self.assertEqual([r["line"] for r in parked["records"]],
                         ["example.jp. IN MX 0 .",
                          'example.jp. IN TXT "v=spf1 -all"',
                          '*._domainkey.example.jp. IN TXT "v=DKIM1; p="',
                          '_dmarc.example.jp. IN TXT "v=DMARC1; p=reject"'])
        self.assertEqual((parked["check"]["grade"], parked["check"]["findings"]),
                         ("ok", []))

        text = make("--sender", "mx", "--sender", "google", "--flatten")
        self.assertIn('"v=spf1 ip4:192.0.2.25 ip4:198.51.100.0/24 ~all"', text)
        self.assertIn("Danger: ", text)
        for words, says in [
                ([], "nobody sends"),
                (["--sender", "everybody"], "expected mx, a, an address"),
                (["--sender", "mx", "--rua", "nobody"], "expected a mail address"),
                (["--sender", "mx", "--parked"], "excludes"),
                (["--sender", "a:gone.example.jp", "--flatten"],
                 "cannot be flattened"),
                (["--sender", "mx", "--selector", "s2", "--key", "zone.json"],
                 "zone.json")]:
            with self.subTest(words=words):
                done = subprocess.run(
                    [PROGRAM, "domain", "make", "example.jp", "--dns", "zone.json",
                     *words], cwd=self.dir, env=self.env, capture_output=True,
                    stdin=subprocess.DEVNULL, timeout=60)
                self.assertEqual(done.returncode, 2)
                self.assertIn(says, done.stderr.decode())

    def test_wrong_usage_is_one_sentence(self):
        for args, expected in [
            ([], "mekiki: a command is missing"),
            (["config"], "mekiki config: a command is missing"),
            (["verify"], "mekiki verify: PATH is required"),
            (["verify", "--at", "noon", "x"], "mekiki verify: --at: expected "),
            (["verify", "--jobs", "x", "x"], "mekiki verify: "),
            (["spf"], "mekiki spf: --ip is required"),
            (["spf", "--ip", "1.2.3"], "mekiki spf: --ip: expected an IPv4 "),
            (["dmarc"], "mekiki dmarc: --from is required"),
            (["dmarc", "--from", "a.jp", "--dkim", "a.jp"],
             "mekiki dmarc: --dkim: expected a domain and its result "),
            (["dmarc", "--from", "a.jp", "--spec", "x"],
             "mekiki dmarc: --spec: "),
            (["verify", "--nope", "x"], "mekiki verify: "),
            (["keygen", "--domain", "a b", "--selector", "s"],
             "mekiki keygen: --domain: expected a domain name"),
            (["frobnicate"], "mekiki: "),
        ]:
            out, err = self.run_it(*args, code=2)
            self.assertEqual(out, "")
            self.assertTrue(err.startswith(expected), (args, err))
            self.assertEqual(len(err.splitlines()), 2, err)

    def test_config(self):
        out, _ = self.run_it("config", "defaults")
        (self.dir / "good.toml").write_text(out)
        self.run_it("config", "check", "good.toml")
        (self.dir / "bad.toml").write_text("[limits]\nsesions = 3\nline = 1\n")
        out, err = self.run_it("config", "check", "bad.toml", code=1)
        self.assertEqual(out, "")
        self.assertEqual([line.split(" ")[0] for line in err.splitlines()],
                         ["bad.toml:2:", "bad.toml:3:"])
        # A bad file keeps every command from running.
        self.run_it("serve", "--config", "bad.toml", code=2)
        self.run_it("verify", "--config", "bad.toml", "-", code=2)
        self.run_it("config", "check", "missing.toml", code=1)
        # What the settings name is opened, too.
        (self.dir / "files.toml").write_text(
            'smtp.host = "localhost"\nsmtp.user = "a"\n'
            'smtp.password_file = "password"\n\n[tls]\n'
            'certificate = "none.pem"\nkey = "none-key.pem"\n'
            '[upstream]\nextra_ca = "ca.pem"\n')
        (self.dir / "password").write_text("x\n")
        (self.dir / "password").chmod(0o644)
        out, err = self.run_it("config", "check", "files.toml", code=1)
        self.assertEqual(out, "")
        self.assertEqual([line.split(" ")[:2] for line in err.splitlines()], [
            ["files.toml:6:", "tls.certificate:"],
            ["files.toml:9:", "upstream.extra_ca:"],
            ["files.toml:3:", "smtp.password_file:"]])

    def test_verify_json(self):
        mails = self.demo()
        lines = self.verify("mails/" + mails[0].name, code=0)
        self.assertEqual(list(lines[0]), [
            "file", "author", "x_dkim_check", "dkim", "spf", "senderid", "adsp",
            "iprev", "dmarc", "arc", "border", "changed", "findings",
            "authentication_results", "verdict", "reason"])
        self.assertEqual(list(lines[0]["dkim"][0]), [
            "domain", "selector", "algorithm", "result", "reason"])
        self.assertEqual(lines[0]["file"], "mails/" + mails[0].name)
        self.assertEqual(lines[0]["author"], "hanako@friend.example")
        self.assertEqual(lines[0]["dkim"][0]["domain"], "friend.example")
        self.assertIn("dkim=pass", lines[0]["authentication_results"])

    def test_verify_keeps_the_order_with_any_number_of_jobs(self):
        names = ["mails/" + m.name for m in self.demo()] * 20
        one = self.verify("--jobs", 1, *names, code=1)
        self.assertEqual([line["file"] for line in one], names)
        for jobs in (2, 7, 0):
            self.assertEqual(self.verify("--jobs", jobs, *names, code=1), one)

    def test_verify_exit_codes(self):
        names = {m.name[3:-4]: m for m in self.demo()}
        zone = ("--dns", "mails/zone.json")
        self.run_it("verify", *zone, names["good-rsa"])
        self.run_it("verify", *zone, names["unsigned"])
        self.run_it("verify", *zone, names["good-rsa"],
                    names["tampered-body"], code=1)
        _, err = self.run_it("verify", *zone, names["tampered-body"],
                             "missing.eml", code=2)
        self.assertIn("missing.eml: cannot be read", err)
        self.run_it("verify", "--dns", "missing.json", names["good-rsa"],
                    code=2)

    def test_verify_line_ends(self):
        mails = {m.name[3:-4]: m.read_bytes() for m in self.demo()}
        good = mails["good-rsa"]
        for octets, expected, code in [
            (good, "pass", 0),
            (good.replace(b"\r\n", b"\n"), "pass", 0),
            # One CRLF is enough: nothing is repaired.
            (good.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n", 1),
             "fail", 1),
        ]:
            line, = self.verify("-", stdin=octets, code=code)
            self.assertEqual(line["x_dkim_check"], expected)

    def test_verify_mbox_and_maildir(self):
        mails = [m.read_bytes() for m in self.demo()]
        expected = self.verify("mails/" "01-good-rsa.eml")[0]["x_dkim_check"]
        self.assertEqual(expected, "pass")
        separator = b"From demo@user.example Mon Mar  2 10:00:00 2026\n"
        box = b"".join(
            separator + re.sub(rb"^(>*From )", rb">\1",
                               m.replace(b"\r\n", b"\n"), flags=re.M) + b"\n"
            for m in mails)
        (self.dir / "box").write_bytes(box)
        lines = self.verify("box", code=1)
        self.assertEqual([line["file"] for line in lines],
                         [f"box#{n}" for n in range(1, len(mails) + 1)])
        (self.dir / "Maildir" / "new").mkdir(parents=True)
        (self.dir / "Maildir" / "cur").mkdir()
        for number, octets in enumerate(mails):
            where = "new" if number % 2 else "cur"
            (self.dir / "Maildir" / where / f"{number:02}:2,S").write_bytes(
                octets.replace(b"\r\n", b"\n"))
        in_maildir = self.verify("Maildir", code=1)
        results = [line["x_dkim_check"] for line in lines]
        self.assertEqual(results.count("fail"), 3)
        self.assertEqual(sorted(results), sorted(
            line["x_dkim_check"] for line in in_maildir))
        # The same mbox from a pipe.
        piped = self.verify("-", stdin=box, code=1)
        self.assertEqual([line["x_dkim_check"] for line in piped], results)

    def test_verify_from_line_in_a_signed_body(self):
        mail = (b"From: a@friend.example\r\nSubject: x\r\n\r\n"
                b"Hello,\r\n\r\nFrom Monday 10:00 on we are closed.\r\n"
                b">From is quoted.\r\n")
        self.run_it("keygen", "--domain", "friend.example", "--selector", "s",
                    "--out", "key.pem", "--type", "ed25519")
        signed = self.sign(mail)
        box = b"From a@b Mon Mar  2 10:00:00 2026\n" + re.sub(
            rb"^(>*From )", rb">\1", signed.replace(b"\r\n", b"\n"),
            flags=re.M)
        for octets in (signed, box):
            out, _ = self.run_it("verify", "--json", "--dns", "zone.json", "-",
                                 stdin=octets)
            self.assertEqual(json.loads(out)["x_dkim_check"], "pass")

    def sign(self, mail, *args):
        """Signs with key.pem and writes zone.json."""
        out, _ = self.run_it("keygen", "--domain", "friend.example",
                             "--selector", "s", "--out", "key.pem", "--force",
                             "--type", "ed25519")
        strings = re.findall(r'"([^"]*)"', out)
        self.assertTrue(all(len(s) <= 255 for s in strings))
        (self.dir / "zone.json").write_text(json.dumps(
            {"s._domainkey.friend.example": {"TXT": [strings]}}))
        done = subprocess.run(
            [PROGRAM, "sign", "--domain", "friend.example", "--selector", "s",
             "--key", "key.pem", *args], input=mail, cwd=self.dir,
            env=self.env, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_sign(self):
        mail = b"From: a@friend.example\r\nSubject: x\r\n\r\nHello\r\n"
        for canonicalization in ("simple/simple", "relaxed/relaxed"):
            for octets in (mail, mail.replace(b"\r\n", b"\n")):
                signed = self.sign(octets, "--canonicalization",
                                   canonicalization)
                self.assertTrue(signed.startswith(b"DKIM-Signature:"))
                self.assertTrue(signed.endswith(octets))
                self.assertEqual(b"\r" in octets, b"\r" in signed)
                out, _ = self.run_it("verify", "--json", "--dns", "zone.json",
                                     "-", stdin=signed)
                self.assertEqual(json.loads(out)["x_dkim_check"], "pass")
        _, err = self.run_it("sign", "--domain", "friend.example",
                             "--selector", "s", "--key", "zone.json",
                             stdin=mail, code=2)
        self.assertIn("holds no private key", err)
        self.run_it("sign", "--domain", "friend.example", "--selector", "s",
                    "--key", "key.pem", stdin=b"no header\n", code=2)

    def test_keygen(self):
        args = ("keygen", "--domain", "friend.example", "--selector", "s")
        out, _ = self.run_it(*args)
        key = self.dir / "s.friend.example.pem"
        before = key.read_bytes()
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertIn('s._domainkey.friend.example. IN TXT ( "v=DKIM1; ', out)
        strings = re.findall(r'"([^"]*)"', out)
        self.assertEqual(len(strings), 2)  # 2048 bits need two
        self.assertEqual(len(strings[0]), 255)
        _, err = self.run_it(*args, code=2)
        self.assertIn("is there already", err)
        self.assertEqual(key.read_bytes(), before)
        self.run_it(*args, "--force")
        self.assertNotEqual(key.read_bytes(), before)

    def test_explain(self):
        names = {m.name[3:-4]: m for m in self.demo()}
        zone = ("--dns", "mails/zone.json")
        out, _ = self.run_it("explain", *zone, names["good-two-signatures"])
        self.assertIn("DKIM signature 2 of 2", out)
        self.assertIn("X-DKIM-Check: pass", out)
        out, _ = self.run_it("explain", *zone, names["tampered-body"], code=1)
        self.assertIn("the body was changed", out)
        out, _ = self.run_it("explain", *zone, names["unsigned"])
        self.assertIn("no signature", out)

    def test_nothing_hostile_reaches_the_terminal(self):
        mail = (b"From: \x1b]0;pwned\x07@friend.example\r\n"
                b"DKIM-Signature: v=1; a=\x1b[2J; d=\x9b\x1b.example; s=s; "
                b"h=from; bh=AA==; b=AA==\r\n\r\nx\r\n")
        name = "m\x1b[31m.eml"
        (self.dir / name).write_bytes(mail)
        (self.dir / "zone.json").write_text("{}")
        for command in ("verify", "explain"):
            out, err = self.run_it(command, "--dns", "zone.json", name)
            self.assertNotIn("\x1b", out + err)
            self.assertNotIn("\x07", out + err)
        out, _ = self.run_it("verify", "--json", "--dns", "zone.json", name)
        self.assertEqual(json.loads(out)["file"], name)

    def test_cert(self):
        # An authority that no client will ever see is not made.
        for words in ([], ["--out", "-"], ["--out", "ca.pem"]):
            err = self.run_it("cert", "--state", "state", *words, code=2)[1]
            self.assertIn(
                f"no certificate authority at {self.dir.resolve()}/state/tls/ca.pem", err)
        self.assertEqual([p.name for p in self.dir.iterdir()], [])
        out, _ = self.run_it("cert", "--renew", "--state", "state")
        self.assertRegex(out, r"SHA-256 fingerprint: ([0-9A-F]{2}:){31}")
        for client in ("Thunderbird", "Outlook", "Becky!", "Apple Mail",
                       "curl"):
            self.assertIn(client, out)
        pem = (self.dir / "mekiki-ca.pem").read_bytes()
        self.assertTrue(pem.startswith(b"-----BEGIN CERTIFICATE-----"))
        self.assertNotIn(b"PRIVATE", pem)
        again, _ = self.run_it("cert", "--state", "state", "--out", "-")
        self.assertEqual(again.encode(), pem)
        self.assertEqual(stat.S_IMODE((self.dir / "state").stat().st_mode),
                         0o700)
        key = (self.dir / "state/tls/ca-key.pem").read_bytes()
        self.assertIn("is a part of the state", self.run_it(
            "cert", "--state", "state", "--out", "state/tls/ca-key.pem", "--force",
            code=2)[1])
        self.assertEqual((self.dir / "state/tls/ca-key.pem").read_bytes(), key)
        (self.dir / "mekiki-ca.pem").write_bytes(b"something else")
        self.run_it("cert", "--state", "state", code=2)
        self.assertEqual((self.dir / "mekiki-ca.pem").read_bytes(),
                         b"something else")

    def test_demo_serves_what_it_prints(self):
        demo = subprocess.Popen([PROGRAM, "demo"], cwd=self.dir, env=self.env,
                                stdout=subprocess.PIPE, text=True)
        try:
            text = ""
            for line in demo.stdout:
                text += line
                if "Ctrl-C" in line:
                    break
            expected = re.findall(r"^ +\d+  (pass|fail|none) ", text, re.M)
            port = int(re.search(r"127\.0\.0\.1, port (\d+)", text).group(1))
            pop = poplib.POP3("127.0.0.1", port, timeout=30)
            pop.user("demo%localhost")
            pop.pass_("demo")
            self.assertEqual(pop.stat()[0], len(expected))
            for number, word in enumerate(expected, 1):
                _, lines, _ = pop.retr(number)
                checks = [line for line in lines[:lines.index(b"")]
                          if line.lower().startswith(b"x-dkim-check")]
                self.assertEqual(checks, [b"X-DKIM-Check: " + word.encode()])
            pop.quit()
            demo.send_signal(signal.SIGINT)
            demo.stdout.read()
            self.assertEqual(demo.wait(timeout=30), 0)
        finally:
            demo.kill()
            demo.wait()
            demo.stdout.close()
        self.assertEqual(list(self.dir.glob("mekiki-demo*")), [])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
