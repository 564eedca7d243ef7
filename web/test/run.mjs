// Bundles the pure modules for node and runs the tests beside this file.
// Node 18 knows neither TypeScript nor globs for its test runner.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const tests = readdirSync(here).filter((f) => f.endsWith(".test.ts"));
const out = mkdtempSync(join(tmpdir(), "mekiki-web-"));
let status = 1;
try {
  await build({
    entryPoints: tests.map((f) => join(here, f)), outdir: out, outExtension: { ".js": ".mjs" },
    bundle: true, platform: "node", format: "esm", target: "node18", external: ["node:*"], jsx: "automatic", jsxImportSource: "preact", logLevel: "warning",
  });
  const files = tests.map((f) => join(out, f.replace(/\.ts$/, ".mjs")));
  // Dates are of the reader's time zone: one with summer time, so that days of 23 and 25 hours are met.
  status = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", env: { ...process.env, TZ: "Europe/Berlin" } }).status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
process.exitCode = status;
