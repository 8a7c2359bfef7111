/**
 * A web server for the files of one push (RFC 4483): each receiver has an address of its own for each file, which nobody can
 * guess, and which is all that this server knows. It notes which files went out to their end.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure, type Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { parseRange } from "@inlet/agent-core/http";
import { type Clock, hostPort, InletError, LIMITS, type Log, millis } from "@inlet/agent-core/kernel";
import type { OutgoingFile } from "./outgoing-file.ts";

export interface LinkPlace {
  /** `0.0.0.0` or `::`: every address. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** PEM; absent: without TLS, which few receivers take. */
  readonly identity?: { readonly key: string; readonly certificate: string } | undefined;
}

/** Where one receiver finds one file. */
export class Link {
  readonly url: string;
  readonly file: OutgoingFile;
  fetched = false;

  constructor(url: string, file: OutgoingFile) {
    this.url = url;
    this.file = file;
  }
}

export class LinkServer implements AsyncDisposable {
  readonly #server: Server | SecureServer;
  readonly #base: string;
  readonly #log: Log;
  /** By the last two steps of their paths: what stands before the server may know it under another. */
  readonly #links = new Map<string, Link>();
  #changed: (() => void) | undefined;

  private constructor(server: Server | SecureServer, base: string, log: Log) {
    this.#server = server;
    this.#base = base.endsWith("/") ? base : `${base}/`;
    this.#log = log;
  }

  /**
   * `base`: where receivers find it, where that is not host and port; `address`: ours, where it listens at every one.
   * INLET_SEND_LINK_PLACE: it cannot listen there.
   */
  static async open(
    { host, port, identity }: LinkPlace,
    { base, address }: { readonly base: string | undefined; readonly address: string },
    log: Log,
  ): Promise<LinkServer> {
    const limits = { maxHeaderSize: LIMITS.linkHeaders, headersTimeout: LIMITS.linkResponse };
    const server =
      identity === undefined
        ? createPlain(limits)
        : createSecure({ ...limits, key: identity.key, cert: identity.certificate });
    server.maxConnections = LIMITS.linkGuests;
    server.setTimeout(LIMITS.transferStall);
    try {
      server.listen(port, host);
      await once(server, "listening");
    } catch (error) {
      throw new InletError("INLET_SEND_LINK_PLACE", `${host}:${port}, ${(error as NodeJS.ErrnoException).code}`);
    }
    const at = host === "0.0.0.0" || host === "::" ? address : host;
    const own = `${identity === undefined ? "http" : "https"}://${hostPort(at, (server.address() as AddressInfo).port)}`;
    const links = new LinkServer(server, base ?? own, log);
    server.on("error", (error) => log("error", "provider.links", { error: error.message }));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void links.#serve(request, response));
    return links;
  }

  /** A new address. */
  offer(file: OutgoingFile): Link {
    const path = `${randomBytes(16).toString("base64url")}/${encodeURIComponent(file.name)}`;
    const link = new Link(`${this.#base}${path}`, file);
    this.#links.set(path, link);
    return link;
  }

  /** Nobody knows it. */
  withdraw({ url }: Link): void {
    this.#links.delete(url.slice(this.#base.length));
  }

  /** Resolves when everything was fetched, at `until` (milliseconds since 1970), or when `signal` is aborted. */
  async finished(clock: Clock, until: number, signal: AbortSignal | undefined): Promise<void> {
    const over = Promise.withResolvers<void>();
    const look = (): void => {
      if (signal?.aborted === true || [...this.#links.values()].every(({ fetched }) => fetched)) over.resolve();
    };
    using _ = clock.after(millis(Math.max(0, until - clock.now())), over.resolve);
    signal?.addEventListener("abort", look, { once: true });
    this.#changed = look;
    look();
    await over.promise;
    signal?.removeEventListener("abort", look);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ""] = /[^/]+\/[^/]+$/.exec(request.url ?? "") ?? [];
    const link = this.#links.get(path);
    if (link === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(link === undefined ? 404 : 405).end();
      return;
    }
    const { size, type, name, path: file } = link.file;
    const asked = parseRange(request.headers.range, size);
    const headers = {
      "Content-Type": type,
      "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27")}`,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-store",
      "Accept-Ranges": "bytes",
    };
    if (asked === "unsatisfiable") {
      response.writeHead(416, { ...headers, "Content-Range": `bytes */${size}` }).end();
      return;
    }
    const { start, end } = asked ?? { start: 0, end: size - 1 };
    const range = asked === undefined ? {} : { "Content-Range": `bytes ${start}-${end}/${size}` };
    response.writeHead(asked === undefined ? 200 : 206, { ...headers, ...range, "Content-Length": end - start + 1 });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    try {
      if (size === 0) response.end();
      else await pipeline(createReadStream(file, { start, end }), response);
      if (end === size - 1) link.fetched = true;
      this.#changed?.();
    } catch (error) {
      this.#log("info", "provider.link.broken", { error: `${error}` });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
