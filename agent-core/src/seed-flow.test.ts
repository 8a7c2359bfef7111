/**
 * The sample of the push proposal (seed 001 A.6), replayed to the agent as it stands there: its INVITE with every liberty it
 * takes, its two chunks, and the flow that is expected, message by message. The sender is a socket that knows no Inlet. Only
 * what the sample leaves out is filled in: Via, lengths, a picture, and a file that has the hash that is stated.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { beforeEach, expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { signIn } from "./agent-testing.ts";
import type { AgentEvent, TraceEntry } from "./contract/index.ts";
import { header, type RawCore } from "./testing/index.ts";

let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  const own = await signIn({ aor: "sip:bob@example.com" });
  ({ core, agent } = own);
  return own.dispose;
});

const event = <E extends AgentEvent["event"]>(kind: E): Promise<Extract<AgentEvent, { event: E }>> =>
  new Promise((resolve) => {
    const subscription = agent.subscribe((message) => {
      if (!("event" in message) || message.event !== kind) return;
      subscription[Symbol.dispose]();
      resolve(message as Extract<AgentEvent, { event: E }>);
    });
  });

const picture = randomBytes(4092);
const icon = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46]);
const sha1 = createHash("sha1").update(picture).digest("hex").toUpperCase();

function invite(): Buffer {
  const sdp = [
    "v=0",
    "o=push 2890844526 2890844526 IN IP4 push-sender-agent.example.com",
    "s=",
    "c=IN IP4 push-sender-agent.example.com",
    "t=0 0",
    "m=message 7654 TCP/MSRP *",
    "i=This is my latest picture",
    "a=sendonly",
    "a=accept-types:message/cpim",
    "a=accept-wrapped-types:*",
    "a=path:msrp://push-sender-agent.example.com:7654/jshA7we;tcp",
    'a=file-selector:name:"My cool picture.jpg" type:image/jpeg',
    `      size:4092 hash:sha-1:${sha1}`,
    "a=disposition: not-render",
    'a=file-date:creation:"Mon, 15 May 2006 15:01:31 +03:00"',
    "a=icon:cid:id2@ push-sender-agent.example.com",
    "",
  ].join("\r\n");
  const body = Buffer.concat([
    Buffer.from(
      `--boundary71\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}\r\n--boundary71\r\n` +
        "Content-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n" +
        "Content-ID: <id2@ push-sender-agent.example.com>\r\n" +
        `Content-Length: ${icon.length}\r\nContent-Disposition: icon\r\n\r\n`,
    ),
    icon,
    Buffer.from("\r\n--boundary71--\r\n"),
  ]);
  const head = [
    "INVITE sip:bob@example.com SIP/2.0",
    `Via: SIP/2.0/TCP 127.0.0.1:${core.port};branch=z9hG4bKa84b4c76e66710`,
    "To: Bob <sip:bob@example.com>",
    "From: My Sender Agent <sip:bob@push-sender-agent.example.com>;tag=1928301774",
    "Call-ID: a84b4c76e66710",
    "CSeq: 1 INVITE",
    "Max-Forwards: 70",
    "Date: Sun, 21 May 2006 13:02:03 GMT",
    "Contact: <sip:bob@push-sender-agent.example.com>",
    "Accept-Contact: +g.oma.lcsi.sip-push, +g.oma.iari.syncml",
    "Content-Type: application/sdp",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** The wrapped message of 4385 octets, of which the picture is the last 4092. */
function wrapped(): Buffer {
  const lines = (pad: string): string =>
    [
      "To: Bob <sip:bob@example.com>",
      "From:  <sip:bob@push-sender-agent.example.com>",
      "DateTime: 2006-05-15T15:02:31-03:00",
      `Content-Disposition: not-render; filename="My cool picture.jpg"; creation-date="Mon, 15 May 2006 15:01:31 +03:00"; size=4092${pad}`,
      "Content-Type: image/jpeg",
      "",
      "",
    ].join("\r\n");
  const missing = 4385 - 4092 - lines("").length;
  return Buffer.concat([Buffer.from(lines(" ".repeat(missing))), picture]);
}

const dialog = (cseq: string, to: string): string[] => [
  "From: My Sender Agent <sip:bob@push-sender-agent.example.com>;tag=1928301774",
  `To: ${to}`,
  "Call-ID: a84b4c76e66710",
  `CSeq: ${cseq}`,
];

test("the sample of A.6, message by message", async () => {
  const offered = event("offer");
  core.send(invite());
  const offer = await offered;
  expect(offer).toMatchObject({
    from: { uri: "sip:bob@push-sender-agent.example.com", name: "My Sender Agent" },
    service: "+g.oma.lcsi.sip-push",
    application: "+g.oma.iari.syncml",
    session: "sip:bob@push-sender-agent.example.com",
    files: [
      {
        name: "My cool picture.jpg",
        type: "image/jpeg",
        size: 4092,
        description: "This is my latest picture",
        disposition: "attachment",
        hasIcon: true,
      },
    ],
  });
  const shown = (await agent.execute("offers.icon", { offer: offer.id, index: 0 })) as { base64: string };
  expect(Buffer.from(shown.base64, "base64").equals(icon)).toBe(true);
  await agent.execute("offers.decide", { offer: offer.id, accept: [0] });
  const answer = await core.next("SIP/2.0 200");
  const sdp = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  expect(sdp).toMatch(/^m=message [1-9]\d* TCP\/MSRP \*\r$/m);
  expect(sdp).toMatch(/^a=recvonly\r$/m);
  expect(sdp).toMatch(/^a=accept-types:message\/cpim/m);
  expect(sdp).toMatch(/^a=accept-wrapped-types:\*\r$/m);
  // In the words of the offer: no transfer id is made up, and the hash is the one that was stated.
  expect(sdp).toContain('a=file-selector:name:"My cool picture.jpg" type:image/jpeg size:4092 hash:sha-1:');
  expect(sdp).not.toContain("file-transfer-id");
  const to = header(answer, "To") ?? "";
  const contact = /<([^>]+)>/.exec(header(answer, "Contact") ?? "")?.[1] ?? "";
  core.request("ACK", contact, dialog("1 ACK", to));

  const path = /^a=path:(\S+)\r$/m.exec(sdp)?.[1] ?? "";
  const message = wrapped();
  expect(message).toHaveLength(4385);
  const from = "msrp://push-sender-agent.example.com:7654/iau39;tcp";
  const paths = `To-Path: ${path}\r\nFrom-Path: ${from}\r\nMessage-ID: 12339sdqwer\r\n`;
  const socket = connect(Number(/:(\d+)\//.exec(path)?.[1]), "127.0.0.1");
  let heard = "";
  const reported = new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      heard += data.toString("latin1");
      if (heard.includes("Status: 000 200") && heard.endsWith("$\r\n")) resolve();
    });
  });
  socket.write(
    Buffer.concat([
      Buffer.from(
        `MSRP d93kswow SEND\r\n${paths}Byte-Range: 1-2048/4385\r\nSuccess-Report: yes\r\nContent-Type: message/cpim\r\n\r\n`,
      ),
      message.subarray(0, 2048),
      Buffer.from("\r\n-------d93kswow+\r\n"),
      Buffer.from(`MSRP op2nc9a SEND\r\n${paths}Byte-Range: 2049-4385/4385\r\nContent-Type: message/cpim\r\n\r\n`),
      message.subarray(2048),
      Buffer.from("\r\n-------op2nc9a$\r\n"),
    ]),
  );
  const item = event("item");
  await reported;
  // Each chunk is answered in its turn, then the whole is reported, to whom the chunks came from.
  expect(
    [...heard.matchAll(/^MSRP (\S+) (\d{3}|[A-Z]+)/gm)].map(([, id, verb]) =>
      verb === "REPORT" ? verb : `${id} ${verb}`,
    ),
  ).toEqual(["d93kswow 200", "op2nc9a 200", "REPORT"]);
  expect(heard).toMatch(/^MSRP \S+ REPORT\r\nTo-Path: msrp:\/\/push-sender-agent\.example\.com:7654\/iau39;tcp\r$/m);
  expect(heard).toContain("Message-ID: 12339sdqwer\r\n");
  expect(heard).toContain("Byte-Range: 1-4385/4385\r\n");
  expect(heard).toContain("Status: 000 200");

  core.request("BYE", contact, dialog("2 BYE", to));
  await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
  const { path: file, ...kept } = await item;
  expect(kept).toMatchObject({ name: "My cool picture.jpg", type: "image/jpeg", size: 4092, verified: "yes" });
  expect(kept).toMatchObject({
    author: { uri: "sip:bob@push-sender-agent.example.com" },
    sentAt: "2006-05-15T18:02:31.000Z",
  });
  expect(readFileSync(file ?? "").equals(picture)).toBe(true);
  socket.destroy();

  const { messages } = (await agent.execute("trace.list", {})) as { messages: TraceEntry[] };
  const flow = messages
    .toReversed()
    .filter(({ summary }) => !/REGISTER|100 |180 /.test(summary))
    .map(({ direction, summary }) => `${direction === "in" ? "PSA" : "PRA"} ${summary.replace(/ sip:.*/, "")}`);
  // Both chunks were written before anything came back; the agent had answered the first when it read the second.
  const said = (who: string): string[] => flow.filter((line) => line.startsWith(who));
  expect(said("PSA")).toEqual(["PSA INVITE", "PSA ACK", "PSA SEND 1-2048/4385", "PSA SEND 2049-4385/4385", "PSA BYE"]);
  expect(said("PRA")).toEqual([
    "PRA 200 OK (INVITE)",
    "PRA 200 OK",
    "PRA 200 OK",
    "PRA REPORT 1-4385/4385 (000 200 OK)",
    "PRA 200 OK (BYE)",
  ]);
  const place = (line: string): number => flow.indexOf(line);
  expect(place("PRA REPORT 1-4385/4385 (000 200 OK)")).toBeGreaterThan(place("PSA SEND 2049-4385/4385"));
});
