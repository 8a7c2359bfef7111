/**
 * Preloaded into the agent by tests (`node --import`): counts its calls to the file system and to SQLite, and at the one that
 * the plan names kills the process, lets the power fail, or makes the call fail. The product knows nothing of it.
 *
 * The first plan comes in INLET_FAULT, later ones over the IPC channel, each answered when it holds. What SQLite itself
 * writes is not seen: calls to it are.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, relative } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { promisify } from "node:util";
import type { Errno, Plan, Report } from "./plan.ts";

type Call = (...args: unknown[]) => unknown;

const KINDS: Readonly<Record<Errno, { readonly calls: RegExp; readonly sql: number }>> = {
  ENOSPC: { calls: /^(openSync|open|writeSync|fsync|mkdirSync|linkSync|renameSync|write\w*|appendFile) /, sql: 13 },
  EIO: { calls: /^(?!closeSync)/, sql: 0x30a },
  EACCES: {
    calls: /^(openSync|open|mkdirSync|linkSync|renameSync|unlinkSync|rmSync|readdirSync|writeFile\w*) /,
    sql: 14,
  },
  EMFILE: { calls: /^(openSync|open|readdirSync|writeFile\w*) /, sql: 14 },
  short: { calls: /^writeSync /, sql: 0 },
};
/** Statements that a full disk cannot carry out; an open database needs no descriptor and no right for any. */
const WRITES = /^sql (COMMIT|INSERT|UPDATE|DELETE|CREATE|ALTER)/;

const { folder, plan: first }: { folder: string; plan: Plan } = JSON.parse(process.env.INLET_FAULT ?? "");
const real = { ...fs };
let plan: Plan = first;
let hits = 0;
let since = false;
/** What calls come from here: the functions of node:fs use each other. */
let ours = false;

function asOurs(work: () => void): void {
  const before = ours;
  ours = true;
  work();
  ours = before;
}

function begin(next: Plan): void {
  plan = next;
  hits = 0;
  since = next.since === undefined;
  if (next.act === "powerloss") asOurs(takeAsFlushed);
}

const report = (told: Report): void => {
  process.send?.(told);
};
process.on("message", (next: Plan) => {
  begin(next);
  report({ armed: true });
});
process.channel?.unref();

/** Paths of what is open in the folder. */
const open = new Map<number, string>();

function labelOf(name: string, target: unknown): string | undefined {
  const path = typeof target === "number" ? open.get(target) : typeof target === "string" ? target : undefined;
  if (path === undefined || (path !== folder && !path.startsWith(`${folder}/`))) return undefined;
  return `${name} ${relative(folder, path)}`;
}

function concerns(label: string): boolean {
  if (plan.only !== undefined && !new RegExp(plan.only).test(label)) return false;
  if (plan.act === "kill" || plan.act === "powerloss" || plan.act === "count") return true;
  const kind = KINDS[plan.act];
  if (!label.startsWith("sql ")) return kind.calls.test(label);
  if (plan.act === "ENOSPC") return WRITES.test(label);
  return plan.act === "EIO" && label !== "sql ROLLBACK";
}

/** What is to become of this call. */
function fate(label: string): "pass" | "fail" | "end" {
  if (!since) {
    since = new RegExp(plan.since ?? "").test(label);
    return "pass";
  }
  if (!concerns(label)) return "pass";
  hits += 1;
  if (hits < plan.at || (hits > plan.at && plan.lasting !== true)) return "pass";
  if (hits === plan.at) report({ fired: label });
  if (plan.act === "count") return "pass";
  return plan.act === "kill" || plan.act === "powerloss" ? "end" : "fail";
}

function end(label: string): never {
  if (plan.act === "powerloss") asOurs(dropUnsynced);
  fs.writeSync(2, `ended at ${label}\n`);
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
}

const errorOf = (errno: Errno | "EPERM", label: string): Error =>
  Object.assign(new Error(`${errno}: injected, ${label}`), { code: errno, syscall: label.split(" ")[0], errno: -1 });

const sqliteError = (errno: Errno): Error =>
  Object.assign(new Error("injected"), { code: "ERR_SQLITE_ERROR", errcode: KINDS[errno].sql, errstr: "injected" });

/** Runs a call as the plan says. `fail` carries out a failure of it. */
function carryOut<T>(label: string | undefined, call: () => T, fail: (errno: Errno) => T): T {
  if (label === undefined || ours) return call();
  const to = fate(label);
  if (to === "pass") return call();
  if (to === "fail") return fail(plan.act as Errno);
  if (plan.after !== true) return end(label);
  const result = call();
  if (!(result instanceof Promise)) return end(label);
  return result.then(() => end(label)) as T;
}

// --- Power loss: what a name or a file is after it, when only what was flushed counts ---------------------------------

const files = join(folder, "files");
const namesOnDisk = new Map<string, bigint>();
const contentOnDisk = new Map<bigint, Buffer>();

/** What is there when the plan begins. */
function takeAsFlushed(): void {
  if (!real.existsSync(files)) return;
  flushed(files);
  for (const name of real.readdirSync(files)) flushed(join(files, name));
}

function flushed(path: string): void {
  if (path === files) {
    namesOnDisk.clear();
    for (const name of real.readdirSync(files)) {
      namesOnDisk.set(name, real.lstatSync(join(files, name), { bigint: true }).ino);
    }
  } else if (path.startsWith(`${files}/`)) {
    contentOnDisk.set(real.lstatSync(path, { bigint: true }).ino, real.readFileSync(path));
  }
}

/** Names that were not flushed go, or stay with `keepNames`; of files just the content that was flushed is there. */
function dropUnsynced(): void {
  const now = new Map(
    real.readdirSync(files).map((name) => [name, real.lstatSync(join(files, name), { bigint: true }).ino]),
  );
  const kept = plan.keepNames === true ? now : namesOnDisk;
  for (const name of now.keys()) real.rmSync(join(files, name));
  const written = new Map<bigint, string>();
  for (const [name, ino] of kept) {
    const other = written.get(ino);
    if (other === undefined) real.writeFileSync(join(files, name), contentOnDisk.get(ino) ?? Buffer.alloc(0));
    else real.linkSync(join(files, other), join(files, name));
    written.set(ino, name);
  }
}

begin(first);

// --- The calls --------------------------------------------------------------------------------------------------------

const table = fs as unknown as Record<string, Call>;
const patch = (name: string, make: (original: Call) => Call): void => {
  const original = table[name];
  if (original !== undefined) table[name] = Object.assign(make(original), original);
};

/** Sync calls that name a path, or an open file, first. */
for (const name of [
  "openSync unlinkSync rmSync mkdirSync readdirSync lstatSync statSync statfsSync writeFileSync readFileSync chmodSync",
  "renameSync fsyncSync ftruncateSync fstatSync linkSync writeSync closeSync",
].flatMap((line) => line.split(" "))) {
  patch(name, (original) => (...args) => {
    const label = labelOf(name, name === "linkSync" ? args[1] : args[0]);
    if (name === "linkSync" && plan.noLinks === true) throw errorOf("EPERM", label ?? "");
    return carryOut(
      label,
      () => {
        const result = original(...args);
        if (name === "openSync" && label !== undefined) open.set(result as number, `${args[0]}`);
        if (name === "closeSync") open.delete(args[0] as number);
        if (name === "fsyncSync") asOurs(() => flushed(open.get(args[0] as number) ?? ""));
        return result;
      },
      (errno) => {
        if (errno !== "short") throw errorOf(errno, label ?? "");
        return original(args[0], args[1], args[2], Math.ceil((args[3] as number) / 2), args[4]);
      },
    );
  });
}

/** Calls with a callback on an open file. */
const fsyncPromise = promisify(real.fsync);
const readPromise = promisify(real.read) as unknown as (...args: unknown[]) => Promise<unknown>;
const later = (name: string, original: (...args: unknown[]) => Promise<unknown>): Call => {
  const run = (...args: unknown[]): Promise<unknown> => {
    const label = labelOf(name, args[0]);
    return carryOut(
      label,
      async () => {
        const result = await original(...args);
        const path = open.get(args[0] as number);
        if (name === "fsync" && path !== undefined) asOurs(() => flushed(path));
        return result;
      },
      (errno) => Promise.reject(errorOf(errno, label ?? "")),
    );
  };
  const withCallback: Call = (...args) => {
    const done = args.pop() as Call;
    void run(...args).then(
      (result) => done(null, result),
      (error: unknown) => done(error),
    );
  };
  return Object.assign(withCallback, { [promisify.custom]: run });
};
table.fsync = later("fsync", fsyncPromise as (...args: unknown[]) => Promise<unknown>);
table.read = later("read", readPromise);

/** Calls of node:fs/promises, and those of the handles that `open` gives. */
const promises = fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
const asynchronous = (name: string, path: unknown, original: (...args: unknown[]) => Promise<unknown>) => {
  return (...args: unknown[]): Promise<unknown> => {
    const label = labelOf(name, path ?? args[0]);
    return carryOut(
      label,
      () => original(...args),
      (errno) => Promise.reject(errorOf(errno, label ?? "")),
    );
  };
};
for (const name of ["writeFile", "rename", "unlink", "rm", "mkdir"]) {
  const original = promises[name];
  if (original !== undefined) promises[name] = asynchronous(name, undefined, original);
}
const openHandle = promises.open;
if (openHandle !== undefined) {
  promises.open = asynchronous("open", undefined, async (...args) => {
    const handle = (await openHandle(...args)) as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const name of ["appendFile", "write", "stat"]) {
      const method = handle[name];
      if (method !== undefined) handle[name] = asynchronous(name, args[0], method.bind(handle));
    }
    return handle;
  });
}
syncBuiltinESMExports();

/** Statements, by their text. */
const sqlLabel = (text: string): string => `sql ${text.trim().replaceAll(/\s+/g, " ").slice(0, 4000)}`;
function patchSql(prototype: object, name: string, textOf: (self: unknown, args: unknown[]) => string): void {
  const methods = prototype as Record<string, Call>;
  const original = methods[name];
  if (original === undefined) throw new Error(name);
  methods[name] = function (this: unknown, ...args: unknown[]) {
    return carryOut(
      sqlLabel(textOf(this, args)),
      () => original.apply(this, args),
      (errno) => {
        throw sqliteError(errno);
      },
    );
  };
}
patchSql(DatabaseSync.prototype, "exec", (_self, args) => `${args[0]}`);
for (const name of ["run", "get", "all"]) {
  patchSql(StatementSync.prototype, name, (self) => (self as StatementSync).sourceSQL);
}
