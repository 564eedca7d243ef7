import test from "node:test";
import assert from "node:assert/strict";
import { en } from "../src/i18n/en";
import { ja } from "../src/i18n/ja";

type Leaf = [path: string, value: unknown];
function leaves(value: unknown, path = ""): Leaf[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([k, v]) => leaves(v, path ? `${path}.${k}` : k));
}
const said = (v: unknown): string => (typeof v === "function" ? String((v as (...a: unknown[]) => unknown)(3, 3)) : String(v));

test("both languages say the same things", () => {
  // Lists may differ in length, sentences may not be missing.
  const keys = (o: unknown) => leaves(o).map(([path]) => path.replace(/\.\d+$/, "")).filter((p, i, all) => all.indexOf(p) === i).sort();
  assert.deepEqual(keys(ja), keys(en));
  for (const [path, value] of [...leaves(en), ...leaves(ja)]) assert.ok(said(value).trim() !== "", path);
});

test("Japanese is Japanese", () => {
  const foreign = new Set(["me.languages.en"]);
  const latinOnly = leaves(ja).filter(([path, value]) => !foreign.has(path) && !path.startsWith("setUp.clients.") && !/[\u3040-\u30ff\u4e00-\u9fff\uff00-\uffef]/.test(said(value)));
  const allowed = ["overview.atLeast", "listSeparator", "keys.dnssec"];
  assert.deepEqual(latinOnly.map(([path]) => path).filter((p) => !allowed.includes(p)), []);
  for (const [path, value] of leaves(ja)) {
    if (path.startsWith("setUp.clients.")) continue; // names of programs
    assert.ok(!/[!?]/.test(said(value)) , `${path}: half-width mark`);
    assert.ok(!/[\u3040-\u30ff\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u3040-\u30ff\u4e00-\u9fff]/.test(said(value)), `${path}: no space between scripts: ${said(value)}`);
  }
});

test("numbers in English agree with their nouns", () => {
  assert.equal(en.overview.hitHelp(1), "1 account got forged mail");
  assert.equal(en.overview.hitHelp(2), "2 accounts got forged mail");
});
