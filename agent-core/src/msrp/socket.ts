/**
 * TCP and TLS sockets that read into one reused buffer.
 *
 * Node offers that (`onread`) for sockets one opens, not for accepted ones. An accepted socket's handle is
 * therefore moved under a new socket, before anything was read from it. That is not public API: where the handle
 * does not look as expected, `data` events serve instead, at about three quarters of the speed, and `mode` says so.
 */
import { connect, isIP, Socket, type SocketConstructorOpts } from "node:net";
import { connect as connectTls, type SecureContext, TLSSocket } from "node:tls";
import type { Place } from "../wire/sdp/index.ts";

export type ReadMode = "onread" | "data";
export type OnRead = (bytes: Buffer) => void;

export interface OpenSocket {
  readonly socket: Socket;
  readonly mode: ReadMode;
  /** Over TLS, the name of whom we connected to; absent where the peer connected to us. */
  readonly server?: string;
}

/**
 * Nothing read outlives the call it is handed out in, and reads do not nest: all sockets share one buffer. Up to 512 KiB a
 * larger one saves calls; beyond, it no longer stays in a processor's cache between receiving, writing and hashing.
 */
export const sharedReadBuffer = (): Buffer => Buffer.allocUnsafeSlow(512 * 1024);

const onread = (buffer: Buffer, read: OnRead) => ({
  buffer,
  callback: (length: number): boolean => {
    read(buffer.subarray(0, length));
    return true;
  },
});

interface HandleHolder {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

export interface AdoptedSocket extends OpenSocket {
  /** Instead of reading on: what was read last is to be read by whoever wraps the socket. */
  giveBack(bytes: Buffer): void;
}

/** Reads a socket that cannot read into a buffer of ours. */
export function readData(socket: Socket, read: OnRead): AdoptedSocket {
  socket.on("data", read);
  socket.resume();
  const giveBack = (bytes: Buffer): void => {
    socket.removeListener("data", read);
    socket.pause();
    socket.unshift(bytes);
  };
  return { socket, mode: "data", giveBack };
}

/** Takes over a socket accepted with `pauseOnConnect`. */
export function adopt(accepted: Socket, buffer: Buffer, wanted: ReadMode, read: OnRead): AdoptedSocket {
  const holder = accepted as unknown as HandleHolder;
  const handle = holder._handle;
  if (wanted === "data" || typeof handle?.useUserBuffer !== "function") return readData(accepted, read);
  holder._handle = null;
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, onread: onread(buffer, read) };
  const socket = new Socket(options as unknown as SocketConstructorOpts);
  socket.resume();
  const giveBack = (bytes: Buffer): void => {
    socket.pause();
    socket.unshift(Buffer.from(bytes));
  };
  return { socket, mode: "onread", giveBack };
}

/** How the other end of a connection that we open is to prove itself. */
export interface ServerProof {
  readonly context: SecureContext;
  /** Its name, which need not be where it is reached. */
  readonly server: string;
}

/** Opens a connection, usable from its `openEvent` on. Over TLS, who the peer is has to be checked then. */
export function dial({ host, port }: Place, buffer: Buffer, read: OnRead, secure?: ServerProof): OpenSocket {
  const options = { host, port, allowHalfOpen: true, onread: onread(buffer, read) };
  if (secure === undefined) return { socket: connect(options), mode: "onread" };
  const server = secure.server.replace(/^\[(.*)\]$/, "$1");
  const tls = {
    ...options,
    // SNI names hosts, never addresses (RFC 6066 §3).
    ...(isIP(server) === 0 && { servername: server }),
    secureContext: secure.context,
    minVersion: "TLSv1.2",
    rejectUnauthorized: false,
  } as const;
  return { socket: connectTls(tls), mode: "onread", server };
}

export const openEvent = (socket: Socket): "connect" | "secureConnect" =>
  socket instanceof TLSSocket ? "secureConnect" : "connect";
