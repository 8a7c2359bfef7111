/**
 * Builds the desktop shell into dist/: main and the agent's process as ES modules with everything but Electron in
 * them, the preload as one CommonJS file, because a sandboxed preload can load nothing. Beside them the interface.
 */
import { cpSync, existsSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { build } from "vite";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const INTERFACE = join(HERE, "../renderer/dist");

const provided = ["electron", ...builtinModules, /^node:/];

const bundle = (input, output) =>
  build({
    root: HERE,
    configFile: false,
    logLevel: "warn",
    // Everything goes in: the packed application has no node_modules.
    ssr: { noExternal: true, external: ["electron"] },
    build: {
      ssr: true,
      outDir: DIST,
      emptyOutDir: false,
      target: "node24",
      minify: false,
      sourcemap: true,
      rolldownOptions: { input, output, external: provided },
    },
  });

rmSync(DIST, { recursive: true, force: true });
const entries = { main: join(HERE, "src/main.ts"), "agent-process": join(HERE, "src/agent-process.ts") };
await bundle(entries, { format: "es", entryFileNames: "[name].js", chunkFileNames: "shared/[name]-[hash].js" });
await bundle({ preload: join(HERE, "src/preload.ts") }, { format: "cjs", entryFileNames: "[name].cjs" });
if (existsSync(INTERFACE)) cpSync(INTERFACE, join(DIST, "ui"), { recursive: true });
else console.warn("The interface is not built yet, so it is not in the bundle: npm run build -w renderer");
