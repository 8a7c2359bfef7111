/** The Push Sender Agent as a terminal of an IMS (3GPP TS 24.229): its proxy and the receiver behind it, written by hand. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { silentLog } from "@inlet/agent-core/kernel";
import { header, headers, RawCore } from "@inlet/agent-core/testing";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type SendFilesOptions, sendFiles } from "./send-files.ts";
import { TemporaryFolder } from "./testing.ts";

const ANN = "sip:ann@example.net";
const ACCESS = "IEEE-802.11;i-wlan-node-id=00AB";
const SERVICE_ROUTE = "<sip:orig@scscf.example.net;lr>";
const RECORDED = ["<sip:pcscf.example.net;lr>", "<sip:scscf.example.net;lr>"];

let folder: TemporaryFolder;
let core: RawCore;
let file: string;

beforeEach(async () => {
  folder = new TemporaryFolder();
  file = join(folder.path, "picture.jpg");
  writeFileSync(file, randomBytes(10_000));
  core = await RawCore.listen();
});
afterEach(async () => {
  await core[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const send = (options: Partial<SendFilesOptions> = {}): ReturnType<typeof sendFiles> =>
  sendFiles({
    aor: ANN,
    registrar: core.uri,
    user: "ann@private.example.net",
    password: "secret",
    ims: { accessNetwork: ACCESS },
    to: "sip:bob@example.net",
    method: "msrp",
    files: [file],
    log: silentLog,
    ...options,
  });

async function register(): Promise<void> {
  const request = await core.next("REGISTER");
  expect(header(request, "Authorization")).toMatch(/^Digest username="ann@private\.example\.net", .*nonce=""/);
  core.respond(request, "200 OK", [
    `Contact: ${header(request, "Contact")};expires=3600`,
    `Service-Route: ${SERVICE_ROUTE}`,
    `P-Associated-URI: <${ANN}>`,
  ]);
}

/** It registers for no longer than it sends. */
async function unregister(): Promise<void> {
  const request = await core.next("REGISTER");
  expect(header(request, "Expires")).toBe("0");
  core.respond(request, "200 OK");
}

/** Takes the one line that was offered, whose file goes to `port`. */
function accept(invite: string, port: number): void {
  const line = /^m=.*$/m.exec(invite)?.[0].trim();
  const sdp = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", `${line}`];
  sdp.push("a=recvonly", "a=accept-types:*", `a=path:msrp://127.0.0.1:${port}/x;tcp`, "");
  core.respond(invite, "200 OK", early(["Content-Type: application/sdp"]), sdp.join("\r\n"));
}

const early = (more: readonly string[] = []): string[] => [
  ...RECORDED.toReversed().map((route) => `Record-Route: ${route}`),
  `Contact: <sip:bob-session@127.0.0.1:${core.port};transport=tcp>`,
  ...more,
];

function check(invite: string): void {
  expect(headers(invite, "Route")).toEqual([`<sip:127.0.0.1:${core.port};transport=tcp;lr>`, SERVICE_ROUTE]);
  expect(header(invite, "P-Preferred-Identity")).toBe(`<${ANN}>`);
  expect(header(invite, "P-Preferred-Service")).toBe("urn:urn-7:3gpp-service.ims.icsi.oma.sip-push");
  expect(header(invite, "P-Access-Network-Info")).toBe(ACCESS);
  expect(header(invite, "P-Asserted-Identity")).toBeUndefined();
  expect(header(invite, "Supported")).toContain("100rel");
  expect(invite).not.toMatch(/^Require:/m);
}

describe("a sender in an IMS", () => {
  it("S1-49, S1-58: registers, goes by the service route, and keeps to the recorded one until its BYE", async () => {
    const sending = send();
    await register();
    const invite = await core.next("INVITE");
    check(invite);
    const progress = ["Require: 100rel", "RSeq: 7", "P-Early-Media: gated", "P-Charging-Vector: icid-value=1"];
    core.respond(invite, "183 Session Progress", early(progress));
    const prack = await core.next("PRACK");
    expect(header(prack, "RAck")).toBe("7 1 INVITE");
    expect(headers(prack, "Route")).toEqual(RECORDED);
    expect(header(prack, "P-Access-Network-Info")).toBe(ACCESS);
    core.respond(prack, "200 OK");
    // Where nobody listens: the session is released as any other.
    accept(invite, 1);
    const ack = await core.next("ACK");
    expect(headers(ack, "Route")).toEqual(RECORDED);
    expect(header(ack, "P-Access-Network-Info")).toBeUndefined();
    const bye = await core.next("BYE");
    expect(headers(bye, "Route")).toEqual(RECORDED);
    expect(header(bye, "P-Access-Network-Info")).toBe(ACCESS);
    expect(header(bye, "P-Preferred-Identity")).toBeUndefined();
    core.respond(bye, "200 OK");
    await unregister();
    expect((await sending).results).toMatchObject([{ outcome: "failed", reason: { code: /MSRP_CONNECTION_FAILED/ } }]);
  });

  it("S1-51: a CANCEL goes the way of its INVITE, and says nothing of the access", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal });
    await register();
    const invite = await core.next("INVITE");
    core.respond(invite, "180 Ringing", early());
    cancel.abort();
    const request = await core.next("CANCEL");
    expect(headers(request, "Route")).toEqual(headers(invite, "Route"));
    expect(header(request, "P-Access-Network-Info")).toBeUndefined();
    core.respond(request, "200 OK");
    core.respond(invite, "487 Request Terminated");
    await unregister();
    expect((await sending).results).toMatchObject([{ reason: { code: "INLET_TRANSFER_CANCELLED" } }]);
  });

  it("S1-58: whom the core releases is told why, in its words", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const sending = send();
    await register();
    const invite = await core.next("INVITE");
    accept(invite, (silent.address() as AddressInfo).port);
    const ack = await core.next("ACK");
    core.request("BYE", ANN, [
      `Call-ID: ${header(ack, "Call-ID")}`,
      `From: ${header(ack, "To")}`,
      `To: ${header(ack, "From")}`,
      'Reason: SIP;cause=503;text="Bearer lost"',
    ]);
    expect(header(await core.next(/^SIP\/2\.0 200[\s\S]*BYE/), "P-Access-Network-Info")).toBe(ACCESS);
    await unregister();
    const [result] = (await sending).results;
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "INLET_SEND_ENDED" } });
    expect(result?.reason?.text).toContain("(SIP 503 Bearer lost)");
  });

  it("S1-49: 380 Alternative Service is no other way for a push: it has failed, and says with what", async () => {
    const sending = send();
    await register();
    const body = "<ims-3gpp version='1'><alternative-service><type>emergency</type></alternative-service></ims-3gpp>";
    core.respond(
      await core.next("INVITE"),
      "380 Alternative Service",
      ["Content-Type: application/3gpp-ims+xml"],
      body,
    );
    await core.next("ACK");
    await unregister();
    const [result] = (await sending).results;
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "INLET_SEND_FAILED" } });
    expect(result?.reason?.text).toContain("380 Alternative Service");
  });

  it("S1-49: one that the core does not register sends nothing", async () => {
    const sending = send().catch(({ code, message }) => `${code}: ${message}`);
    core.respond(await core.next("REGISTER"), "403 Not subscribed");
    expect(await sending).toMatch(/^INLET_REGISTRATION_REJECTED: .*403 Not subscribed/);
    expect(core.received.filter((text) => !text.startsWith("REGISTER"))).toEqual([]);
  });
});
