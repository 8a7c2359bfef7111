/**
 * The other side of the flood: grants REGISTER, then sends `perSecond` INVITEs for `seconds`, in portions of ten milliseconds,
 * and beside them an OPTIONS every 100 ms. Says {port}, {registered} and at the end what was answered, and how late.
 */
import { createServer, type Socket } from "node:net";
import { inviteText } from "../sip/messages.ts";

const PORTION = 10;
const [perSecond = 5000, seconds = 10] = process.argv.slice(2).map(Number);
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const answers: Record<string, number> = {};
const asked = new Map<string, number>();
const late: number[] = [];

function heard(head: string): void {
  const status = head.slice(8, 11);
  const call = /^Call-ID: *(.*)$/im.exec(head)?.[1] ?? "";
  const began = asked.get(call);
  if (began !== undefined) {
    late.push(performance.now() - began);
    asked.delete(call);
  } else if (status !== "100") answers[status] = (answers[status] ?? 0) + 1;
}

function grant(socket: Socket, head: string): string {
  const contact = /^Contact: <([^>]+)>/m.exec(head)?.[1] ?? "";
  const lines = head.split("\r\n").filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line));
  const echoed = lines.map((line) => (/^to:/i.test(line) ? `${line};tag=core` : line)).join("\r\n");
  socket.write(`SIP/2.0 200 OK\r\n${echoed}\r\nContact: <${contact}>;expires=3600\r\nContent-Length: 0\r\n\r\n`);
  return contact;
}

function flood(socket: Socket, contact: string): void {
  const began = performance.now();
  let sent = 0;
  let options = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const due = Math.min(perSecond * seconds, Math.floor(((now - began) / 1000) * perSecond));
    let bytes = "";
    while (sent < due) bytes += inviteText(++sent, contact);
    if (now - began > options * 100) {
      const id = `probe-${options++}`;
      asked.set(id, now);
      bytes += [
        `OPTIONS ${contact} SIP/2.0`,
        `Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK${id}`,
        "From: <sip:anna@example.net>;tag=1",
        "To: <sip:bob@example.net>",
        ...[`Call-ID: ${id}`, "CSeq: 1 OPTIONS", "Max-Forwards: 70", "Content-Length: 0", "", ""],
      ].join("\r\n");
    }
    if (bytes !== "") socket.write(bytes);
    if (sent < perSecond * seconds || asked.size > 0) return;
    clearInterval(timer);
    // The answers to the last portion.
    setTimeout(() => say({ sent, answers, late: late.sort((a, b) => a - b), took: performance.now() - began }), 500);
  }, PORTION);
}

const server = createServer((socket) => {
  let buffer = "";
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    buffer += data.toString("latin1");
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = buffer.slice(0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (buffer.length < end + 4 + length) return;
      buffer = buffer.slice(end + 4 + length);
      if (head.startsWith("SIP/2.0")) heard(head);
      else if (head.startsWith("REGISTER")) {
        const contact = grant(socket, head);
        say({ registered: true });
        process.stdin.once("data", () => flood(socket, contact));
      }
    }
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  say({ port: typeof address === "object" ? address?.port : 0 });
});
