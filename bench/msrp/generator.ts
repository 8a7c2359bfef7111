/**
 * A sender made of prepared octets, in a process of its own and without a line of Inlet: it must not be what is measured.
 * Frames of one period of the content are laid out once; only transact-id and Byte-Range are written over.
 *
 *   node generator.ts {"port":…,"targets":["msrp://…", …]|["raw"],"size":…,"chunk":…}
 *
 * One connection for each target, all at once. `raw`: the octets alone. Ends when every receiver has said that all is kept.
 */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { contentPeriod, PERIOD } from "./content.ts";

interface Job {
  readonly port: number;
  readonly targets: readonly string[];
  readonly size: number;
  /** Octets of a chunk; 0: one for all. */
  readonly chunk: number;
  readonly tls: boolean;
}

const job = JSON.parse(process.argv[2] ?? "{}") as Job;
const period = contentPeriod();
const FROM = "msrp://127.0.0.1:9/generator;tcp";
/** All numbers are this wide, with zeros in front (RFC 4975 allows them), so that they can be written over. */
const WIDTH = 12;

const numeral = (n: number): string => String(n).padStart(WIDTH, "0");
const headOf = (id: string, to: string, start: number): string =>
  `MSRP ${id} SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${FROM}\r\nMessage-ID: bench1\r\nByte-Range: ${numeral(start)}-*/${job.size}\r\nSuccess-Report: yes\r\nContent-Type: application/octet-stream\r\n\r\n`;
const endOf = (id: string, flag: string): string => `\r\n-------${id}${flag}\r\n`;
const idOf = (frame: number): string => `b${numeral(frame)}`;

/** Frames of one period, and where their numbers stand. */
class Block {
  readonly octets: Buffer;
  readonly #frame: number;
  readonly #count: number;
  readonly #to: string;

  constructor(to: string) {
    const one = headOf(idOf(0), to, 1).length + job.chunk + endOf(idOf(0), "+").length;
    this.#to = to;
    this.#frame = one;
    this.#count = PERIOD / job.chunk;
    this.octets = Buffer.allocUnsafeSlow(one * this.#count);
    for (let i = 0; i < this.#count; i++) {
      let at = i * one;
      at += this.octets.write(headOf(idOf(i), to, 1), at, "latin1");
      at += period.copy(this.octets, at, i * job.chunk, (i + 1) * job.chunk);
      this.octets.write(endOf(idOf(i), "+"), at, "latin1");
    }
  }

  /** The frames for the content from `position` on; the last of all may be shorter and ends the message. */
  at(position: number): Buffer[] {
    const first = position / job.chunk;
    const range = headOf(idOf(0), this.#to, 1).indexOf("Byte-Range: ") + "Byte-Range: ".length;
    const end = this.#frame - endOf(idOf(0), "+").length + "\r\n-------".length;
    const whole = Math.min(this.#count, Math.ceil((job.size - position) / job.chunk) - 1);
    const last = whole < this.#count || position + PERIOD >= job.size;
    const kept = last ? Math.min(whole, this.#count - 1) : whole;
    for (let i = 0; i < kept; i++) {
      const frame = i * this.#frame;
      const id = idOf(first + i);
      this.octets.write(id, frame + "MSRP ".length, "latin1");
      this.octets.write(numeral(position + i * job.chunk + 1), frame + range, "latin1");
      this.octets.write(id, frame + end, "latin1");
    }
    const frames = [this.octets.subarray(0, kept * this.#frame)];
    if (last) {
      const start = position + kept * job.chunk;
      const id = idOf(first + kept);
      const body = period.subarray(kept * job.chunk, kept * job.chunk + job.size - start);
      frames.push(Buffer.from(headOf(id, this.#to, start + 1), "latin1"), body, Buffer.from(endOf(id, "$"), "latin1"));
    }
    return frames;
  }
}

function* pieces(to: string): Generator<Buffer[]> {
  if (to === "raw" || job.chunk === 0) {
    if (to !== "raw") yield [Buffer.from(headOf(idOf(0), to, 1), "latin1")];
    for (let at = 0; at < job.size; at += PERIOD) yield [period.subarray(0, Math.min(PERIOD, job.size - at))];
    if (to !== "raw") yield [Buffer.from(endOf(idOf(0), "$"), "latin1")];
    return;
  }
  // Two by turns: one may still be on its way while the next is numbered.
  const blocks = [new Block(to), new Block(to)] as const;
  for (let at = 0, turn = 0; at < job.size; at += PERIOD, turn ^= 1) yield blocks[turn === 0 ? 0 : 1].at(at);
}

/** Resolves with all that was said back, once it says that everything is kept. */
function kept(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = "";
    socket.on("data", (data: Buffer) => {
      tail = (tail + data.toString("latin1")).slice(-4096);
      const refused = /MSRP \S+ ([3-6]\d\d)/.exec(tail)?.[1];
      if (refused !== undefined) reject(new Error(`refused: ${refused}`));
      if (/Status: 000 200/.test(tail) || tail === "kept") resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed before it was kept: ${tail.slice(-300)}`)));
  });
}

async function transfer(to: string): Promise<void> {
  const place = { port: job.port, host: "127.0.0.1", noDelay: true };
  const socket = job.tls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
  const done = kept(socket);
  done.catch(() => undefined);
  const ready = job.tls ? "secureConnect" : "connect";
  await new Promise<void>((resolve, reject) => socket.once(ready, resolve).once("error", reject));
  const gone: Promise<void>[] = [];
  for (const buffers of pieces(to)) {
    socket.cork();
    let written: Promise<void> = Promise.resolve();
    for (const buffer of buffers) written = new Promise((resolve) => socket.write(buffer, () => resolve()));
    socket.uncork();
    gone.push(written);
    if (gone.length >= 2) await Promise.race([gone.shift(), done]);
  }
  await done;
  socket.destroy();
}

const started = performance.now();
await Promise.all(job.targets.map((to) => transfer(to)));
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000 })}\n`);
