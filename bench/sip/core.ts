/**
 * The other side, in a process of its own so that its work is not counted: a registrar that grants every REGISTER and then
 * sends as many requests as it is told, `window` of them unanswered at a time. Says {port}, {registered}, and {seconds} when
 * every final (MESSAGE) or ringing (INVITE) answer is here.
 */
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { inviteText, messageText } from "./messages.ts";

interface Job {
  readonly method: "INVITE" | "MESSAGE";
  readonly count: number;
  readonly window: number;
}

let contact = "";
let socket: Socket | undefined;
let sent = 0;
let job: Job | undefined;
let left = 0;
let began = 0;
let inFlight = 0;
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

function answerRegister(text: string): void {
  const lines = text.split("\r\n").filter((line) => /^(via|from|to|call-id|cseq):/i.test(line));
  contact = /^Contact: <([^>]+)>/m.exec(text)?.[1] ?? "";
  const echoed = lines.map((line) => (/^to:/i.test(line) ? `${line};tag=core` : line)).join("\r\n");
  socket?.write(`SIP/2.0 200 OK\r\n${echoed}\r\nContact: <${contact}>;expires=3600\r\nContent-Length: 0\r\n\r\n`);
  say({ registered: true });
}

function fill(): void {
  let bytes = "";
  for (; job !== undefined && inFlight < job.window && left > 0; left--, inFlight++) {
    sent++;
    bytes += job.method === "INVITE" ? inviteText(sent, contact) : messageText(sent, contact);
  }
  if (bytes !== "") socket?.write(bytes);
  if (job !== undefined && left === 0 && inFlight === 0) {
    say({ seconds: (performance.now() - began) / 1000 });
    job = undefined;
  }
}

const server = createServer((accepted) => {
  socket = accepted;
  let buffer = "";
  accepted.on("error", () => undefined);
  accepted.on("data", (data) => {
    buffer += data.toString("latin1");
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) break;
      const head = buffer.slice(0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (buffer.length < end + 4 + length) break;
      buffer = buffer.slice(end + 4 + length);
      if (head.startsWith("REGISTER")) answerRegister(head);
      else if (job !== undefined && (job.method === "INVITE" ? /^SIP\/2.0 180/ : /^SIP\/2.0 200/).test(head))
        inFlight--;
    }
    fill();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  say({ port: typeof address === "object" ? address?.port : 0 });
});
createInterface({ input: process.stdin }).on("line", (line) => {
  job = JSON.parse(line) as Job;
  left = job.count;
  began = performance.now();
  fill();
});
