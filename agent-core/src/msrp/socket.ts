/**
 * TCP and TLS sockets that read into one reused buffer.
 *
 * Node offers that (`onread`) for sockets one opens, not for accepted ones. An accepted socket's handle is
 * therefore moved under a new socket, before anything was read from it; an accepted TLS socket is given the buffer where
 * Node keeps it. That is not public API: where these do not look as expected, `data` events serve instead, at about three
 * quarters of the speed, and `mode` says so.
 */
import { connect, isIP, Socket, type SocketConstructorOpts } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Place } from "../wire/sdp/index.ts";
import type { Identity } from "./identity.ts";
import type { ReadGather } from "./read-gather.ts";

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
function readData(socket: Socket, read: OnRead): AdoptedSocket {
  socket.on("data", read);
  socket.resume();
  const giveBack = (bytes: Buffer): void => {
    socket.removeListener("data", read);
    socket.pause();
    socket.unshift(bytes);
  };
  return { socket, mode: "data", giveBack };
}

interface UserBufferHolder {
  _handle?: { useUserBuffer?(buffer: Buffer): void } | null;
}

/** What `onread` would have set, had Node offered it here. */
function userBuffer(socket: TLSSocket): { readonly buffer: symbol; readonly callback: symbol } | undefined {
  const named = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
  const [buffer, callback] = [named("kBuffer"), named("kBufferCb")];
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}

/** Reads a TLS socket that was accepted. Its reads are small: `gather` joins them. */
export function readTls(
  socket: TLSSocket,
  buffer: Buffer,
  wanted: ReadMode,
  gather: ReadGather,
  read: OnRead,
): OpenSocket {
  socket.once("end", () => gather.flush());
  socket.once("close", () => gather.flush());
  const holder = socket as unknown as UserBufferHolder & Record<symbol, unknown>;
  const fields = userBuffer(socket);
  if (
    wanted === "data" ||
    fields === undefined ||
    socket.readableLength > 0 ||
    holder._handle?.useUserBuffer === undefined
  ) {
    return readData(socket, (bytes) => gather.take(read, bytes));
  }
  holder[fields.buffer] = buffer;
  holder[fields.callback] = onread(buffer, (bytes) => gather.take(read, bytes)).callback;
  holder._handle.useUserBuffer(buffer);
  socket.resume();
  return { socket, mode: "onread" };
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

/** For a connection that we open: what we show, and whom we trust. */
export const secureContext = ({ key, certificate: cert }: Identity, ca: string | undefined): SecureContext =>
  createSecureContext({ key, cert, ...(ca !== undefined && { ca }) });

/** How the other end of a connection that we open is to prove itself. */
export interface ServerProof {
  readonly context: SecureContext;
  readonly gather: ReadGather;
  /** Its name, which need not be where it is reached. */
  readonly server: string;
}

/** Opens a connection, usable from its `openEvent` on. Over TLS, who the peer is has to be checked then. */
export function dial({ host, port }: Place, buffer: Buffer, read: OnRead, secure?: ServerProof): OpenSocket {
  const take: OnRead = secure === undefined ? read : (bytes) => secure.gather.take(read, bytes);
  const options = { host, port, allowHalfOpen: true, onread: onread(buffer, take) };
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
  const socket = connectTls(tls);
  socket.once("end", () => secure.gather.flush());
  socket.once("close", () => secure.gather.flush());
  return { socket, mode: "onread", server };
}

export const openEvent = (socket: Socket): "connect" | "secureConnect" =>
  socket instanceof TLSSocket ? "secureConnect" : "connect";
