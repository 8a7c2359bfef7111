/**
 * Makes a clone ready: installs the packages of the lock file when they are not there, builds the user interface when
 * its sources are newer, and with --test also what the tests need from Debian. Runs before everything else, so it
 * uses nothing but Node 20 and npm. Says what it does; silent when there is nothing to do.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(ROOT, ...parts);
const STAMP = at("node_modules/.inlet-setup");

/** What the tests use of Debian, and which part is left out without it. */
const DEBIAN = {
  attr: "the mark of a file's origin on a real file",
  chromium: "the end-to-end tests in a browser",
  kamailio: "interoperability with Kamailio",
  "kamailio-presence-modules": "interoperability with Kamailio",
  "kamailio-tls-modules": "interoperability with Kamailio over TLS",
  "kamailio-websocket-modules": "interoperability with Kamailio over WebSocket",
  "kamailio-sqlite-modules": "interoperability with Kamailio",
  "sip-tester": "interoperability with sipp",
  tshark: "the judgement of the wire by tshark",
};

function step(what, program, args, options = {}) {
  console.log(`${what} …`);
  const started = Date.now();
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit", ...options });
  if (status === 0) return console.log(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  console.error(`  failed: ${program} ${args.join(" ")} (${error ? error.message : `exit ${status}`})`);
  return process.exit(1);
}

function npm(what, args) {
  // npm says where it is; "npm" alone is a script that Windows runs only through a shell.
  const itself = process.env.npm_execpath;
  if (itself) step(what, process.execPath, [itself, ...args]);
  else step(what, "npm", args, { shell: process.platform === "win32" });
}

function installPackages() {
  const lock = readFileSync(at("package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex");
  const node24 = at("node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");
  if (existsSync(node24)) {
    if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return;
    if (isInstalled(JSON.parse(lock).packages)) return stamp(hash);
  }
  npm("Installing the packages of package-lock.json", ["ci", "--loglevel=error", "--no-fund", "--no-audit"]);
  stamp(hash);
}

/** Only saves the comparison next time: who may not write here has what is needed all the same. */
function stamp(hash) {
  try {
    writeFileSync(STAMP, hash);
  } catch {
    // Installed by somebody else.
  }
}

/** Whoever ran `npm install` has the packages already: npm's own record says which are there. */
function isInstalled(wanted) {
  const record = at("node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const present = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      !path.startsWith("node_modules/") || optional || link || present[path]?.version === version,
  );
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildInterface() {
  if (!existsSync(at("renderer/index.html"))) return;
  const sources = ["renderer/src", "renderer/public", "renderer/index.html", "renderer/vite.config.ts"];
  const changed = Math.max(...[...sources, "agent-core/src/contract"].map((path) => newest(at(path))));
  if (changed > newest(at("renderer/dist/index.html"))) {
    npm("Building the user interface", ["run", "build", "--workspace=renderer", "--silent", "--", "--logLevel=warn"]);
  }
}

function installDebianPackages() {
  const debian = existsSync("/etc/debian_version");
  const missing = Object.keys(DEBIAN).filter((name) => !debian || !isDebianInstalled(name));
  if (missing.length === 0) return;
  const why = debian ? (process.getuid() === 0 ? undefined : "not root") : "not Debian";
  if (why !== undefined) {
    const parts = new Set(missing.map((name) => DEBIAN[name]));
    console.log(
      `Not installed (${why}): ${missing.join(", ")}. Left out where they are missing: ${[...parts].join("; ")}.`,
    );
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = ["-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"];
  const stdio = ["ignore", "ignore", "inherit"];
  step("Reading Debian's package lists", "apt-get", [...quiet, "update"], { env, stdio });
  const install = [...quiet, "install", "-y", "--no-install-recommends", ...missing];
  step(`Installing ${missing.join(", ")}`, "apt-get", install, { env, stdio });
}

function isDebianInstalled(name) {
  const { stdout } = spawnSync("dpkg", ["--status", name], { encoding: "utf8" });
  return /^Status: install ok installed$/m.test(stdout ?? "");
}

installPackages();
if (process.argv.includes("--test")) installDebianPackages();
else buildInterface();
