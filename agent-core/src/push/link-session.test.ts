/** What a server that holds a file may cost, over real HTTP. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Clock, LIMITS, ManualClock, millis, systemClock } from "../kernel/index.ts";
import { LinkSession, PAUSES } from "./link-session.ts";
import { Turns } from "./turns.ts";

let server: Server;
let answer: RequestListener;
let clock: Clock;

beforeEach(async () => {
  clock = systemClock;
  server = createServer((request, response) => answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Resolves with the code it ends with. */
function ended(
  options: { readonly offset?: number; readonly size?: number } = {},
  write: () => void = () => undefined,
): Promise<string> {
  return new Promise((resolve) => {
    const session = new LinkSession({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`,
      policy: { plain: true, reach: () => true },
      clock,
      turns: new Turns(1),
      offset: 0,
      ...options,
      onMessage: () => ({
        write,
        complete: async () => resolve("complete"),
        abort: ({ code }) => resolve(code),
      }),
      failed: ({ code }) => resolve(code),
    });
    session.begin();
  });
}

it("linkOctets: a file of which nobody said how large it is ends there", async () => {
  const from = LIMITS.linkOctets - 10;
  answer = (_, response) =>
    response.writeHead(206, { "Content-Range": `bytes ${from}-${from + 99}/${from + 100}` }).end(Buffer.alloc(100));
  expect(await ended({ offset: from })).toBe("INLET_TRANSFER_TOO_LARGE");
  expect(await ended({ offset: from, size: from + 100 })).toBe("complete");
});

it("linkAttempts: a server that always breaks off is asked so often, and then no more", async () => {
  let asked = 0;
  answer = ({ socket }) => {
    asked += 1;
    socket.destroy();
  };
  const after: Clock["after"] = (delay, fn) => systemClock.after(PAUSES.includes(delay) ? millis(0) : delay, fn);
  clock = { ...systemClock, after };
  expect(await ended()).toBe("INLET_LINK_UNREACHABLE");
  expect(asked).toBe(LIMITS.linkAttempts);
});

it("linkTransfer: a server that sends now and then is not waited for without end", async () => {
  const manual = new ManualClock();
  clock = manual;
  let more = (): void => undefined;
  answer = (_, response) => {
    more = () => void response.write("x");
    response.writeHead(200);
    more();
  };
  const end = ended({}, () => {
    manual.advance(LIMITS.transferStall / 2);
    more();
  });
  expect(await end).toBe("INLET_TRANSFER_STALLED");
  expect(manual.elapsed()).toBe(LIMITS.linkTransfer);
});
