/** `inlet serve` for an account at a core that says what it is told: an agent of a person whom strangers write to. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const INLET = fileURLToPath(new URL("../../headless/src/inlet.ts", import.meta.url));

export interface ServedInlet {
  /** To open, with its token. */
  readonly address: string;
  /** Where received files go. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Resolves when the address is printed; by then it may be registered or not. */
export async function serveInlet(registrar: string, args: readonly string[] = []): Promise<ServedInlet> {
  const home = await mkdtemp(join(tmpdir(), "inlet-served-"));
  const password = join(home, "password");
  await writeFile(password, "secret\n", { mode: 0o600 });
  const account = ["--aor", "sip:bob@example.net", "--registrar", registrar, "--password-file", password];
  const places = ["--data", join(home, "data"), "--folder", join(home, "files")];
  const command = [INLET, "serve", ...account, ...places, ...args];
  const child: ChildProcess = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Error(`no address printed: ${output}`));
    const late = setTimeout(fail, 30_000);
    const read = (data: Buffer): void => {
      output += data.toString();
      const match = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(output);
      if (match === null) return;
      clearTimeout(late);
      resolve(match[0]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    void exited.then(fail);
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(late);
    await rm(home, { recursive: true, force: true });
  };
  return { address, folder: join(home, "files"), stop };
}
