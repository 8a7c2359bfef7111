/** A server that takes the connection and then does not read. */
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { type InletError, LIMITS, silentLog, systemClock } from "../../kernel/index.ts";
import { openFlow } from "./open-flow.ts";

const sockets: Socket[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const KINDS: Record<"TCP" | "WS", () => Server> = {
  TCP: () => createServer((socket) => void socket.pause()),
  WS: () => {
    const server = createHttp();
    new WebSocketServer({ server, handleProtocols: () => "sip" }).on("connection", (socket) => socket.pause());
    return server;
  },
};

it.each(["TCP", "WS"] as const)(
  "sipUnsent: over %s costs a bounded amount of memory and then its connection",
  async (protocol) => {
    const server = KINDS[protocol]();
    servers.push(server);
    server.on("connection", (socket: Socket) => void sockets.push(socket.on("error", () => undefined)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const flow = await openFlow(
      { protocol, host: "127.0.0.1", port, timeout: 5000 },
      { log: silentLog, clock: systemClock },
    );
    const closed = new Promise<InletError | undefined>((resolve) =>
      flow.start({ message: () => undefined, closed: resolve }, false),
    );
    const bytes = Buffer.alloc(64 * 1024, "x");
    const lost: unknown[] = [];
    // What the system buffers by itself comes on top, some megabytes.
    for (let sent = 0; sent < 4 * LIMITS.sipUnsent && lost.length === 0; sent += bytes.length) {
      flow.send(bytes).catch((error: unknown) => lost.push(error));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await closed)?.code).toBe("INLET_SIP_TIMEOUT");
    expect(lost.length).toBeGreaterThan(0);
  },
);
