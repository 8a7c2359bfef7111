/**
 * A DNS server written by hand for tests (RFC 1035, 2782, 3403, 3596): UDP on loopback, says what its zone holds, that a
 * name does not exist, or nothing at all.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export type RawRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight?: number;
      readonly port: number;
      readonly target: string;
    }
  | {
      readonly type: "NAPTR";
      readonly order: number;
      readonly preference?: number;
      readonly flags?: string;
      readonly service: string;
      readonly replacement: string;
    };

const TYPES: Readonly<Record<number, RawRecord["type"]>> = { 1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR" };
const codeOf = (type: RawRecord["type"]): number =>
  Number(Object.entries(TYPES).find(([, name]) => name === type)?.[0]);

const short = (value: number): number[] => [value >> 8, value & 0xff];
const text = (value: string): number[] => [value.length, ...Buffer.from(value, "latin1")];
const name = (value: string): number[] => [
  ...value
    .split(".")
    .filter((label) => label !== "")
    .flatMap(text),
  0,
];

function data(record: RawRecord): number[] {
  switch (record.type) {
    case "A":
      return record.address.split(".").map(Number);
    case "AAAA": {
      const [head = "", tail = ""] = record.address.split("::");
      const groups = (part: string): number[] =>
        part.split(":").flatMap((g) => (g === "" ? [] : [Number.parseInt(g, 16)]));
      const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => 0);
      return [...groups(head), ...zeros, ...groups(tail)].flatMap(short);
    }
    case "SRV":
      return [...short(record.priority), ...short(record.weight ?? 0), ...short(record.port), ...name(record.target)];
    case "NAPTR":
      return [
        ...[...short(record.order), ...short(record.preference ?? 0), ...text(record.flags ?? "s")],
        ...[...text(record.service), ...text(""), ...name(record.replacement)],
      ];
  }
}

export class RawDns implements AsyncDisposable {
  readonly #socket: Socket;
  /** By lower-case name. A name that is not in here does not exist. */
  readonly zone: Readonly<Record<string, readonly RawRecord[]>>;
  /** Questions that get no answer: `SRV _sip._tcp.example.net`, or `NAPTR` for all of a type, or `*`. */
  readonly silent = new Set<string>();
  /** Every question, as `TYPE name`. */
  readonly asked: string[] = [];

  private constructor(socket: Socket, zone: RawDns["zone"]) {
    this.#socket = socket;
    this.zone = zone;
    socket.on("message", (question, from) => {
      const answer = this.#answer(question);
      if (answer !== undefined) socket.send(answer, from.port, from.address);
    });
  }

  static async listen(zone: RawDns["zone"]): Promise<RawDns> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new RawDns(socket, zone);
  }

  /** For `dnsServers`. */
  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  #answer(question: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const end = at + 5;
    const asked = labels.join(".").toLowerCase();
    const type = TYPES[question.readUInt16BE(at + 1)];
    this.asked.push(`${type} ${asked}`);
    if (["*", `${type}`, `${type} ${asked}`].some((what) => this.silent.has(what))) return undefined;
    const records = this.zone[asked];
    const found = (records ?? []).filter((record) => record.type === type);
    const answers = found.flatMap((record) => {
      const bytes = data(record);
      // The name is that of the question; an hour.
      return [0xc0, 12, ...short(codeOf(record.type)), ...short(1), 0, 0, 0x0e, 0x10, ...short(bytes.length), ...bytes];
    });
    const code = records === undefined ? 3 : 0;
    const head = [...question.subarray(0, 2), 0x85, 0x80 | code, 0, 1, ...short(found.length), 0, 0, 0, 0];
    return Buffer.from([...head, ...question.subarray(12, end), ...answers]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}
