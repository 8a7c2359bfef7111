/** A publication against a server written by hand, in time that the test owns. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { header, type RawCore } from "../testing/index.ts";
import { Publication } from "./publication.ts";
import { type AgentAtCore, agentAtCore, BOB } from "./testing.ts";
import type { UserAgent } from "./user-agent.ts";

const body = (content: string) => ({ contentType: "application/poc-settings+xml", content });

let side: AgentAtCore;
let core: RawCore;
let clock: ManualClock;
let agent: UserAgent;
let publication: Publication;
let told: string[];

beforeEach(async () => {
  clock = new ManualClock();
  told = [];
  side = await agentAtCore({ clock });
  ({ core, agent } = side);
  publication = new Publication(agent, {
    uri: BOB,
    event: "poc-settings",
    expires: 3600,
    clock,
    settled: (outcome) => void told.push(Object.values(outcome).join(" ")),
  });
});

afterEach(async () => {
  publication.dispose();
  await side[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

const count = (): number => core.received.filter((text) => text.startsWith("PUBLISH")).length;

let barrier = 0;
/** Lets what has been answered be taken in: a request after it on the same connection is answered later. */
async function settle(): Promise<void> {
  const id = `barrier-${barrier++}.`;
  core.request("OPTIONS", BOB, [`Call-ID: ${id}`]);
  while (!core.received.some((text) => text.includes(id))) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

/** The next PUBLISH: its tag, its Expires and its body; then it is answered. */
async function answer(status: string, ...lines: string[]): Promise<string> {
  const request = await core.next("PUBLISH");
  core.respond(request, status, lines);
  await settle();
  const shown = [header(request, "SIP-If-Match"), header(request, "Expires"), request.split("\r\n\r\n")[1]];
  return shown.filter((text) => text !== undefined && text !== "").join(" ");
}

describe("PUBLISH", () => {
  it("is initial, refreshed, modified and removed, each with the tag of the answer before", async () => {
    publication.publish(body("one"));
    expect(await answer("200 OK", "SIP-ETag: a1", "Expires: 1800")).toBe("3600 one");
    clock.advance(1_740_000);
    expect(await answer("200 OK", "SIP-ETag: a2", "Expires: 1800")).toBe("a1 3600");
    publication.publish(body("two"));
    const request = core.received.length;
    expect(await answer("200 OK", "SIP-ETag: a3", "Expires: 1800")).toBe("a2 3600 two");
    expect(core.received[request]).toMatch(/^PUBLISH sip:bob@example\.net SIP[\s\S]*^Event: poc-settings/m);
    publication.remove();
    expect(await answer("200 OK", "SIP-ETag: a4", "Expires: 0")).toBe("a3 0");
    expect(told).toEqual(["published", "published", "removed"]);
    clock.advance(7_200_000);
    await settle();
    expect([count(), agent.size, clock.pending]).toEqual([4, 0, 0]);
  });

  it("goes out one at a time, and of the changes meanwhile the last one wins", async () => {
    publication.publish(body("one"));
    for (const text of ["two", "three", "four"]) publication.publish(body(text));
    await settle();
    expect(count()).toBe(1);
    expect(await answer("200 OK", "SIP-ETag: a1")).toBe("3600 one");
    expect(await answer("200 OK", "SIP-ETag: a2")).toBe("a1 3600 four");
    expect([told, count()]).toEqual([["published"], 2]);
  });

  it("S29: answered without SIP-ETag, or with two, goes on as an initial one and makes no storm", async () => {
    publication.publish(body("one"));
    await answer("200 OK", "Expires: 3600");
    await settle();
    expect(count()).toBe(1);
    publication.publish(body("two"));
    expect(await answer("200 OK", "SIP-ETag: a1", "SIP-ETag: a2")).toBe("3600 two");
    clock.advance(3_540_000);
    expect(await answer("200 OK", "SIP-ETag: a3")).toBe("3600 two");
    clock.advance(3_540_000);
    expect(await answer("200 OK", "SIP-ETag: a3")).toBe("a3 3600");
    expect(told).toEqual(["published", "published", "published"]);
  });

  it("S29: 412 publishes the whole once again; a second 412 waits", async () => {
    publication.publish(body("one"));
    await answer("200 OK", "SIP-ETag: a1");
    publication.publish(body("two"));
    expect(await answer("412 Conditional Request Failed")).toBe("a1 3600 two");
    expect(await answer("412 Conditional Request Failed")).toBe("3600 two");
    await settle();
    expect(count()).toBe(3);
    clock.advance(30_000);
    expect(await answer("200 OK", "SIP-ETag: b1")).toBe("3600 two");
    expect(told).toEqual(["published", "published"]);
  });

  it("answered 423 asks for Min-Expires", async () => {
    publication.publish(body("one"));
    await answer("423 Interval Too Brief", "Min-Expires: 7200");
    expect(await answer("200 OK", "SIP-ETag: a1", "Expires: 7200")).toBe("7200 one");
  });

  it("answered 503 waits for Retry-After, or for the connection to be there again", async () => {
    publication.publish(body("one"));
    await answer("503 Service Unavailable", "Retry-After: 60");
    clock.advance(59_999);
    await settle();
    expect(count()).toBe(1);
    clock.advance(1);
    await answer("503 Service Unavailable", "Retry-After: 60 (busy)");
    publication.resume();
    expect(await answer("200 OK", "SIP-ETag: a1")).toBe("3600 one");
  });

  it.each(["403", "404", "405", "415", "489", "501"])("answered %s is told and not tried again", async (status) => {
    publication.publish(body("one"));
    await answer(`${status} No`);
    clock.advance(7_200_000);
    await settle();
    expect([told, count()]).toEqual([[`failed ${status}`], 1]);
  });
});
