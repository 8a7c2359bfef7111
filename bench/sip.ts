/**
 * What SIP costs: understanding, storing a MESSAGE, telling of an offer, and being idle.
 *
 *   node bench/sip.ts [--json]
 */
import { fileURLToPath } from "node:url";
import { benchIdle } from "./sip/idle.ts";
import { benchHostile, benchParse } from "./sip/parse.ts";
import { benchServe } from "./sip/serve.ts";
import { benchTrace } from "./sip/trace.ts";
import { median, type Suite } from "./suite.ts";

const whole = (n: number): string => Math.round(n).toLocaleString("en-GB");

export const suite: Suite = {
  title: "SIP",
  async run(tell) {
    const parse = benchParse();
    const perSecond = median(parse.perSecond);
    const ratio = median(parse.perSecond.map((n, i) => (parse.scansPerSecond[i] ?? 0) / n));
    tell(`INVITE of ${parse.octets} octets understood     ${whole(perSecond).padStart(9)} a second on one core`);
    tell(
      `  a scan of the same octets, by turns      ${whole(median(parse.scansPerSecond)).padStart(9)} a second (${ratio.toFixed(1)} times)`,
    );
    const hostile = benchHostile();
    const [worst] = [...hostile].sort((a, b) => b.worst - a.worst);
    tell(
      `hostile head of 64 KB, worst of ${hostile.length} kinds       ${(worst?.worst ?? 0).toFixed(2).padStart(9)} ms (${worst?.name})`,
    );
    const trace = await benchTrace();
    tell(
      `a message told to the trace                ${median(trace.path).toFixed(2).padStart(9)} µs; with writing it ${median(trace.whole).toFixed(1)} µs`,
    );
    const serve = await benchServe(3);
    for (const what of new Set(serve.map((round) => round.what))) {
      const rounds = serve.filter((round) => round.what === what);
      const cpu = median(rounds.map((round) => round.cpu));
      const rate = median(rounds.map((round) => round.perSecond));
      tell(`${what.padEnd(42)} ${cpu.toFixed(3).padStart(9)} ms CPU; ${whole(rate)} a second`);
    }
    const idle = await benchIdle(10_000);
    tell(
      `10 000 idle minutes                        ${whole(idle.requests + idle.pings).padStart(9)} messages (${idle.requests} REGISTER, ${idle.pings} keep-alives)`,
    );
    return { parse, hostile, trace, serve, idle };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const json = process.argv.includes("--json");
  const result = await suite.run(json ? () => undefined : (line) => console.log(line));
  if (json) console.log(JSON.stringify(result));
}
