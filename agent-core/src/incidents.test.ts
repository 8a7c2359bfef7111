import { expect, it } from "vitest";
import type { AgentEvent } from "./contract/index.ts";
import { tellIncidents } from "./incidents.ts";
import { ManualClock } from "./kernel/index.ts";

it("what a peer did wrong is told with its code, and a flood of it once in two seconds", () => {
  const clock = new ManualClock();
  const told: AgentEvent[] = [];
  let logged = 0;
  const log = tellIncidents(
    () => logged++,
    clock,
    (event) => told.push(event),
  );
  for (let i = 0; i < 100; i++) log("info", "sip.malformed", { code: "INLET_SIP_SYNTAX", detail: "CSeq number" });
  log("warn", "msrp.closed", { code: "INLET_MSRP_SYNTAX" });
  log("debug", "sip.connection.error", { code: "INLET_SIP_SYNTAX" });
  log("info", "dns", { code: "ENOTFOUND" });
  log("info", "plain");
  expect(logged).toBe(104);
  expect(told).toEqual([
    { event: "error", code: "INLET_SIP_SYNTAX", text: expect.stringMatching(/\(CSeq number\)$/) },
    { event: "error", code: "INLET_MSRP_SYNTAX", text: expect.any(String) },
  ]);
  clock.advance(2_000);
  log("info", "sip.malformed", { code: "INLET_SIP_SYNTAX" });
  expect(told).toHaveLength(3);
});
