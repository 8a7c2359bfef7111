/** Rules as a person makes them: from an offer, tried on what was offered before, put in order, and seen at work. */

import { AxeBuilder } from "@axe-core/playwright";
import { header, RawCore } from "@inlet/agent-core/testing";
import { expect, type Page, test } from "@playwright/test";
import { offerOf } from "../interop/offers.ts";
import { RawMsrp } from "../interop/raw-msrp.ts";
import { type ServedInlet, serveInlet } from "./served-inlet.ts";
import { settled } from "./settled.ts";

test.describe.configure({ mode: "serial" });

const BOB = "sip:bob@example.net";
const ANNA = 'From: "Anna" <sip:anna@example.net>;tag=a';
const VOUCHED = "P-Asserted-Identity: <sip:anna@example.net>";

test.describe("a person's rules", () => {
  let core: RawCore;
  let inlet: ServedInlet;
  let page: Page;
  let calls = 0;

  test.beforeAll(async ({ browser }) => {
    core = await RawCore.listen();
    inlet = await serveInlet(core.uri);
    await core.register();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(inlet.address);
    await expect(page.getByRole("list", { name: "Accounts" })).toContainText("Connected");
  });
  test.afterAll(async () => {
    core.cut();
    await inlet.stop();
    await core[Symbol.asyncDispose]();
  });

  const rules = () => page.getByRole("list", { name: "Rules" }).getByRole("listitem");
  const button = (name: string | RegExp) => page.getByRole("button", { name });

  /** Wide and light, narrow and dark: nothing that axe finds, nothing wider than the window. */
  async function seen(name: string): Promise<void> {
    for (const [width, height, colorScheme] of [
      [1280, 800, "light"],
      [390, 844, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await settled(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target }) => target) }))).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await page.screenshot({ path: test.info().outputPath(`${name}-${width}.png`) });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: "light" });
  }

  async function offer(name: string, type: string, data: Buffer): Promise<(final: string) => Promise<void>> {
    const id = `rules-${++calls}`;
    core.request(
      "INVITE",
      BOB,
      [`Call-ID: ${id}`, "Content-Type: application/sdp", ANNA, VOUCHED],
      offerOf([{ name, type, data }]),
    );
    return async (status) => {
      const final = await core.next(new RegExp(`^SIP/2\\.0 ${status}[\\s\\S]*^Call-ID: ${id}\\r`, "m"));
      const to = `To: ${header(final, "To")}`;
      core.request("ACK", BOB, [`Call-ID: ${id}`, ANNA, to, "CSeq: 1 ACK", `Via: ${header(final, "Via")}`]);
      if (status !== "200") return;
      const path = /^a=path:(\S+)/m.exec(final)?.[1] ?? "";
      const sender = await RawMsrp.open(path);
      await sender.send({ to: path, from: "msrp://127.0.0.1:7654/sender0session;tcp", data, chunk: 100 });
      await sender.until(/Status: 000 200/);
      sender.close();
      core.request("BYE", BOB, [`Call-ID: ${id}`, ANNA, to, "CSeq: 2 BYE"]);
    };
  }

  test("begins with none, and is told what they would do", async () => {
    await page.evaluate(() => location.assign("#/settings"));
    await page.getByRole("link", { name: "Show rules" }).click();
    await expect(page.getByRole("heading", { name: "Rules" })).toBeVisible();
    await expect(page.getByRole("main")).toContainText("No rules yet");
    await seen("none");
  });

  test("makes one from an offer, tries it on what was offered, and keeps it", async () => {
    const answered = await offer("report.txt", "text/plain", Buffer.from("the report"));
    await page.evaluate(() => location.assign("#/inbox"));
    const card = page.getByRole("region", { name: /^Offer from Anna/ });
    await expect(card).toBeVisible();
    await seen("card");
    await card.getByRole("button", { name: "Reject" }).click();
    await answered("603");
    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByRole("list", { name: "Offers so far" }).getByRole("link").first().click();
    await expect(page.getByRole("region", { name: "Details" })).toContainText("Decided by you");
    await seen("history");
    await button("Always accept from Anna…").click();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("From Anna");
    await expect(page.getByLabel("From", { exact: true })).toHaveValue("anna@example.net");
    await expect(page.getByLabel("Only when your provider confirms the address")).toBeChecked();
    await button("Try on what was offered").click();
    const rehearsal = page.getByRole("region", { name: "In the last 90 days" });
    await expect(rehearsal).toContainText(
      "1 file was offered. 1 fits this rule. 1 would have been accepted (10 bytes).",
    );
    await expect(rehearsal.getByRole("listitem")).toContainText(/report\.txt[\s\S]*Rejected[\s\S]*would be accepted/);
    await seen("editor");
    await button("Save rule").click();
    await expect(rules()).toHaveCount(1);
    await expect(rules()).toContainText(/From Anna[\s\S]*from anna@example\.net · confirmed by your provider/);
  });

  test("writes another, is told what is wrong with it, and finds it first in the list", async () => {
    await button("New rule").click();
    await button("Save rule").click();
    await expect(page.getByRole("alert").filter({ hasText: "name" })).toBeVisible();
    await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
    await page.keyboard.type("No pictures");
    await page.getByRole("radio", { name: "Reject" }).check();
    await page.getByLabel("Pictures").check();
    await page.getByLabel("At least (MB)").fill("2.5");
    await page.keyboard.press("Enter");
    await expect(rules()).toHaveCount(2);
    await expect(rules().first()).toContainText(/No pictures[\s\S]*Pictures · at least 2\.5 MB/);
    await seen("list");
  });

  test("changes their order by keyboard and by pointer, turns one off, deletes it and takes that back", async () => {
    await button("Move No pictures down").click();
    await expect(rules().first()).toContainText("From Anna");
    await button("Edit No pictures").press("Alt+ArrowUp");
    await expect(rules().first()).toContainText("No pictures");
    await rules().first().locator(".rule-grip").dragTo(rules().last());
    await expect(rules().first()).toContainText("From Anna");
    await page.getByLabel("No pictures is on").click();
    await expect(rules().last()).toContainText("Off");
    await button("Delete No pictures").click();
    await expect(rules()).toHaveCount(1);
    await button("Undo").click();
    await expect(rules()).toHaveCount(2);
    await expect(rules().last()).toContainText("Off");
  });

  test("sees a file come by the rule, and from the file goes to the rule", async () => {
    await page.evaluate(() => location.assign("#/inbox"));
    await (await offer("notes.txt", "text/plain", Buffer.from("notes of Anna")))("200");
    await page.getByRole("list", { name: "Items" }).getByRole("link").first().click();
    const facts = page.getByRole("region", { name: "Facts" });
    await expect(facts).toContainText("Decided by your rule “From Anna”");
    await seen("item");
    await facts.getByRole("link", { name: "From Anna" }).click();
    await expect(page.getByRole("heading", { name: "Edit rule" })).toBeVisible();
    await button("Cancel").click();
    await expect(rules()).toHaveCount(2);
  });
});
