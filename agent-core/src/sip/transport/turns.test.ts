import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { silentLog, systemClock } from "../../kernel/index.ts";
import { openFlow } from "./open-flow.ts";

it("S25: who sends without a pause leaves everything else its turns", async () => {
  const count = 20_000;
  const options =
    "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  const server = createServer((socket) => socket.on("error", () => undefined).end(options.repeat(count)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const flow = await openFlow(
    { protocol: "TCP", host: "127.0.0.1", port, timeout: 5000 },
    { log: silentLog, clock: systemClock },
  );
  let taken = 0;
  let most = 0;
  let inTurn = 0;
  await new Promise<void>((resolve) => {
    const turnEnded = (): void => {
      most = Math.max(most, inTurn);
      inTurn = 0;
    };
    flow.start(
      {
        message: () => {
          if (inTurn++ === 0) setImmediate(turnEnded);
          taken += 1;
        },
        closed: () => resolve(),
      },
      false,
    );
  });
  server.close();
  expect(taken).toBe(count);
  expect(most * options.length).toBeLessThan(65_536 + options.length);
});
