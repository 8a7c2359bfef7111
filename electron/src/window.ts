/** The one window: isolated, sandboxed, and unable to go anywhere, open anything or be granted anything. */
import { app, BrowserWindow, type Session } from "electron";
import { isUiUrl, UI_ADDRESS } from "./ui-path.ts";

export function createWindow(preload: string, session: Session): BrowserWindow {
  const window = new BrowserWindow({
    width: 1180,
    height: 760,
    minWidth: 390,
    minHeight: 480,
    title: "Inlet",
    show: false,
    webPreferences: {
      preload,
      session,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      devTools: !app.isPackaged,
    },
  });
  window.once("ready-to-show", () => window.show());
  // A page cannot rename its window: the title would be a place to imitate another program.
  window.on("page-title-updated", (event) => event.preventDefault());
  void window.loadURL(UI_ADDRESS);
  return window;
}

/** For every web contents that ever comes to be, also those nobody thought of. */
export function confine(contents: Electron.WebContents): void {
  const onlyOwn = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isUiUrl(event.url)) event.preventDefault();
  };
  contents.on("will-navigate", onlyOwn);
  contents.on("will-frame-navigate", onlyOwn);
  contents.on("will-redirect", onlyOwn);
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** What a page can ask its session for: nothing. The default would grant everything. */
export function closeSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  // Only what the page itself has made may be saved; nothing is fetched from anywhere.
  session.on("will-download", (event, item) => {
    if (!item.getURL().startsWith(`blob:${UI_ADDRESS}`)) event.preventDefault();
  });
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    const own =
      isUiUrl(url) || url.startsWith(`blob:${UI_ADDRESS}`) || (!app.isPackaged && url.startsWith("devtools:"));
    decide({ cancel: !own });
  });
}
