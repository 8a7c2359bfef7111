/** R11: a password that nobody could guess is looked for in everything that the agent gives out, keeps, or is started with. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { header, RawCore } from "@inlet/agent-core/testing";
import { expect, it, onTestFinished } from "vitest";
import { ReceiveProcess } from "./receive-process.ts";

const INLET = fileURLToPath(new URL("../../headless/src/inlet.ts", import.meta.url));
const REALM = "example.net";

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

it("R11: a password is in no output, file, trace, export, answer, argument or variable, nor what it could be guessed by", async () => {
  const password = `Canary${randomBytes(12).toString("hex")}`;
  const elsewhere = await mkdtemp(join(tmpdir(), "inlet-secret-"));
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
  const file = join(elsewhere, "password");
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await using core = await RawCore.listen();
  const receiver = await ReceiveProcess.start(core.port, ["--password-file", file, "--log", "debug"]);
  onTestFinished(() => receiver.remove());

  const secrets = new Map<string, string>([
    ["the password", password],
    ["in Base64", Buffer.from(password).toString("base64").replace(/=+$/, "")],
    ["in hex", Buffer.from(password).toString("hex")],
  ]);
  for (const algorithm of ["md5", "sha256"]) {
    const hash = createHash(algorithm).update(`bob:${REALM}:${password}`).digest("hex");
    secrets.set(`its ${algorithm}`, hash);
  }
  const challenge = async (algorithm: string, nonce: string): Promise<void> => {
    const challenges = [
      `WWW-Authenticate: Digest realm="${REALM}", nonce="${nonce}", qop="auth", algorithm=${algorithm}`,
    ];
    core.respond(await core.next("REGISTER"), "401 Unauthorized", challenges);
  };
  const answered = async (algorithm: string): Promise<string> => {
    await challenge(algorithm, `n-${algorithm}`);
    const request = await core.next("REGISTER");
    const response = /response="([0-9a-f]+)"/.exec(header(request, "Authorization") ?? "")?.[1];
    expect(response).toBeDefined();
    secrets.set(`the answer by ${algorithm}`, response ?? "");
    return request;
  };
  const granted = await answered("SHA-256");
  core.respond(granted, "200 OK", [`Contact: ${header(granted, "Contact")};expires=3600`]);
  await receiver.registered();
  core.request("MESSAGE", "sip:bob@example.net", ["Content-Type: text/plain"], "hello");
  await core.next("SIP/2.0 200");
  // A refusal of what was answered is told in words.
  core.cut();
  await receiver.event("registration", (line) => line.state === "lost");
  await receiver.command("accounts.reconnect", { account: "sip:bob@example.net" });
  const refused = await answered("MD5");
  core.respond(refused, "403 Forbidden");
  await receiver.event("registration", (line) => line.state === "rejected");

  const given = new Map<string, string | Buffer>();
  const list = await receiver.command("trace.list", { limit: 100 });
  for (const { id } of (list.result as { messages: { id: string }[] }).messages)
    given.set(`trace.get ${id}`, JSON.stringify(await receiver.command("trace.get", { id })));
  for (const command of ["items.list", "offers.list"]) await receiver.command(command);
  if (existsSync("/proc/self/cmdline"))
    for (const name of ["cmdline", "environ"]) given.set(name, readFileSync(`/proc/${receiver.child.pid}/${name}`));
  // As it dies: what a crash leaves on disk, and what it said.
  receiver.child.kill("SIGKILL");
  await new Promise((resolve) => receiver.child.once("close", resolve));
  for (const how of ["--text", "--ladder"]) {
    const { stdout } = spawnSync(process.execPath, [INLET, "trace", "--data", join(receiver.home, "data"), how]);
    expect(stdout.toString()).toContain("REGISTER");
    given.set(`inlet trace ${how}`, stdout);
  }
  given.set("stderr", receiver.stderr);
  given.set("stdout", receiver.lines.map((line) => JSON.stringify(line)).join("\n"));
  const data = join(receiver.home, "data");
  for (const path of filesIn(data)) {
    given.set(path, readFileSync(path));
    if (process.platform !== "win32") expect(statSync(path).mode & 0o077, path).toBe(0);
  }

  expect(
    [...given.keys()].filter((name) => /trace\.jsonl|inlet\.db|stderr|trace\.get/.test(name)).length,
  ).toBeGreaterThan(4);
  expect(receiver.stderr).toContain("sip.");
  for (const [where, content] of given)
    for (const [what, secret] of secrets) expect(content.includes(secret), `${what} in ${where}`).toBe(false);
});
