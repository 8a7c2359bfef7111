/**
 * What the page can ask the main process for: to open or to show an item, by its id. The path comes from the agent,
 * never from the page.
 */
import { basename } from "node:path";
import { type CommandResponse, item } from "@inlet/agent-core/contract";
import { type Reason, reason } from "@inlet/agent-core/kernel";
import { type BrowserWindow, dialog, type IpcMainInvokeEvent, ipcMain, shell } from "electron";
import { confirmation, decideOpening } from "./open-policy.ts";
import { isOwnSender } from "./sender.ts";

export interface IpcOptions {
  readonly window: () => BrowserWindow | undefined;
  readonly request: (command: string, params: unknown) => Promise<CommandResponse>;
}

/** `undefined` when it was done. An error would cross with its stack. */
type Answer = Reason | { readonly code: string; readonly text: string } | undefined;

export function handleIpc({ window, request }: IpcOptions): void {
  function handle(channel: string, act: (path: string, found: ReturnType<typeof item.parse>) => Promise<Answer>): void {
    ipcMain.handle(channel, async (event: IpcMainInvokeEvent, id: unknown): Promise<Answer> => {
      const own = window()?.webContents.id;
      const { senderFrame } = event;
      if (!isOwnSender({ contents: event.sender.id, own, frame: senderFrame })) return reason("INLET_UI_UNAUTHORIZED");
      const response = await request("items.get", { id });
      if ("error" in response) return response.error;
      const found = item.parse(response.result);
      if (found.path === undefined) return reason("INLET_ITEM_CONTENT_GONE");
      return act(found.path, found);
    });
  }

  handle("items.open", async (path, { type, verified, caution }) => {
    const name = basename(path);
    const decision = decideOpening({ name, type, verified, caution });
    const parent = window();
    if (decision.open === "afterConfirmation" && parent !== undefined) {
      const { response } = await dialog.showMessageBox(parent, {
        type: "warning",
        message: confirmation(name, decision.why),
        buttons: ["Do not open", "Open"],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      });
      if (response !== 1) return undefined;
    }
    const failure = await shell.openPath(path);
    return failure === "" ? undefined : reason("INLET_ITEM_NOT_OPENED", failure);
  });

  handle("items.reveal", async (path) => {
    shell.showItemInFolder(path);
    return undefined;
  });
}
