import test from "node:test";
import assert from "node:assert/strict";
import { asToml, isTable, sectionsOf } from "../src/settings";
import type { Setting } from "../src/types";

const setting = (name: string, value: string, standard = value): Setting => ({ name, value, default: standard, type: "", help: "", line: null });
const all = [
  setting("listen.pop3", '["127.0.0.1:1110"]'), setting("state", '"/var/lib/mekiki"', '""'), setting("listen.pop3s", "[]"),
  setting("provider", "2 of them", "none"), setting("limits.line", "8192"), setting("sandbox", "true"), setting("a.b.deep", "-1"),
];

test("settings stand by section, in their order", () => {
  assert.deepEqual(sectionsOf(all).map((s) => [s.name, s.settings.map((o) => o.name)]), [
    ["listen", ["listen.pop3", "listen.pop3s"]], ["", ["state", "sandbox"]], ["[provider]", ["provider"]], ["limits", ["limits.line"]], ["a.b", ["a.b.deep"]],
  ]);
  assert.deepEqual(all.filter(isTable).map((s) => s.name), ["provider"]);
});

test("what is copied can stand in the file: bare keys first, each section once", () => {
  assert.equal(asToml(all), `state = "/var/lib/mekiki"
sandbox = true

[listen]
pop3 = ["127.0.0.1:1110"]
pop3s = []

# [[provider]]: 2 of them

[limits]
line = 8192

[a.b]
deep = -1
`);
});
