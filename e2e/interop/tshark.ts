/** tshark as a judge: records what one port says on loopback, and reads the record. Only where capture is permitted. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const permitted =
  spawnSync("dumpcap", ["-i", "lo", "-c", "1", "-a", "duration:0.1", "-q", "-w", "/dev/null"]).status === 0;

/** Why there is no judge; undefined where there is one. */
export const noTshark = (() => {
  if (spawnSync("tshark", ["--version"]).status !== 0) return "tshark is not installed";
  return permitted ? undefined : "capturing on lo is not permitted";
})();

/** No SIP; whoever gets it drops it. */
const END = "end of the record";

export interface Packet {
  readonly from: number;
  readonly to: number;
  /** Methods and statuses in it; one TCP segment may hold several. Empty: it is not of the protocol. */
  readonly what: string;
  /** Malformed, or an error in tshark's eyes. */
  readonly bad: boolean;
  readonly complaint: string;
}

export class Recording implements Disposable {
  readonly #port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "inlet-capture-"));
  readonly #file = join(this.#folder, "lo.pcapng");
  readonly #child;
  #said = "";

  private constructor(port: number) {
    this.#port = port;
    this.#child = spawn("dumpcap", ["-i", "lo", "-f", `port ${port}`, "-w", this.#file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#said += data.toString();
    });
  }

  /** Resolves when it records. */
  static async of(port: number): Promise<Recording> {
    const recording = new Recording(port);
    while (!recording.#said.includes("File:")) {
      if (recording.#child.exitCode !== null) throw new Error(`dumpcap: ${recording.#said}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return recording;
  }

  /** Ends it; the SIP packets of the port, or all that hold octets over TCP, read as MSRP. */
  async packets(protocol: "sip" | "msrp" = "sip"): Promise<readonly Packet[]> {
    await this.#end();
    const port = this.#port;
    const own = protocol === "sip" ? ["sip.Method", "sip.Status-Code"] : ["msrp.method", "msrp.status.code"];
    const fields = ["udp.srcport", "tcp.srcport", "udp.dstport", "tcp.dstport", ...own];
    const as = ["-d", `tcp.port==${port},${protocol}`, ...(protocol === "sip" ? ["-d", `udp.port==${port},sip`] : [])];
    const text = execFileSync("tshark", [
      ...["-r", this.#file, ...as, "-Y", protocol === "sip" ? "sip" : "tcp.len > 0", "-T", "fields"],
      ...[...fields, "_ws.malformed", "_ws.expert.severity", "_ws.expert.message"].flatMap((field) => ["-e", field]),
    ]);
    const lines = text.toString().split("\n");
    return lines.filter((line) => line.trim() !== "").map(packetOf);
  }

  /** Ends it; all that was recorded, as it stood on the wire. */
  async octets(): Promise<Buffer> {
    await this.#end();
    return readFileSync(this.#file);
  }

  async #end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    await this.#caughtUp();
    this.#child.kill("SIGINT");
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }

  /** What was sent until now is in the file: the kernel hands packets over in blocks, and a stop drops the last. */
  async #caughtUp(): Promise<void> {
    const socket = createSocket("udp4");
    const until = Date.now() + 10_000;
    socket.send(END, this.#port, "127.0.0.1");
    while (!readFileSync(this.#file).includes(END)) {
      if (Date.now() > until) throw new Error(`dumpcap records nothing: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    socket.close();
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const ERROR = 0x800000;

function packetOf(line: string): Packet {
  const [udpFrom, tcpFrom, udpTo, tcpTo, methods, statuses, malformed = "", severities = "", complaint = ""] =
    line.split("\t");
  const bad = malformed !== "" || severities.split(",").some((severity) => Number(severity) >= ERROR);
  return {
    from: Number(udpFrom || tcpFrom),
    to: Number(udpTo || tcpTo),
    what: [methods, statuses].filter((text) => text !== "").join(","),
    bad,
    complaint,
  };
}
