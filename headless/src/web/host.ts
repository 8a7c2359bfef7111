/**
 * The loopback web host: the user interface in a browser, for where there is no Electron. Binds 127.0.0.1 and ::1
 * only. `/agent` carries the contract over a WebSocket, `/content/<item>` the bytes of an item, the rest is the
 * built interface. The token travels in the fragment of the printed address, which no browser sends to a server.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type Agent, connectUi } from "@inlet/agent-core";
import { InletError, LIMITS, type Log, type Reason, reason, silentLog } from "@inlet/agent-core/kernel";
import { uiHeaders } from "@inlet/agent-core/ui-files";
import { WebSocketServer } from "ws";
import { sendAsset } from "./assets.ts";
import { sendContent } from "./content.ts";
import * as guard from "./guard.ts";
import { refuse, refuseError, statusOf } from "./reply.ts";
import { socketPort } from "./socket-port.ts";

export interface WebHostOptions {
  readonly agent: Agent;
  /** Folder of the built interface (`renderer/dist`). */
  readonly assets: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log?: Log;
}

export interface WebHost {
  readonly port: number;
  readonly token: string;
  /** What a person opens: `http://127.0.0.1:PORT/#token=…`. */
  readonly address: string;
  close(): Promise<void>;
}

const CONTENT = "/content/";

export async function startWebHost({ agent, assets, port: wanted, log = silentLog }: WebHostOptions): Promise<WebHost> {
  const token = guard.newToken();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.uiMessage,
    perMessageDeflate: false,
    handleProtocols: () => guard.SUBPROTOCOL,
  });
  const { servers, port } = await listen(wanted);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = request.headers.host;
    if (!guard.isOwnHost(host, port)) throw new InletError("INLET_UI_ADDRESS");
    for (const [name, value] of Object.entries(uiHeaders(`ws://${host}`))) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, reason("INLET_UI_NOT_FOUND"), 405);
    // The path is taken as it stands: URL() would resolve ".." before it could be refused.
    const pathname = (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
    if (!pathname.startsWith(CONTENT)) return sendAsset(response, assets, pathname);
    const given = guard.tokenOfAuthorization(request.headers.authorization);
    if (given === undefined || !guard.sameToken(given, token)) throw new InletError("INLET_UI_UNAUTHORIZED");
    await sendContent(agent, itemOf(pathname), request, response);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const refusal = refusalOf(request);
    if (refusal !== undefined) refuseUpgrade(socket, refusal.why, refusal.status);
    else sockets.handleUpgrade(request, socket, head, (client) => connectUi(agent, socketPort(client), log));
  }

  function refusalOf({ headers, url }: IncomingMessage): { why: Reason; status?: number } | undefined {
    if (!guard.isOwnHost(headers.host, port)) return { why: reason("INLET_UI_ADDRESS") };
    if (headers.origin !== `http://${headers.host}`) return { why: reason("INLET_UI_ADDRESS"), status: 403 };
    if (url !== "/agent") return { why: reason("INLET_UI_NOT_FOUND") };
    const given = guard.tokenOfSubprotocols(headers["sec-websocket-protocol"]);
    if (given === undefined || !guard.sameToken(given, token)) return { why: reason("INLET_UI_UNAUTHORIZED") };
    if (sockets.clients.size >= LIMITS.uiConnections) return { why: reason("INLET_UI_TOO_MANY") };
    return undefined;
  }

  for (const server of servers) {
    server.on("request", (request, response) => {
      // A reader that goes away in the middle of a file is no failure of ours.
      serve(request, response).catch((error) => (response.destroyed ? undefined : refuseError(response, error, log)));
    });
    server.on("upgrade", upgrade);
  }
  return {
    port,
    token,
    address: `http://127.0.0.1:${port}/#token=${token}`,
    async close() {
      for (const client of sockets.clients) client.close(1001);
      const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())));
      for (const server of servers) server.closeAllConnections();
      for (const client of sockets.clients) client.terminate();
      await Promise.all(closed);
    },
  };
}

const itemOf = (pathname: string): string => {
  try {
    return decodeURIComponent(pathname.slice(CONTENT.length));
  } catch {
    throw new InletError("INLET_ITEM_UNKNOWN");
  }
};

function refuseUpgrade(socket: Duplex, why: Reason, status = statusOf(why.code)): void {
  const body = JSON.stringify({ error: why });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The same port on both loopback addresses; IPv6 is left out where the machine has none. */
async function listen(wanted: number): Promise<{ servers: Server[]; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await bind("127.0.0.1", wanted);
    const { port } = first.address() as AddressInfo;
    try {
      return { servers: [first, await bind("::1", port)], port };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return { servers: [first], port };
      await new Promise((done) => first.close(done));
      // A free port of one family may be taken in the other.
      if (wanted !== 0 || attempt === 10) throw error;
    }
  }
}

function bind(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.maxConnections = LIMITS.uiSockets;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      reject(taken && port !== 0 ? new InletError("INLET_HOST_PORT", `${port}`, { cause: error }) : error);
    });
    server.listen({ host, port, ipv6Only: host === "::1" }, () => resolve(server));
  });
}
