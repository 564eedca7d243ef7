import { defineConfig } from "vite";

// Few files, no inline script, no data: URL of ours, no module preload shim:
// the pages run under a Content-Security-Policy that allows 'self' alone.
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2021",
    outDir: process.env.MEKIKI_WEB_OUT || "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: true,
  },
});
