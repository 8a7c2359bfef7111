import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { InletError, ManualClock, silentLog } from "../kernel/index.ts";
import { freeSpace, Store } from "../store/index.ts";
import { Room } from "./room.ts";
import { Underway } from "./underway.ts";

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
  const underway = new Underway(2);
  const room = (channel?: string) =>
    new Room(
      { folder, useFolder: () => undefined, store, quotas: () => quotas, underway },
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
  return { room, take, underway, free: freeSpace(folder) ?? 0 };
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

it("a quota that is used up says for what, also of a file whose size nobody said", () => {
  const { room } = setUp({ accountQuota: 100 });
  expect(() => room().take(undefined, 0)).toThrow("(size unknown, 0 octets left for the account)");
  expect(() => room().take(7, 0)).toThrow("(7 octets needed, 0 left for the account)");
});

it("a quota of channels does not concern what comes by none", () => {
  const { room, take } = setUp({ channelQuota: 1 });
  expect(take(room(), 1000)).toBe("taken");
  expect(take(room("news"), 2)).toBe("INLET_QUOTA_FULL");
});

it("K1: what accepted files still need of the disk is not promised twice", () => {
  const { room, take, underway, free } = setUp({});
  const size = Math.floor(0.6 * free);
  const file = { of: { account: "sip:eve@x" }, size, missing: size };
  expect(take(room(), size)).toBe("taken");
  underway.add(file);
  expect(take(room(), size)).toBe("INLET_DISK_FULL");
  expect(take(room(), size, Math.floor(0.5 * free))).toBe("taken");
  underway.delete(file);
  underway.add({ ...file, missing: 0 });
  expect(take(room(), size)).toBe("taken");
});

it("accepted files of which no more can be open are refused, until one of them has ended", () => {
  const { room, take, underway } = setUp({});
  const files = [1, 2].map((size) => ({ of: { account: "sip:bob@x" }, size, missing: size }));
  const one = room();
  for (const file of files) {
    expect(take(one, 1)).toBe("taken");
    underway.add(file);
  }
  expect(take(one, 1)).toBe("INLET_TOO_MANY_TRANSFERS");
  for (const file of files) underway.delete(file);
  expect(take(one, 1)).toBe("taken");
});

it.each([
  ["all files", { quota: 250 }, { account: "sip:eve@x" }, 20],
  ["an account", { accountQuota: 150 }, { account: "sip:bob@x" }, 20],
  ["an account, of another one", { accountQuota: 150 }, { account: "sip:eve@x" }, 50],
  ["a channel", { channelQuota: 100 }, { account: "sip:bob@x", channel: "weather" }, 10],
  ["a channel, of another one", { channelQuota: 100 }, { account: "sip:bob@x", channel: "news" }, 40],
] as const)("a quota of %s counts what is accepted and not here yet", (_, quotas, of, left) => {
  const { room, take, underway } = setUp(quotas);
  underway.add({ of, size: 30, missing: 7 });
  expect(take(room("weather"), left + 1)).toBe("INLET_QUOTA_FULL");
  expect(take(room("weather"), left)).toBe("taken");
});
