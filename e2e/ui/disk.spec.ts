/** What the window says and lets a person set about the disk: the folder that cannot be used, and what files may take. */
import { rename, rm, writeFile } from "node:fs/promises";
import { RawCore } from "@inlet/agent-core/testing";
import { expect, test } from "@playwright/test";
import { serveInlet } from "./served-inlet.ts";

test("K7: a folder that is taken is told above every view until it is back; quotas are set together, by account, by channel", async ({
  page,
}) => {
  const core = await RawCore.listen();
  const inlet = await serveInlet(core.uri);
  try {
    await core.register();
    await page.goto(inlet.address);
    await page.getByRole("link", { name: "Settings" }).click();
    for (const [name, size] of [
      ["What received files may take together", "50 GB"],
      ["Those of each account", "20 GB"],
      ["Those of each channel", "1 GB"],
    ] as const) {
      const group = page.getByRole("group", { name });
      const choice = group.getByRole("radio", { name: size, exact: true });
      await expect(choice).not.toBeChecked();
      await choice.click();
      await expect(choice).toBeChecked();
      await expect(group.getByRole("radio", { checked: true })).toHaveCount(1);
    }
    const told = page.getByRole("alert").filter({ hasText: "Something else lies where the folder" });
    await rename(inlet.folder, `${inlet.folder}.away`);
    await writeFile(inlet.folder, "");
    await expect(told).toBeVisible();
    await rm(inlet.folder);
    await rename(`${inlet.folder}.away`, inlet.folder);
    await expect(told).toBeHidden();
  } finally {
    core.cut();
    await inlet.stop();
    await core[Symbol.asyncDispose]();
  }
});
