/** A file's message that broke and goes on as others: its receiver sees one, whatever of the file these hold. */
import { expect, test } from "vitest";
import { type Reason, reason } from "../kernel/index.ts";
import { CarriedMessage } from "./carried-message.ts";

class Sink {
  readonly octets = Buffer.alloc(10, ".");
  completed = 0;
  aborted: Reason | undefined;

  write(position: number, bytes: Uint8Array): void {
    expect(position).toBeGreaterThanOrEqual(0);
    this.octets.set(bytes, position);
  }

  complete(): Promise<void> {
    this.completed++;
    return Promise.resolve();
  }

  abort(why: Reason): void {
    this.aborted = why;
  }
}

const FILE = Buffer.from("0123456789");
const lost = reason("INLET_MSRP_CONNECTION_LOST");

test.each([
  ["the rest", 4, FILE.subarray(4)],
  ["the whole file again", 0, FILE],
])("goes on with %s", async (_, start, content) => {
  const sink = new Sink();
  const message = new CarriedMessage(sink, 0);
  const first = message.part(0);
  first.write(0, FILE.subarray(0, 4));
  first.abort(lost);
  expect([message.broken, message.here, message.over]).toEqual([true, 4, false]);
  const second = message.part(start);
  second.write(0, content);
  await second.complete(content.length);
  expect([sink.octets.toString(), sink.completed, sink.aborted]).toEqual(["0123456789", 1, undefined]);
  expect([message.broken, message.here, message.over]).toEqual([false, 10, true]);
});

test("of a file whose beginning was here before, what comes again of that is left out", () => {
  const sink = new Sink();
  const message = new CarriedMessage(sink, 3);
  message.part(3).write(0, FILE.subarray(3, 5));
  const again = message.part(0);
  again.write(0, FILE.subarray(0, 2));
  again.write(2, FILE.subarray(2, 6));
  expect(sink.octets.toString()).toBe("345.......");
  expect(message.here).toBe(6);
});

test("a gap is not counted as here", () => {
  const message = new CarriedMessage(new Sink(), 0);
  const part = message.part(0);
  part.write(0, FILE.subarray(0, 2));
  part.write(5, FILE.subarray(5));
  expect(message.here).toBe(2);
});

test("what its sender aborts has ended", () => {
  const sink = new Sink();
  const message = new CarriedMessage(sink, 0);
  message.part(0).abort(reason("INLET_TRANSFER_CANCELLED"));
  expect([sink.aborted?.code, message.over, message.broken]).toEqual(["INLET_TRANSFER_CANCELLED", true, false]);
});
