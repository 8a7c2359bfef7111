/** `inlet receive --json` as a process of its own, driven through its lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const INLET = fileURLToPath(new URL("../../headless/src/inlet.ts", import.meta.url));

export interface Line {
  readonly event?: string;
  readonly id?: unknown;
  readonly [member: string]: unknown;
}

export class ReceiveProcess {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly lines: Line[] = [];
  stderr = "";
  readonly #home: string;
  readonly #exited: Promise<number | null>;
  readonly #waiting = new Set<() => void>();
  #commands = 0;

  private constructor(child: ChildProcess, home: string) {
    this.child = child;
    this.#home = home;
    this.folder = join(home, "files");
    this.#exited = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(JSON.parse(line) as Line);
      this.#wake();
    });
    child.stderr.on("data", (data: Buffer) => {
      this.stderr += data.toString();
    });
    child.once("exit", () => this.#wake());
  }

  /** `port` of the registrar over TCP, or its URI. `home` keeps a data folder across starts. `preload` comes before the agent, which `command` starts. */
  static async start(
    port: number | string,
    args: readonly string[] = [],
    home?: string,
    {
      preload,
      command = [],
    }: {
      readonly preload?: { readonly module: string; readonly env: Readonly<Record<string, string>> };
      readonly command?: readonly string[];
    } = {},
  ): Promise<ReceiveProcess> {
    const folder = home ?? (await mkdtemp(join(tmpdir(), "inlet-receive-")));
    const password = join(folder, "password");
    await writeFile(password, "secret\n", { mode: 0o600 });
    const registrar = typeof port === "string" ? port : `sip:127.0.0.1:${port};transport=tcp`;
    const own = [
      "--aor",
      "sip:bob@example.net",
      "--registrar",
      registrar,
      "--user",
      "bob",
      "--password-file",
      password,
    ];
    const places = ["--data", join(folder, "data"), "--folder", join(folder, "files"), "--json"];
    const before = preload === undefined ? [] : ["--import", preload.module];
    const [program = process.execPath, ...rest] = [...command, process.execPath];
    const child = spawn(program, [...rest, ...before, INLET, "receive", ...own, ...places, ...args], {
      stdio: ["pipe", "pipe", "pipe", ...(preload === undefined ? [] : (["ipc"] as const))],
      env: { ...process.env, ...preload?.env },
    });
    return new ReceiveProcess(child, folder);
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get home(): string {
    return this.#home;
  }

  /** The first line that fits, from `after` lines on. */
  async line(fits: (line: Line) => boolean, within = 20_000): Promise<Line> {
    const until = Date.now() + within;
    for (;;) {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      const left = until - Date.now();
      if (left <= 0 || this.ended) {
        throw new Error(
          `no such line; last: ${JSON.stringify(this.lines.slice(-5))}; stderr: ${this.stderr.slice(-1000)}`,
        );
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  event(name: string, fits: (line: Line) => boolean = () => true): Promise<Line> {
    return this.line((line) => line.event === name && fits(line));
  }

  registered(): Promise<Line> {
    return this.event("registration", (line) => line.state === "registered");
  }

  async command(command: string, params: unknown = {}): Promise<Line> {
    const id = ++this.#commands;
    this.child.stdin?.write(`${JSON.stringify({ id, command, params })}\n`);
    return this.line((line) => line.id === id && line.event === undefined);
  }

  /** Ends it as a person would, and gives its exit code. */
  async stop(): Promise<number | null> {
    if (!this.ended) this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    const code = await this.#exited;
    clearTimeout(late);
    return code;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#home, { recursive: true, force: true });
  }
}
