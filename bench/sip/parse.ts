/** How fast requests are understood, beside a scan of the same octets; and what hostile ones cost at most. */
import { SipFramer } from "@inlet/agent-core/wire/sip";
import { median } from "../suite.ts";
import { hostileHeads, inviteText } from "./messages.ts";

const BATCH = 500;
const ROUNDS = 9;

interface ParseResult {
  readonly perSecond: readonly number[];
  readonly scansPerSecond: readonly number[];
  readonly octets: number;
}

/** Looks at each octet once: less than that nothing can do that reads a message. */
function scan(buffer: Buffer): number {
  let lines = 0;
  for (let at = 0; at < buffer.length; at++) if (buffer[at] === 0x0a) lines++;
  return lines;
}

const rate = (count: number, fn: () => void): number => {
  const start = performance.now();
  fn();
  return (count * 1000) / (performance.now() - start);
};

export function benchParse(): ParseResult {
  const invites = Array.from({ length: BATCH }, (_, n) => Buffer.from(inviteText(n)));
  const perSecond: number[] = [];
  const scansPerSecond: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const scans = rate(BATCH * 4, () => {
      for (let i = 0; i < 4; i++) for (const invite of invites) scan(invite);
    });
    const parses = rate(BATCH * 4, () => {
      const framer = new SipFramer();
      for (let i = 0; i < 4; i++)
        for (const invite of invites) if (framer.push(invite)[0]?.kind !== "message") throw new Error("not understood");
    });
    // The first two rounds warm up.
    if (round < 0) continue;
    perSecond.push(parses);
    scansPerSecond.push(scans);
  }
  return { perSecond, scansPerSecond, octets: median(invites.map(({ length }) => length)) };
}

/** Milliseconds for each kind: the worst of several. */
export function benchHostile(): readonly { readonly name: string; readonly worst: number }[] {
  return hostileHeads().map(([name, bytes]) => {
    let worst = 0;
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      new SipFramer().push(bytes);
      worst = Math.max(worst, performance.now() - start);
    }
    return { name, worst };
  });
}
