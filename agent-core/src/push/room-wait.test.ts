import { expect, it } from "vitest";
import { InletError, LIMITS, ManualClock, millis } from "../kernel/index.ts";
import { RoomWait } from "./room-wait.ts";

/** A disk that takes `room` octets. */
function setUp() {
  const clock = new ManualClock();
  const told: string[] = [];
  const written: string[] = [];
  const disk = { room: 4, error: "INLET_DISK_FULL" as "INLET_DISK_FULL" | "INLET_DISK_FAILED" };
  const wait = new RoomWait({
    clock,
    write: (position, bytes) => {
      if (bytes.length > disk.room) throw new InletError(disk.error);
      disk.room -= bytes.length;
      written.push(`${position}:${Buffer.from(bytes)}`);
    },
    waiting: (waits) => told.push(waits ? "waits" : "room"),
    failed: ({ code }) => told.push(code),
  });
  const write = (position: number, text: string) => {
    const bytes = Buffer.from(text);
    wait.write(position, bytes);
    // They are the reader's, who uses them again.
    bytes.fill("x");
  };
  return { clock, told, written, disk, wait, write };
}

it("K1, diskRetry: what a full disk did not take is written in order when there is room, and what comes after it too", async () => {
  const { clock, told, written, disk, wait, write } = setUp();
  write(0, "abcd");
  expect(wait.waiting).toBeUndefined();
  write(4, "ef");
  write(6, "g");
  const { waiting } = wait;
  expect(waiting).toBeDefined();
  expect(wait.waiting).toBe(waiting);
  disk.room = 2;
  clock.advance(LIMITS.diskRetry);
  expect(wait.waiting).toBe(waiting);
  disk.room = 9;
  clock.advance(LIMITS.diskRetry);
  await waiting;
  write(7, "h");
  expect(written).toEqual(["0:abcd", "4:ef", "6:g", "7:h"]);
  expect(told).toEqual(["waits", "room"]);
  expect(clock.pending).toBe(0);
});

it("K1, diskWait: a disk that stays full, or fails, ends the wait", () => {
  const { clock, told, disk, wait, write } = setUp();
  write(0, "too long");
  clock.advance(millis(LIMITS.diskWait));
  expect(told).toEqual(["waits", "INLET_DISK_FULL"]);
  wait[Symbol.dispose]();
  write(0, "too long");
  disk.error = "INLET_DISK_FAILED";
  clock.advance(LIMITS.diskRetry);
  expect(told.slice(2)).toEqual(["waits", "INLET_DISK_FAILED"]);
  expect(() => setUp().write(0, "fits")).not.toThrow();
});

it("what ends meanwhile leaves no timer behind, and whoever waits goes on", async () => {
  const { clock, told, wait, write } = setUp();
  write(0, "too long");
  const { waiting } = wait;
  wait[Symbol.dispose]();
  await waiting;
  expect(clock.pending).toBe(0);
  expect(told).toEqual(["waits"]);
});

it("another failure is the writer's", () => {
  const { disk, write } = setUp();
  disk.error = "INLET_DISK_FAILED";
  expect(() => write(0, "too long")).toThrow(expect.objectContaining({ code: "INLET_DISK_FAILED" }));
});
