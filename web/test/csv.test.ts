import test from "node:test";
import assert from "node:assert/strict";
import { csv, csvCell, csvTime } from "../src/csv";
import { sorted } from "../src/sort";

test("nothing in a cell is calculated", () => {
  const table: [string | number, string][] = [
    ["plain", "plain"],
    ["", ""],
    ["銀行", "銀行"],
    ["=1+1", "'=1+1"],
    ["+81", "'+81"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["＝1+1", "'＝1+1"],
    ["＠x", "'＠x"],
    ["  =1", "\"'  =1\""],
    ["\u3000=1", "\"'\u3000=1\""],
    ["=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""],
    ['=HYPERLINK("http://x","y")', "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""],
    ["\t=1", "⟨TAB⟩=1"],
    ["a\r\n=1", "a⟨CR⟩⟨LF⟩=1"],
    ["\u202e=1", "⟨RLO⟩=1"],
    ["a,b", '"a,b"'],
    ["a;b", '"a;b"'],
    ['say "x"', '"say ""x"""'],
    ["a=b", "a=b"],
    [-5, "-5"],
    [1234, "1234"],
  ];
  for (const [value, cell] of table) assert.equal(csvCell(value), cell, String(value));
});

test("a list begins with the mark of UTF-8 and has a line for each row", () => {
  assert.equal(csv(["件名", "Mails"], [["=x", 3], ["b", 0]]), "\ufeff件名,Mails\r\n'=x,3\r\nb,0\r\n");
});

test("times are the reader's", () => {
  assert.equal(csvTime(Date.UTC(2026, 10, 28, 23, 5, 9) / 1000), "2026-11-29 00:05:09"); // Berlin, winter
  assert.equal(csvTime(Date.UTC(2026, 6, 1, 0, 0, 0) / 1000), "2026-07-01 02:00:00");
});

test("rows are sorted by a column, equal ones stay", () => {
  const rows = [{ a: "b", n: 2 }, { a: "A10", n: 10 }, { a: "a9", n: 2 }];
  const columns = { a: (r: { a: string }) => r.a, n: (r: { n: number }) => r.n };
  const names = (by: string) => sorted(rows, columns, by, "en").map((r) => r.a);
  assert.deepEqual(names(""), ["b", "A10", "a9"]);
  assert.deepEqual(names("a"), ["a9", "A10", "b"]);
  assert.deepEqual(names("-a"), ["b", "A10", "a9"]);
  assert.deepEqual(names("n"), ["b", "a9", "A10"]);
  assert.deepEqual(names("-n"), ["A10", "b", "a9"]);
  assert.deepEqual(names("constructor"), ["b", "A10", "a9"]);
  assert.deepEqual(names("-__proto__"), ["b", "A10", "a9"]);
});
