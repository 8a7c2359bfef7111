import { expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { message, openStore, temporaryFolder } from "./testing.ts";

const found = (store: ReturnType<typeof openStore>, query: string): string[] =>
  store.listItems({ query }).items.map(({ id }) => id);

it("what has just come is found, whether or not its batch is full", () => {
  const store = openStore();
  for (let i = 0; i < 600; i++) {
    store.addItem(message(`m${i}`, { text: `number${i}` }));
    if (i % 250 === 0) expect(found(store, `number${i}`)).toEqual([`m${i}`]);
  }
  expect(found(store, "number599")).toEqual(["m599"]);
  expect(found(store, "number59")).toHaveLength(11);
});

it("what was not yet in the index when the process ended is found by the next one", () => {
  const folder = temporaryFolder();
  const store = openStore(folder);
  store.addItem(message("m1", { text: "first" }));
  expect(found(store, "first")).toEqual(["m1"]);
  store.addItem(message("m2", { text: "second" }));
  store.close();
  const next = openStore(folder);
  expect(found(next, "second")).toEqual(["m2"]);
  expect(found(next, "first")).toEqual(["m1"]);
});

it("what was deleted for good before it came into the index is not found, and harms nothing", () => {
  const clock = new ManualClock();
  const store = openStore(undefined, { clock });
  for (const id of ["m1", "m2", "m3"]) store.addItem(message(id, { text: id }));
  store.deleteItem("m2");
  clock.advance(1);
  store.purgeDeleted(new Date(clock.now()).toISOString());
  expect(["m1", "m2", "m3"].flatMap((word) => found(store, word))).toEqual(["m1", "m3"]);
});

it("a text is kept once: its octets come back from it", () => {
  const store = openStore();
  store.addItem(message("m1", { text: "grün", body: Buffer.from("grün") }));
  store.addItem(message("m2", { text: "gr?n", body: Buffer.from("gr\xfcn", "latin1") }));
  expect(["m1", "m2"].map((id) => Buffer.from(store.itemBody(id) ?? []).toString("hex"))).toEqual([
    Buffer.from("grün").toString("hex"),
    "6772fc6e",
  ]);
});
