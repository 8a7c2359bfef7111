/**
 * TCP sockets that read into one reused buffer.
 *
 * Node offers that (`onread`) for sockets one opens, not for accepted ones. An accepted socket's handle is
 * therefore moved under a new socket, before anything was read from it. That is not public API: where the handle
 * does not look as expected, `data` events serve instead, at about three quarters of the speed, and `mode` says so.
 */
import { connect, Socket, type SocketConstructorOpts } from "node:net";

export type ReadMode = "onread" | "data";
export type OnRead = (bytes: Buffer) => void;

export interface OpenSocket {
  readonly socket: Socket;
  readonly mode: ReadMode;
}

/**
 * Nothing read outlives the call it is handed out in, and reads do not nest: all sockets share one buffer.
 * 256 KiB is where a larger one gains nothing more.
 */
export const sharedReadBuffer = (): Buffer => Buffer.allocUnsafeSlow(256 * 1024);

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

/** Takes over a socket accepted with `pauseOnConnect`. */
export function adopt(accepted: Socket, buffer: Buffer, wanted: ReadMode, read: OnRead): OpenSocket {
  const holder = accepted as unknown as HandleHolder;
  const handle = holder._handle;
  if (wanted === "data" || typeof handle?.useUserBuffer !== "function") {
    accepted.on("data", read);
    accepted.resume();
    return { socket: accepted, mode: "data" };
  }
  holder._handle = null;
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, onread: onread(buffer, read) };
  const socket = new Socket(options as unknown as SocketConstructorOpts);
  socket.resume();
  return { socket, mode: "onread" };
}

/** Opens a connection; it is usable from its `connect` event on. */
export function dial(host: string, port: number, buffer: Buffer, read: OnRead): OpenSocket {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({ host: bare, port, allowHalfOpen: true, onread: onread(buffer, read) });
  return { socket, mode: "onread" };
}
