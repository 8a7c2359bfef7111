/**
 * Builds the renderer into dist/. What the hosts serve it under is a policy without inline script, inline style or
 * data: addresses, so nothing here may be inlined; the relative base lets a custom scheme carry it.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "chrome128",
  },
});
