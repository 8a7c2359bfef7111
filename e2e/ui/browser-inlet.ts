/** Inlet as a newcomer starts it: the program behind `npm start`, with a data folder of its own, opened in Chromium. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "@playwright/test";
import type { Inlet } from "./inlet.ts";

const START = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));

export class BrowserInlet implements Inlet {
  readonly address: string;
  readonly home: string;
  readonly #browser: Browser;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;

  private constructor(
    browser: Browser,
    child: ChildProcess,
    exited: Promise<number | null>,
    address: string,
    home: string,
  ) {
    this.#browser = browser;
    this.#child = child;
    this.#exited = exited;
    this.address = address;
    this.home = home;
  }

  get received(): string {
    return join(this.home, "received");
  }

  /** Resolves when the address is printed. `home` keeps what was received for another start. */
  static async start(browser: Browser, home?: string): Promise<BrowserInlet> {
    const data = home ?? (await mkdtemp(join(tmpdir(), "inlet-e2e-")));
    const child = spawn(process.execPath, [START, "--browser", "--data", data], { stdio: ["ignore", "pipe", "pipe"] });
    const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
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
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      void exited.then(fail);
    });
    return new BrowserInlet(browser, child, exited, address, data);
  }

  async open(): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(this.address);
    return page;
  }

  /** Ctrl-C. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    const code = await this.#exited;
    clearTimeout(late);
    return code;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
