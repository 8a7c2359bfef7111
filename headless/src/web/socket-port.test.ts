import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { socketPort } from "./socket-port.ts";

test("uiBacklog: a page that does not read is cut off with 1013, and the memory it holds stays bounded", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as [[WebSocket], unknown];
  const backlog = 1024 * 1024;
  const port = socketPort(socket, backlog);
  client.pause();
  const patch = { text: "x".repeat(64 * 1024) };
  let sent = 0;
  // The kernel's buffers fill first; then bytes wait here.
  while (socket.readyState === WebSocket.OPEN) {
    port.send({ patch });
    sent += 1;
    await new Promise(setImmediate);
  }
  expect(socket.bufferedAmount).toBeLessThan(backlog + 128 * 1024);
  for (let more = 0; more < 100; more += 1) port.send({ patch });
  expect(socket.bufferedAmount).toBeLessThan(backlog + 128 * 1024);

  let received = 0;
  client.on("message", () => {
    received += 1;
  });
  client.resume();
  const [code] = await once(client, "close");
  expect(code).toBe(1013);
  expect(received).toBe(sent);
  await new Promise((done) => server.close(done));
});

test("R2: a page that asks and does not read is not read either, until it does", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as [[WebSocket], unknown];
  const port = socketPort(socket);
  const patch = { text: "x".repeat(16 * 1024) };
  let asked = 0;
  port.onMessage(() => {
    asked += 1;
    port.send({ patch });
  });
  client.pause();
  const questions = 20_000;
  for (let i = 0; i < questions; i += 1) client.send("{}");
  // Until nothing moves any more: the kernel's buffers fill, then what is asked waits there.
  for (let before = -1; before !== asked; ) {
    before = asked;
    for (let i = 0; i < 200; i += 1) await new Promise(setImmediate);
  }
  expect(asked).toBeLessThan(questions / 4);
  expect(socket.bufferedAmount).toBeLessThan(8 * 1024 * 1024);
  let received = 0;
  const all = new Promise<void>((resolve) =>
    client.on("message", () => {
      received += 1;
      if (received === questions) resolve();
    }),
  );
  client.resume();
  await all;
  expect(asked).toBe(questions);
  client.close();
  await new Promise((done) => server.close(done));
});
