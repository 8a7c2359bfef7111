import { ManualClock, silentLog, systemClock } from "@inlet/agent-core/kernel";
import { expect, it } from "vitest";
import { SipServer } from "./server.ts";
import { ServiceAgent } from "./service-agent.ts";
import { openSockets } from "./testing.ts";

it("the provider's own agent connects and registers again when its connection breaks, until it is stopped", async () => {
  const before = await openSockets();
  const clock = new ManualClock();
  let registered = Promise.withResolvers<string>();
  const listen = (port: number): Promise<SipServer> =>
    SipServer.listen({
      listen: { host: "127.0.0.1", port },
      domain: "example.net",
      users: new Map([["service", "secret"]]),
      service: "service",
      log: silentLog,
      clock: systemClock,
      registered: (user) => registered.resolve(user),
    });
  const first = await listen(0);
  const agent = new ServiceAgent({
    aor: "sip:service@example.net",
    registrar: `sip:${first.address};transport=tcp`,
    password: "secret",
    handlers: {},
    log: silentLog,
    clock,
  });
  await agent.start();
  const connected = agent.agent;
  const lost = new Promise((resolve) => connected.lost.addEventListener("abort", resolve));
  await first.stop();
  await lost;
  expect(() => agent.agent).toThrow(/not connected/);
  registered = Promise.withResolvers();
  const second = await listen(Number(first.address.split(":")[1]));
  clock.advance(1_000);
  expect(await registered.promise).toBe("service");
  agent.stop();
  await second.stop();
  expect(await openSockets()).toBe(before);
});
