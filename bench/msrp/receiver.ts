/**
 * The receiving side of the benchmark, a process of its own, fresh for every round.
 *
 *   node receiver.ts {"what":"limit"|"inlet","folder":…,"count":…,"size":…,"hash":…}
 *
 * `limit` is the machine's own: octets read into one buffer, written at their place, SHA-1 over them, flushed; no protocol.
 * `inlet`: MsrpListener and a Landing for each file, as in the agent. Says where to send, then what it took.
 */
import { createHash } from "node:crypto";
import { closeSync, fsync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createServer as createTlsServer } from "node:tls";
import { systemClock } from "@inlet/agent-core/kernel";
import { MsrpListener, makeIdentity } from "@inlet/agent-core/msrp";
import { Landing, toSafeFileName } from "@inlet/agent-core/store";

interface Job {
  readonly what: "limit" | "inlet";
  readonly folder: string;
  readonly count: number;
  readonly size: number;
  readonly hash: string;
  readonly tls: boolean;
}

const job = JSON.parse(process.argv[2] ?? "{}") as Job;
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** Peak memory from here on, in KiB: what the system remembers is set back where it can be. */
function memory(field: "VmHWM" | "VmRSS"): number {
  try {
    const text = readFileSync("/proc/self/status", "latin1");
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
  } catch {
    return field === "VmHWM" ? process.resourceUsage().maxRSS : process.memoryUsage.rss() / 1024;
  }
}

function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak then counts from the start of the process.
  }
}

const delay = monitorEventLoopDelay({ resolution: 1 });
let begun: { readonly cpu: NodeJS.CpuUsage; readonly rss: number } | undefined;
function begin(): void {
  if (begun !== undefined) return;
  forgetPeak();
  delay.enable();
  begun = { cpu: process.cpuUsage(), rss: memory("VmRSS") };
}

const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;
/** The hashes that are taken once files are kept. */
const later: Promise<unknown>[] = [];
let left = job.count;
function finished(): void {
  if (--left > 0 || begun === undefined) return;
  const result = {
    cpu: seconds(process.cpuUsage(begun.cpu)),
    growth: (memory("VmHWM") - begun.rss) / 1024,
    p99: delay.percentile(99) / 1e6,
    worst: delay.max / 1e6,
  };
  const kept = process.cpuUsage();
  void Promise.all(later).then(() => {
    say({ ...result, later: seconds(process.cpuUsage(kept)) });
    setImmediate(() => process.exit());
  });
}

const identity = job.tls ? makeIdentity(Date.now()) : undefined;

/** Writes and hashes octets; says so when all are there. */
function keeper(keep: () => void): (piece: Buffer) => void {
  const fd = openSync(join(job.folder, "limit"), "w+");
  const hash = createHash("sha1");
  let position = 0;
  return (piece) => {
    writeSync(fd, piece, 0, piece.length, position);
    hash.update(piece);
    position += piece.length;
    if (position < job.size) return;
    hash.digest("hex");
    fsync(fd, () => {
      closeSync(fd);
      keep();
    });
  };
}

/** What Node gives, without protocol. */
function limitOverTls(): Server {
  const { key, certificate: cert } = identity ?? {};
  return createTlsServer({ key, cert }, (socket) => {
    begin();
    socket.on("error", () => undefined);
    socket.on(
      "data",
      keeper(() => socket.write("kept", () => finished())),
    );
  });
}

/** Same reads as Inlet's: what is compared is the protocol, not a trick of the socket. */
function limit(): Server {
  const buffer = Buffer.allocUnsafeSlow(512 * 1024);
  return createServer({ pauseOnConnect: true }, (accepted) => {
    begin();
    const holder = accepted as unknown as { _handle: unknown };
    const handle = holder._handle;
    holder._handle = null;
    accepted.destroy();
    const take = keeper(() => socket.write("kept", () => finished()));
    const callback = (length: number, bytes: Buffer): boolean => {
      take(bytes.subarray(0, length));
      return true;
    };
    const options = { handle, onread: { buffer, callback } } as unknown as ConstructorParameters<typeof Socket>[0];
    const socket = new Socket(options);
    socket.on("error", () => undefined);
    socket.resume();
  });
}

function serve(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    say({ port: typeof address === "object" ? address?.port : 0, targets: ["raw"] });
  });
}

async function inlet(): Promise<void> {
  const options = { clock: systemClock, trace: () => undefined, ...(identity !== undefined && { identity }) };
  const msrp = await MsrpListener.listen({ host: "127.0.0.1", port: 0, ...options });
  const hashes = { "sha-1": job.hash };
  const sessions = Array.from({ length: job.count }, (_, i) => {
    const landing = Landing.begin({
      folder: job.folder,
      name: toSafeFileName(`file${i}`),
      id: `bench${i}`,
      hashes: { "sha-1": job.hash },
    });
    return msrp.expect({
      acceptTypes: ["*"],
      ...(job.tls && { secure: { fingerprints: [] } }),
      onMessage: () => {
        begin();
        return {
          write: (position, bytes) => landing.write(position, bytes),
          complete: async () => {
            const { hashed } = await landing.finish({ size: job.size, hashes });
            if (hashed !== undefined) later.push(hashed);
            // Measured once the report has left.
            setImmediate(finished);
          },
          abort: (why) => say({ failed: why.code }),
        };
      },
    });
  });
  say({ port: msrp.port, targets: sessions.map(({ path }) => path) });
}

if (job.what === "inlet") await inlet();
else serve(job.tls ? limitOverTls() : limit());
