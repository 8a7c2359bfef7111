/**
 * A file from Blink (AG Projects): its session description as its SDK writes one, and its transfer. What is its own: c= only
 * beside the line, `a=setup:actpass` behind the types, a name that is not percent-encoded, `a=x-file-offset` (a method of its
 * own, which Inlet does not take up), the transfer id last, 64 KiB chunks that each ask for a report.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { beforeEach, expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { signIn } from "./agent-testing.ts";
import type { AgentEvent } from "./contract/index.ts";
import { header, type RawCore } from "./testing/index.ts";

let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  const own = await signIn({ accept: "all" });
  ({ core, agent } = own);
  return own.dispose;
});

const PART = 64 * 1024;
const data = randomBytes(3 * PART + 100);
const pairs = (createHash("sha1").update(data).digest("hex").toUpperCase().match(/../g) ?? []).join(":");

test.each([
  ["sha-1", "photo.png"],
  ["sha1", "100% sure – déjà vu.png"],
])("a file with hash:%s, called %s, arrives whole", async (algorithm, name) => {
  const sdp = [
    "v=0",
    "o=- 3929374721 3929374721 IN IP4 192.0.2.10",
    "s=Blink Qt 5.9.1 (Linux)",
    "t=0 0",
    "m=message 2855 TCP/MSRP *",
    "c=IN IP4 192.0.2.10",
    "a=path:msrp://192.0.2.10:2855/d41d8cd98f00b204e980;tcp",
    "a=sendonly",
    "a=accept-types:*",
    "a=setup:actpass",
    `a=file-selector:name:"${name}" type:image/png size:${data.length} hash:${algorithm}:${pairs}`,
    "a=x-file-offset",
    "a=file-transfer-id:3c7f3a8e-7f0c-4a8e-9a53-0f6c3f5f9a11",
    "",
  ].join("\r\n");
  const item = new Promise<Extract<AgentEvent, { event: "item" }>>((resolve) => {
    agent.subscribe((message) => {
      if ("event" in message && message.event === "item") resolve(message);
    });
  });
  const call = ['From: "Anna" <sip:anna@example.net>;tag=a', `Call-ID: blink-${algorithm}`];
  const more = [
    "Allow: SUBSCRIBE, NOTIFY, PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, MESSAGE, REFER",
    "Supported: 100rel, replaces, norefersub, gruu",
    "User-Agent: Blink Qt 5.9.1 (Linux)",
    "Content-Type: application/sdp",
  ];
  core.request("INVITE", "sip:bob@example.net", [...call, ...more], sdp);
  const answer = await core.next("SIP/2.0 200");
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  // Blink connects where it reads "passive"; it would ask for an offset only where it reads its own attribute.
  expect(body).toMatch(/^a=setup:passive\r$/m);
  expect(body).toMatch(/^a=recvonly\r$/m);
  expect(body).toMatch(/^a=accept-types:\*\r$/m);
  expect(body).not.toContain("x-file-offset");
  expect(body).toContain("a=file-transfer-id:3c7f3a8e-7f0c-4a8e-9a53-0f6c3f5f9a11");
  const to = `To: ${header(answer, "To")}`;
  core.request("ACK", "sip:bob@example.net", [...call, to, "CSeq: 1 ACK"]);

  const path = /^a=path:(\S+)\r$/m.exec(body)?.[1] ?? "";
  const paths = `To-Path: ${path}\r\nFrom-Path: msrp://192.0.2.10:2855/d41d8cd98f00b204e980;tcp\r\n`;
  const socket = connect(Number(/:(\d+)\//.exec(path)?.[1]), "127.0.0.1");
  let heard = "";
  const reported = new Promise<void>((resolve) => {
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (/REPORT[\s\S]*Status: 000 200[\s\S]*\$\r\n$/.test(heard)) resolve();
    });
  });
  socket.write(`MSRP bind0001 SEND\r\n${paths}Message-ID: bind\r\n-------bind0001$\r\n`);
  for (let at = 0; at < data.length; at += PART) {
    const part = data.subarray(at, at + PART);
    const id = `part${at}`;
    const head = [
      `MSRP ${id} SEND`,
      `${paths}Message-ID: 9f86d081884c7d65`,
      `Byte-Range: ${at + 1}-${at + part.length}/${data.length}`,
      "Success-Report: yes",
      "Failure-Report: yes",
      "Content-Type: image/png",
    ];
    const flag = at + part.length === data.length ? "$" : "+";
    socket.write(
      Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), part, Buffer.from(`\r\n-------${id}${flag}\r\n`)]),
    );
  }
  await reported;
  // Blink has sent the file when a report names its last octet.
  expect(heard).toMatch(new RegExp(`Byte-Range: 1-${data.length}/${data.length}\r\n`));
  expect([...heard.matchAll(/^MSRP part\d+ 200/gm)]).toHaveLength(4);
  core.request("BYE", "sip:bob@example.net", [...call, to, "CSeq: 2 BYE"]);
  await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
  const kept = await item;
  expect(kept).toMatchObject({ name, type: "image/png", size: data.length, verified: "yes" });
  expect(readFileSync(kept.path ?? "").equals(data)).toBe(true);
  socket.destroy();
});
