/** Opens a flow of any protocol. Fails with INLET_SIP_CONNECTION_FAILED or INLET_SIP_CERTIFICATE, also when time is up. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { InletError, millis } from "../../kernel/index.ts";
import { DatagramFlow } from "./datagrams.ts";
import type { FlowOptions, FlowTarget, OpenFlow } from "./flow.ts";
import { SipConnection } from "./stream.ts";
import { certificateError, checkFingerprint, tlsOptions } from "./tls.ts";
import { WebSocketFlow } from "./web-socket.ts";

export async function openFlow(target: FlowTarget, options: FlowOptions, signal?: AbortSignal): Promise<OpenFlow> {
  switch (target.protocol) {
    case "UDP":
      return DatagramFlow.open(target, options);
    case "WS":
    case "WSS":
      return WebSocketFlow.open(target, options, signal);
    case "TCP":
    case "TLS":
      return openStream(target, options, signal);
  }
}

async function openStream(target: FlowTarget, options: FlowOptions, signal?: AbortSignal): Promise<SipConnection> {
  const { host, port, protocol, timeout } = target;
  const secure = protocol === "TLS";
  const socket: Socket = secure ? connectTls({ host, port, ...tlsOptions(target) }) : connect({ host, port });
  const timer = options.clock.after(millis(timeout), () => socket.destroy(new Error("timed out")));
  const abort = (): void => void socket.destroy(new Error("aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(secure ? "secureConnect" : "connect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed")));
      if (signal?.aborted === true) abort();
    });
    if (secure) checkFingerprint(socket, target);
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    if (error instanceof InletError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw (
      certificateError(error as NodeJS.ErrnoException) ??
      new InletError("INLET_SIP_CONNECTION_FAILED", `${host}:${port}: ${code ?? message}`)
    );
  } finally {
    timer[Symbol.dispose]();
    signal?.removeEventListener("abort", abort);
  }
  socket.removeAllListeners("error");
  socket.removeAllListeners("close");
  return new SipConnection(socket, options, protocol === "TLS" ? "TLS" : "TCP");
}
