import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { InletError, ManualClock, silentLog } from "../kernel/index.ts";
import { Store } from "../store/index.ts";
import { Room } from "./room.ts";

/** Two accounts of 100 octets each, 60 of which are of a channel. */
function setUp(quotas: { quota?: number; accountQuota?: number; channelQuota?: number }) {
  const folder = mkdtempSync(join(tmpdir(), "inlet-room-"));
  const store = Store.open(join(folder, "data"), { clock: new ManualClock(), log: silentLog });
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const account of ["sip:bob@x", "sip:eve@x"])
    for (const [channel, size] of [
      ["weather", 60],
      [undefined, 40],
    ] as const)
      store.addItem({
        id: `${account}${channel}`,
        account,
        kind: "file",
        from: { uri: "sip:ann@x" },
        ...(channel !== undefined && { channel }),
        name: "a",
        type: "a/b",
        size,
        path: `/f/${account}${channel}`,
        verified: "unstated",
        receivedAt: "2026-01-01T10:00:00.000Z",
      });
  const room = (channel?: string) =>
    new Room(
      { folder, useFolder: () => undefined, store, quotas: () => quotas },
      { account: "sip:bob@x", ...(channel !== undefined && { channel }) },
    );
  const take = (taken: Room, size: number | undefined, here = 0): string => {
    try {
      taken.take(size, here);
      return "taken";
    } catch (error) {
      return error instanceof InletError ? error.code : `${error}`;
    }
  };
  return { room, take };
}

it("K1: without a quota there is room for what the disk takes, and lines leave room for each other", () => {
  const { room, take } = setUp({});
  const one = room();
  expect(take(one, 1000)).toBe("taken");
  expect(take(one, undefined)).toBe("taken");
  expect(take(one, 8e15)).toBe("INLET_DISK_FULL");
  expect(take(one, 8e15, 8e15 - 10)).toBe("taken");
});

it.each([
  ["all files", { quota: 250 }, undefined, 50],
  ["an account", { accountQuota: 150 }, undefined, 50],
  ["a channel", { channelQuota: 80 }, "weather", 20],
  ["the least of several", { quota: 1000, accountQuota: 110, channelQuota: 80 }, "weather", 10],
] as const)("a quota of %s holds to the octet", (_, quotas, channel, left) => {
  const { room, take } = setUp(quotas);
  expect(take(room(channel), left)).toBe("taken");
  expect(take(room(channel), left + 1)).toBe("INLET_QUOTA_FULL");
  const one = room(channel);
  expect(take(one, left)).toBe("taken");
  expect(take(one, 1)).toBe("INLET_QUOTA_FULL");
  expect(take(one, undefined)).toBe("INLET_QUOTA_FULL");
});

it("a quota of channels does not concern what comes by none", () => {
  const { room, take } = setUp({ channelQuota: 1 });
  expect(take(room(), 1000)).toBe("taken");
  expect(take(room("news"), 2)).toBe("INLET_QUOTA_FULL");
});
