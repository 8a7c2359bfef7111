/**
 * `npm start`. The program itself needs Node 24, which the set-up has put into node_modules; under an older Node this
 * starts it there, and ends when it ends.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE = join(ROOT, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import("../headless/src/start.ts");
} else {
  if (!existsSync(NODE)) await import("./setup.mjs");
  const child = spawn(NODE, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
  child.on("error", (error) => {
    console.error(`Inlet could not be started: ${error.message}`);
    process.exit(1);
  });
}
