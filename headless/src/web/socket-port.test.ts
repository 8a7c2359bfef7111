import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { socketPort } from "./socket-port.ts";

test("a page that does not read is cut off with 1013, and the memory it holds stays bounded", async () => {
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
