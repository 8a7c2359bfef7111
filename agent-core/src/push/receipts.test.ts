import { expect, it } from "vitest";
import { InletError } from "../kernel/index.ts";
import { Receipts } from "./receipts.ts";

it("K1: what is kept is acknowledged, also where the receipt that was asked for cannot be noted", () => {
  const told: unknown[] = [];
  const receipts = new Receipts({
    store: {
      awaitDisplay: () => {
        throw new InletError("INLET_DISK_FULL");
      },
      takeDisplays: () => [],
    },
    log: (_level, _event, fields) => told.push(fields?.code),
    mode: () => "displayed",
    now: () => 0,
    send: () => Promise.resolve(200),
  });
  const item = { id: "i", account: "sip:bob@example.net", from: { uri: "sip:ann@example.net" } };
  receipts.stored(item, { receipt: { messageId: "m", delivered: false, displayed: true, route: [] } });
  expect(told).toEqual(["INLET_DISK_FULL"]);
});
