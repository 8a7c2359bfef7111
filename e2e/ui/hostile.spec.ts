/** What strangers send stays text: in a real browser, with markup in every field that a person gets to see. */
import { RawCore } from "@inlet/agent-core/testing";
import { expect, type Page, test } from "@playwright/test";
import { offerOf } from "../interop/offers.ts";
import { RawMsrp } from "../interop/raw-msrp.ts";
import { type ServedInlet, serveInlet } from "./served-inlet.ts";

test.describe.configure({ mode: "serial" });

const MARKUP = `<img src=http://127.0.0.1:9/x onerror="globalThis.harmed=1">`;
const SCRIPT = `<script>globalThis.harmed=1</script><a href="javascript:globalThis.harmed=1" target=_blank>x</a>`;
const BIDI = "invoice\u202Egpj.exe";
const BOB = "sip:bob@example.net";

test.describe("R1, R8, R9: what strangers send", () => {
  let core: RawCore;
  let inlet: ServedInlet;
  let page: Page;
  /** Requests of the page that did not go to its own host. */
  const foreign: string[] = [];
  const complaints: string[] = [];

  test.beforeAll(async ({ browser }) => {
    core = await RawCore.listen();
    inlet = await serveInlet(core.uri);
    await core.register();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const { origin } = new URL(inlet.address);
    page.on("request", (request) => {
      const own = request.url().startsWith(origin) || request.url().startsWith("blob:");
      if (!own && !request.url().startsWith("data:")) foreign.push(request.url());
    });
    page.on("dialog", (dialog) => void complaints.push(dialog.message()));
    page.on("popup", (popup) => void complaints.push(popup.url()));
    page.on("pageerror", (error) => void complaints.push(error.message));
    await page.goto(inlet.address);
    await expect(page.getByRole("list", { name: "Accounts" })).toContainText("Connected");
  });
  test.afterAll(async () => {
    core.cut();
    await inlet.stop();
    await core[Symbol.asyncDispose]();
  });
  test.afterEach(async () => {
    expect(await page.evaluate(() => (globalThis as { harmed?: number }).harmed)).toBeUndefined();
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).not.toMatch(/[\u202A-\u202E<]/);
  });

  const items = () => page.getByRole("list", { name: "Items" }).getByRole("link");
  const details = () => page.getByRole("region", { name: "Details" });
  const from = (name: string): string => `From: "${name.replaceAll('"', '\\"')}" <sip:stranger@example.org>;tag=s`;

  async function say(type: string, text: string, name = MARKUP): Promise<void> {
    const before = await items().count();
    const lines = [`Content-Type: ${type}`, from(name), `Subject: ${SCRIPT}`];
    core.request("MESSAGE", BOB, lines, text);
    expect(await core.next("SIP/2.0")).toContain("SIP/2.0 200");
    await expect(items()).toHaveCount(before + 1);
    await items().first().click();
  }

  test("a text message with markup, from a name with markup", async () => {
    await say("text/plain", MARKUP + SCRIPT);
    await expect(details()).toContainText(MARKUP);
    await expect(details().locator("img, script, iframe, a[href^='javascript']")).toHaveCount(0);
  });

  test("an HTML message with remote pictures and fonts", async () => {
    const style =
      "<style>@import 'http://127.0.0.1:9/y';@font-face{font-family:x;src:url(http://127.0.0.1:9/f)}</style>";
    await say(
      "text/html",
      `<html>${style}${MARKUP}${SCRIPT}<meta http-equiv=refresh content='0;url=http://127.0.0.1:9'>`,
    );
    await expect(details().locator("img, script, iframe, style, meta")).toHaveCount(0);
  });

  test("a name that turns round", async () => {
    await say("text/plain", BIDI, BIDI);
    expect(await page.locator("body").innerText()).not.toContain("\u202E");
    expect(await details().innerHTML()).not.toContain("\u202E");
  });

  test("C6: what breaks one view breaks no other, and can be tried again", async () => {
    const to = (name: string) => page.getByRole("navigation").getByRole("link", { name }).first().click();
    await to("Transfers");
    await page.evaluate(() => {
      // Nothing can tell a time any more, until it is mended.
      const { prototype } = Intl.DateTimeFormat;
      const whole = Object.getOwnPropertyDescriptor(prototype, "format") ?? {};
      const get = (): never => {
        throw new RangeError("no time");
      };
      Object.defineProperty(prototype, "format", { configurable: true, get });
      Object.assign(globalThis, { mend: () => Object.defineProperty(prototype, "format", whole) });
    });
    await to("Inbox");
    const broken = page.getByRole("main").getByRole("alert");
    await expect(broken).toContainText("no time");
    await to("Transfers");
    await expect(broken).toHaveCount(0);
    await to("Inbox");
    await expect(broken).toBeVisible();
    await page.evaluate(() => (globalThis as unknown as { mend(): void }).mend());
    await broken.getByRole("button").click();
    await expect(items()).not.toHaveCount(0);
  });

  /** Offers one file, accepts it in the page, and sends it. */
  async function receive(name: string, type: string, data: Buffer, lines: readonly string[] = []): Promise<void> {
    const before = await items().count();
    const call = `hostile-${before}`;
    const sdp = offerOf([{ name, type, data }]).replace("a=sendonly", `i=${MARKUP}\r\na=sendonly`);
    core.request("INVITE", BOB, [`Call-ID: ${call}`, "Content-Type: application/sdp", ...lines], sdp);
    const card = page.getByRole("region", { name: /^Offer from / });
    await expect(card).toContainText(name);
    await expect(card.locator("script, iframe, b")).toHaveCount(0);
    await card
      .getByRole("button", { name: /^Accept/ })
      .first()
      .click();
    const answer = await core.next(new RegExp(`^SIP/2\\.0 200 [\\s\\S]*Call-ID: ${call}`));
    const path = /^a=path:(\S+)/m.exec(answer)?.[1] ?? "";
    const sender = await RawMsrp.open(path);
    await sender.send({ to: path, from: "msrp://127.0.0.1:7654/sender0session;tcp", data, chunk: 100 });
    await sender.until(/Status: 000 200/);
    sender.close();
    await expect(items()).toHaveCount(before + 1);
    await items().first().click();
  }

  test("an offer with markup in every field, and an SVG with a script in it", async () => {
    const data = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.harmed=1"><script>globalThis.harmed=1</script><image href="http://127.0.0.1:9/s.png"/></svg>`,
    );
    const lines = [from(SCRIPT.replaceAll('"', "'")), `Subject: ${MARKUP}`];
    await receive("<b onmouseover=harmed=1>x</b>.svg", "image/svg+xml", data, lines);
    await expect(details()).toContainText("svg");
    await expect(details().locator("script, iframe, object, embed, svg[onload], image")).toHaveCount(0);
  });

  test("an offer that says nothing of its file, and something without end of itself", async () => {
    const sdp = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
    sdp.push("m=message 7654 TCP/MSRP *", "a=sendonly", "a=accept-types:*", "a=path:msrp://127.0.0.1:7654/s;tcp", "");
    const lines = ["Call-ID: silent", "Content-Type: application/sdp", `Subject: ${"S".repeat(2000)}`];
    core.request("INVITE", BOB, lines, sdp.join("\r\n"));
    const card = page.getByRole("region", { name: /^Offer from / });
    await expect(card).toContainText("name not stated");
    await expect(card.getByRole("status")).toContainText("1 of 1 selected · size not stated · not encrypted");
    const beyond = await card.evaluate((element) =>
      [...element.querySelectorAll("*")].some((one) => one.getBoundingClientRect().right > window.innerWidth),
    );
    expect(beyond).toBe(false);
    await page.getByRole("navigation").getByRole("link", { name: "Offers" }).first().click();
    await expect(page.getByRole("main").getByRole("link", { name: /name not stated.*size not stated/ })).toBeVisible();
    await page.getByRole("navigation").getByRole("link", { name: "Inbox" }).first().click();
    await card.getByRole("button", { name: "Reject" }).click();
    expect(await core.next(/^SIP\/2\.0 [2-6][\s\S]*Call-ID: silent/)).toContain("SIP/2.0 603");
  });

  test("F9: a web page that is called a picture is marked, and not handed out at the first press", async () => {
    await receive("holiday.jpg", "image/jpeg", Buffer.from(`<!doctype html><title>x</title>${SCRIPT}`));
    await expect(items().first()).toContainText("Look twice before opening");
    await expect(details()).toContainText("It is not what its name or its sender says");
    await expect(details().getByRole("img", { name: "holiday.jpg" })).toHaveCount(0);
    await details().getByRole("button", { name: "Download…" }).click();
    const download = page.waitForEvent("download");
    await details().getByRole("button", { name: "Download anyway" }).click();
    expect((await download).suggestedFilename()).toBe("holiday.jpg");
  });
});
