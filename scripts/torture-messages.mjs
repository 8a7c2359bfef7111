/**
 * Writes the torture messages of RFC 4475 that an editor would spoil: `intmeth` (controls and UTF-8 in odd places), `longreq`
 * (long values made by repetition) and `mpart01` (a binary body part). The others stand in the corpus as they are.
 *
 *   node scripts/torture-messages.mjs
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = new URL("../agent-core/src/wire/sip/corpus/rfc4475/", import.meta.url);
const message = (lines, body = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from(`${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n`), body]);

/** §3.1.1.2: every character that a method, a URI, a quoted string, a token and a Call-ID may hold. */
function intmeth() {
  const method = "!interesting-Method0123456789_*+`.%indeed'~";
  const user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*";
  return message([
    `${method} sip:${user}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`,
    "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
    `To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:${user}@example.com>`,
    "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
    "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
    `CSeq: 139122385 ${method}`,
    "Max-Forwards: 255",
    "extensionHeader-!.%*+_`'~:\ufeff大停電",
  ]);
}

const SDP = Buffer.from(
  [
    ...["v=0", "o=mhandley 29739 7272939 IN IP4 192.0.2.3", "s=-", "c=IN IP4 192.0.2.4", "t=0 0"],
    ...["m=audio 49217 RTP/AVP 0 12", "m=video 3227 RTP/AVP 31", "a=rtpmap:31 LPC", ""],
  ].join("\r\n"),
);

/** §3.1.1.7: long names, values and lists, all well formed. */
function longreq() {
  const long = "long".repeat(20);
  const vias = Array.from({ length: 33 }, (_, i) => `v: SIP/2.0/TCP sip${33 - i}.example.com`);
  const parameters = Array.from({ length: 40 }, (_, i) => `;unknown-${"x".repeat(15)}-parameter-name${i}=value`).join(
    "",
  );
  return message(
    [
      "INVITE sip:user@example.com SIP/2.0",
      `To: "I have a user name of ${"extreme ".repeat(40)}proportion"<sip:user@example.com:6000;unknownparam1=very${long}value;longparam${"name".repeat(30)}=short;very${long}ParameterNameWithNoValue>`,
      `F: sip:amazinglylongcallername${"a".repeat(200)}@example.net;tag=12${"982424".repeat(50)}424${parameters}`,
      `Call-ID: longreq.one${"really".repeat(20)}longcallid`,
      "CSeq: 3882340 INVITE",
      `Unknown-${long.repeat(4)}-Name: unknown-${long.repeat(4)}-value; unknown-${long}-parameter-name = unknown-${long}-parameter-value`,
      ...vias.slice(0, 30),
      `Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very${"long".repeat(50)}branchvalue`,
      "Max-Forwards: 70",
      `Contact: <sip:amazinglylongcallername${"a".repeat(200)}@host5.example.net>`,
      "Content-Type: application/sdp",
    ],
    SDP,
  );
}

/** §3.1.1.11: a part of eight bits, with CRLF, NUL and the boundary's beginning in it. */
function mpart01() {
  const boundary = "7a9cbec02ceef655";
  const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const part = (type, body) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\n\r\n`),
      body,
      Buffer.from("\r\n"),
    ]);
  const body = Buffer.concat([
    part("text/plain", Buffer.from("Hello")),
    part("application/octet-stream", Buffer.concat([octets, Buffer.from(`\r\n\r\n--${boundary.slice(0, 8)}`), octets])),
    Buffer.from(`--${boundary}--`),
  ]);
  return message(
    [
      "MESSAGE sip:kumiko@example.org SIP/2.0",
      "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport",
      "Max-Forwards: 70",
      "Route: <sip:127.0.0.1:5080>",
      `Identity: ${Buffer.from("a signature that nobody here looks at").toString("base64")}`,
      "Contact: <sip:fluffy@127.0.0.1:5070>",
      "To: <sip:kumiko@example.org>",
      "From: <sip:fluffy@example.com>;tag=2fb0dcc9",
      "Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..",
      "CSeq: 1 MESSAGE",
      "Content-Transfer-Encoding: binary",
      `Content-Type: multipart/mixed;boundary=${boundary}`,
      "Date: Sat, 15 Oct 2005 04:44:56 GMT",
      "User-Agent: Fluffy/0.2.5 (curses)",
    ],
    body,
  );
}

export const messages = { intmeth: intmeth(), longreq: longreq(), mpart01: mpart01() };

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [name, bytes] of Object.entries(messages)) writeFileSync(new URL(`${name}.dat`, folder), bytes);
}
