import { expect, it } from "vitest";
import { InletError, LIMITS, ManualClock, millis } from "../kernel/index.ts";
import { Notes } from "./notes.ts";

function broken() {
  const clock = new ManualClock();
  const told: unknown[] = [];
  const written: string[] = [];
  const disk = { full: true };
  const notes = new Notes({ clock, log: (_level, _event, fields) => told.push(fields?.code) });
  const note = (name: string) => () => {
    if (disk.full) throw new InletError("INLET_DISK_FULL");
    written.push(name);
  };
  return { clock, told, written, disk, notes, note };
}

it("K1, noteRetry: what cannot be written is told, and written in its order when it can be", () => {
  const { clock, told, written, disk, notes, note } = broken();
  notes.write(note("a"));
  notes.write(note("b"));
  expect([told, written]).toEqual([["INLET_DISK_FULL", "INLET_DISK_FULL"], []]);
  clock.advance(millis(LIMITS.noteRetry));
  expect(written).toEqual([]);
  disk.full = false;
  clock.advance(millis(LIMITS.noteRetry));
  expect(written).toEqual(["a", "b"]);
  clock.advance(millis(10 * LIMITS.noteRetry));
  expect(written).toEqual(["a", "b"]);
});

it("K1: what builds on notes is not done before they are written", () => {
  const { written, disk, notes, note } = broken();
  notes.write(note("a"));
  expect(() => notes.flush()).toThrow(expect.objectContaining({ code: "INLET_DISK_FULL" }));
  disk.full = false;
  notes.flush();
  expect(written).toEqual(["a"]);
});

it("a note that can never be written does not hold up the others", () => {
  const { written, disk, notes, note } = broken();
  disk.full = false;
  const bug = new InletError("INLET_OFFER_UNKNOWN");
  expect(() =>
    notes.write(() => {
      throw bug;
    }),
  ).toThrow(bug);
  notes.write(note("a"));
  expect(written).toEqual(["a"]);
});

it("at the end it is tried once more, and no timer is left", () => {
  const { clock, written, disk, notes, note } = broken();
  notes.write(note("a"));
  notes[Symbol.dispose]();
  disk.full = false;
  clock.advance(millis(10 * LIMITS.noteRetry));
  expect(written).toEqual([]);
});
