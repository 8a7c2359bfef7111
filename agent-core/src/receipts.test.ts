import { beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { signIn } from "./agent-testing.ts";
import type { Item, ReceiptMode } from "./contract/index.ts";
import { header, type RawCore } from "./testing/index.ts";

let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  const own = await signIn();
  ({ core, agent } = own);
  return own.dispose;
});

const allow = (receipts: ReceiptMode): Promise<unknown> => agent.execute("settings.set", { receipts });

interface Wish {
  readonly from?: string;
  readonly author?: string;
  readonly ask?: string;
  readonly type?: string;
  /** IMDN-Record-Route. */
  readonly route?: readonly string[];
}

/** A message that asks, and the answer to it. */
async function push({
  from = "sip:anna@example.net",
  author = from,
  ask,
  type = "text/plain",
  route = [],
}: Wish = {}): Promise<void> {
  const body = [
    `From: <${author}>`,
    "To: <sip:bob@example.net>",
    "DateTime: 2026-11-21T10:00:00Z",
    "NS: imdn <urn:ietf:params:imdn>",
    "imdn.Message-ID: m-1",
    `imdn.Disposition-Notification: ${ask ?? "positive-delivery, display"}`,
    ...route.map((uri) => `imdn.IMDN-Record-Route: Relay <${uri}>`),
    "",
    `Content-Type: ${type}`,
    "",
    "hello",
  ].join("\r\n");
  core.request("MESSAGE", "sip:bob@example.net", [`From: <${from}>;tag=a`, "Content-Type: message/cpim"], body);
  await core.next("SIP/2.0 200");
}

/** Everything that the agent has sent by itself. */
const sent = (): string[] => core.received.filter((text) => text.startsWith("MESSAGE"));

const seen = async (): Promise<void> => {
  const { items } = (await agent.execute("items.list", {})) as { items: readonly Item[] };
  await agent.execute("items.markRead", { ids: items.map(({ id }) => id), read: true });
};

/** Whatever was on its way has gone out: what comes later came later. */
const settled = async (): Promise<void> => {
  core.request("OPTIONS", "sip:bob@example.net");
  await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 1 OPTIONS/);
};

describe("a sender who asks what became of a message", () => {
  it("is told nothing unless the person lets it", async () => {
    await push();
    await seen();
    await settled();
    expect(sent()).toEqual([]);
  });

  it("hears that it was delivered, after its 200", async () => {
    await allow("delivered");
    await push();
    const told = await core.next("MESSAGE");
    expect(told).toMatch(/^MESSAGE sip:anna@example\.net SIP/);
    expect(header(told, "Content-Type")).toBe("message/cpim");
    expect(told).toMatch(/\r\nContent-Disposition: notification\r\n/);
    expect(told).toContain("<message-id>m-1</message-id>");
    expect(told).toContain("<datetime>2026-11-21T10:00:00.000Z</datetime>");
    expect(told).toContain("<delivery-notification><status><delivered/></status></delivery-notification>");
    expect(told).not.toContain("Disposition-Notification");
    core.respond(told, "200 OK");
    await seen();
    await settled();
    expect(sent()).toHaveLength(1);
  });

  it("hears once that it was displayed, when it was and the person lets it", async () => {
    await allow("displayed");
    await push({ ask: "display" });
    await settled();
    expect(sent()).toEqual([]);
    await seen();
    const told = await core.next("MESSAGE");
    expect(told).toContain("<display-notification><status><displayed/></status></display-notification>");
    core.respond(told, "200 OK");
    await seen();
    await settled();
    expect(sent()).toHaveLength(1);
  });

  it("hears nothing of the display once the person has thought better of it", async () => {
    await allow("displayed");
    await push({ ask: "display" });
    await allow("none");
    await seen();
    await settled();
    expect(sent()).toEqual([]);
  });

  it("hears it by way of those who recorded that they want to be passed (RFC 5438 §8)", async () => {
    await allow("displayed");
    const route = ["sip:second@relay.example.net;transport=tcp", "sip:first@example.net"];
    await push({ route });
    for (const kind of ["delivery", "display"]) {
      if (kind === "display") await seen();
      const told = await core.next("MESSAGE");
      expect(told.split(" ")[1]).toBe(route[0]);
      expect(told).toContain(`<${kind}-notification>`);
      expect([...told.matchAll(/^imdn\.IMDN-Route: <(.*)>\r$/gm)].map((match) => match[1])).toEqual(route);
      expect(told).toContain("\r\nTo: <sip:anna@example.net>\r\n");
      expect(told).not.toContain("Record-Route");
      core.respond(told, "200 OK");
    }
  });

  it.each([
    ["a third party's domain", ["sip:relay@example.net", "sip:victim@example.org"]],
    ["a name that only ends like ours", ["sip:relay@evilexample.net"]],
    ["something else than an address", ["mailto:relay@example.net"]],
    ["an endless way", Array.from({ length: 9 }, () => "sip:relay@example.net")],
  ])("hears it directly where the way back leads through %s", async (_, route) => {
    await allow("delivered");
    await push({ route });
    const told = await core.next("MESSAGE");
    expect(told).toMatch(/^MESSAGE sip:anna@example\.net SIP/);
    expect(told).not.toContain("IMDN-Route");
  });

  it.each([
    ["a notification", { type: "message/imdn+xml" }],
    ["a message whose envelope names another author", { author: "sip:victim@example.org" }],
    ["a sender without a name", { from: "sip:anonymous@anonymous.invalid" }],
    ["one who only wants to hear of failures", { ask: "negative-delivery" }],
  ])("no answer goes to %s", async (_, wish) => {
    await allow("displayed");
    await push(wish);
    await seen();
    await settled();
    expect(sent()).toEqual([]);
  });
});
