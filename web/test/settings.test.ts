import test from "node:test";
import assert from "node:assert/strict";
import { asToml, isTable, sectionsOf } from "../src/settings";
import type { Setting } from "../src/types";

const setting = (name: string, value: string, standard = value): Setting => ({ name, value, default: standard, type: "", help: "", line: null, tables: "" });
const routes = '[[route]]\npattern = "*@a.example"\nhost = "h.example"\n\n[[route]]\npattern = "*"\n';
const mailbox = '[[reports]]\naccount = "dmarc%h.example"\npassword_file = "/p"\n';
const all = [
  setting("listen.pop3", '["127.0.0.1:1110"]'), setting("state", '"/var/lib/mekiki"', '""'), setting("listen.pop3s", "[]"),
  setting("provider", "none"), setting("limits.line", "8192"), setting("sandbox", "true"), setting("a.b.deep", "-1"),
];

test("settings stand by section, in their order", () => {
  assert.deepEqual(sectionsOf(all).map((s) => [s.name, s.settings.map((o) => o.name)]), [
    ["listen", ["listen.pop3", "listen.pop3s"]], ["", ["state", "sandbox"]], ["[provider]", ["provider"]], ["limits", ["limits.line"]], ["a.b", ["a.b.deep"]],
  ]);
  assert.deepEqual(all.filter(isTable).map((s) => s.name), ["provider"]);
});

test("tables are copied as they stand in the file, and where secrets are is said", () => {
  const tables = [{ ...setting("route", "2 of them", "none"), tables: routes }, { ...setting("reports", "1 of them", "none"), tables: mailbox }];
  assert.equal(asToml([...tables, setting("state", '"/s"'), setting("smtp.password_file", '"/q"'), setting("smtp.host", '""')]), `state = "/s"

${routes}
[[reports]]
account = "dmarc%h.example"
# the password is in this file, and no part of what was copied
password_file = "/p"

[smtp]
# the password is in this file, and no part of what was copied
password_file = "/q"
host = ""
`);
});

test("what is copied can stand in the file: bare keys first, each section once", () => {
  assert.equal(asToml(all), `state = "/var/lib/mekiki"
sandbox = true

[listen]
pop3 = ["127.0.0.1:1110"]
pop3s = []

# [[provider]]: none

[limits]
line = 8192

[a.b]
deep = -1
`);
});
