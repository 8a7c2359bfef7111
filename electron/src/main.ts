/** The desktop shell. Thin: a window, the agent in a process of its own, and the line between the two. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reason } from "@inlet/agent-core/kernel";
import { app, type BrowserWindow, dialog, powerMonitor, safeStorage, session } from "electron";
import { AgentHost } from "./agent-host.ts";
import { toConfig } from "./config.ts";
import { handleIpc } from "./ipc.ts";
import { keyFromKeyring } from "./keyring.ts";
import { declareScheme, serveInterface } from "./scheme.ts";
import { closeSession, confine, createWindow } from "./window.ts";

/** Where the build has put things: beside this file, or for the interface in its own package while developing. */
const HERE = import.meta.dirname;
const PACKED = join(HERE, "ui");
const INTERFACE = existsSync(PACKED) ? PACKED : join(HERE, "../../renderer/dist");

app.enableSandbox();
declareScheme();

let window: BrowserWindow | undefined;
let agent: AgentHost | undefined;

function openWindow(): void {
  if (window !== undefined) {
    if (window.isMinimized()) window.restore();
    window.focus();
    return;
  }
  const opened = createWindow(join(HERE, "preload.cjs"), session.defaultSession);
  window = opened;
  // At every load: a reloaded page is a new page and needs a line of its own.
  opened.webContents.on("did-finish-load", () => agent?.connect(opened.webContents));
  opened.on("closed", () => {
    window = undefined;
  });
}

function fail(text: string): void {
  dialog.showErrorBox("Inlet", text);
  app.quit();
}

async function run(): Promise<void> {
  await app.whenReady();
  closeSession(session.defaultSession);
  serveInterface(session.defaultSession, INTERFACE);
  const data = app.getPath("userData");
  const args = process.argv.slice(app.isPackaged ? 1 : 2);
  const config = toConfig(args, { data, downloads: app.getPath("downloads") });
  const secretKey = keyFromKeyring(join(data, "secret.sealed"), safeStorage);
  const host = new AgentHost(
    join(HERE, "agent-process.js"),
    { ...config, ...(secretKey && { secretKey }) },
    {
      onRestart: () => {
        if (window !== undefined) host.connect(window.webContents);
      },
      onStopped: () => app.quit(),
      onFailure: (why) => fail((why ?? reason("INLET_INTERNAL")).text),
      onEvent: () => undefined,
    },
  );
  agent = host;
  powerMonitor.on("suspend", () => host.suspended());
  powerMonitor.on("resume", () => host.resumed());
  handleIpc({ window: () => window, request: (command, params) => host.request(command, params) });
  openWindow();
}

// A second start shows the window of the first: two agents on one account would take each other's offers.
if (!app.requestSingleInstanceLock()) app.quit();
else {
  app.on("second-instance", openWindow);
  app.on("activate", openWindow);
  app.on("web-contents-created", (_event, contents) => confine(contents));
  app.on("window-all-closed", () => app.quit());
  let stopped = false;
  app.on("will-quit", (event) => {
    if (stopped || agent === undefined) return;
    event.preventDefault();
    void agent.stop().then(() => {
      stopped = true;
      app.quit();
    });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => app.quit());
  run().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}
