/**
 * Inlet in its desktop window: the same specs as in the browser, where Electron's binary is there (`npx install-electron`, and
 * a display). The demo's provider runs here, as `npm start` would run it beside the window.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { electronBinary } from "@inlet/headless";
import { startDemoProvider } from "@inlet/provider";
import { _electron, type ElectronApplication, type Page } from "@playwright/test";
import type { Inlet } from "./inlet.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** undefined where there is nothing to run it on. */
export const desktopBinary = (): string | undefined => electronBinary(ROOT);

export class DesktopInlet implements Inlet {
  readonly home: string;
  readonly #application: ElectronApplication;
  readonly #provider: { stop(): Promise<void> };

  private constructor(home: string, application: ElectronApplication, provider: { stop(): Promise<void> }) {
    this.home = home;
    this.#application = application;
    this.#provider = provider;
  }

  get received(): string {
    return join(this.home, "received");
  }

  static async start(executablePath: string, home?: string): Promise<DesktopInlet> {
    const data = home ?? (await mkdtemp(join(tmpdir(), "inlet-e2e-")));
    const provider = await startDemoProvider({
      assetsDir: join(ROOT, "assets/demo"),
      host: "127.0.0.1",
      log: () => undefined,
    });
    const { user, domain, registrar, password } = provider;
    const file = join(data, "demo-password");
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    const account = [
      "--aor",
      `sip:${user}@${domain}`,
      "--registrar",
      registrar,
      "--user",
      user,
      "--password-file",
      file,
    ];
    const places = ["--data", data, "--folder", join(data, "received")];
    const args = [join(ROOT, "electron"), ...account, ...places];
    return new DesktopInlet(data, await _electron.launch({ executablePath, args }), provider);
  }

  async open(): Promise<Page> {
    const page = await this.#application.firstWindow();
    await page.setViewportSize({ width: 1280, height: 800 });
    return page;
  }

  async stop(): Promise<number | null> {
    const child = this.#application.process();
    await this.#application.close();
    await this.#provider.stop();
    return child.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
