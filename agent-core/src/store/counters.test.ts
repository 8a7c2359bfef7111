import fc from "fast-check";
import { expect, it } from "vitest";
import { message, openStore, temporaryFolder } from "./testing.ts";

it("what is kept along is what counting anew finds, whatever was done before", async () => {
  const id = fc.integer({ min: 0, max: 9 }).map((n) => `m${n}`);
  const step = fc.oneof(
    fc.record({ add: fc.constantFrom(undefined, "news", "weather"), soon: fc.boolean() }),
    fc.record({ read: id, as: fc.boolean() }),
    fc.record({ delete: id }),
    fc.record({ restore: id }),
    fc.constant("purge" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const folder = temporaryFolder();
      const store = openStore(folder);
      store.counters();
      let added = 0;
      for (const one of steps) {
        try {
          if (one === "purge") store.purgeDeleted("2100-01-01T00:00:00.000Z");
          else if ("add" in one) {
            const item = message(`m${added++}`, { channel: one.add });
            if (one.soon) await store.addItemSoon(item);
            else store.addItem(item);
          } else if ("read" in one) store.markRead([one.read], one.as);
          else if ("delete" in one) store.deleteItem(one.delete);
          else store.restoreItem(one.restore);
        } catch (error) {
          expect(error).toMatchObject({ code: "INLET_ITEM_UNKNOWN" });
        }
      }
      const kept = store.counters();
      store.close();
      const again = openStore(folder);
      expect(kept).toEqual(again.counters());
      again.close();
    }),
    { numRuns: 30 },
  );
});
