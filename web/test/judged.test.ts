import test from "node:test";
import assert from "node:assert/strict";
import { wasJudgedAgain } from "../src/judged";

const result = (method: string, result: string) => ({ method, result, reason: "", properties: [] });

test("a verdict that is newer than the results is told from them", () => {
  const silent = [result("dkim", "none"), result("spf", "fail"), result("dmarc", "temperror")];
  assert.equal(wasJudgedAgain({ dkim: "none", dmarc: "temperror", results: silent }), false, "not yet");
  assert.equal(wasJudgedAgain({ dkim: "none", dmarc: "fail", results: silent }), true);
  const noKey = [result("dkim", "temperror"), result("dmarc", "none")];
  assert.equal(wasJudgedAgain({ dkim: "none", dmarc: "none", results: noKey }), false);
  assert.equal(wasJudgedAgain({ dkim: "pass", dmarc: "none", results: noKey }), true);
  // As they were judged at once.
  assert.equal(wasJudgedAgain({ dkim: "fail", dmarc: "fail", results: [result("dkim", "fail"), result("dmarc", "fail")] }), false);
  assert.equal(wasJudgedAgain({ dkim: "pass", dmarc: "pass", results: [] }), false, "an earlier version kept no results");
});
