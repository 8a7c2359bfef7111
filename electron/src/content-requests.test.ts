import { expect, test } from "vitest";
import { ContentRequests } from "./content-requests.ts";
import { type ContentRequest, isContentRequest } from "./messages.ts";

function setUp(connected = true) {
  const sent: ContentRequest[] = [];
  const requests = new ContentRequests((request) => {
    sent.push(request);
    return connected;
  });
  return { sent, requests };
}

test("replies find their requests, in any order, and nothing else is taken", async () => {
  const { sent, requests } = setUp();
  const [a, b] = [requests.ask("a"), requests.ask("b")];
  expect(sent.map(({ item }) => item)).toEqual(["a", "b"]);
  const bytes = new ArrayBuffer(3);
  expect(requests.take({ state: {} })).toBe(false);
  expect(requests.take({ content: 2, bytes })).toBe(true);
  expect(requests.take({ content: 1, error: { code: "INLET_ITEM_UNKNOWN", text: "This item does not exist." } })).toBe(
    true,
  );
  expect(requests.take({ content: 99, bytes })).toBe(true);
  expect(await b).toBe(bytes);
  await expect(a).rejects.toThrow("This item does not exist.");
});

test("without an agent, or when it ends, requests fail instead of waiting for ever", async () => {
  await expect(setUp(false).requests.ask("a")).rejects.toThrow("does not run");
  const { requests } = setUp();
  const waiting = requests.ask("a");
  requests.failAll();
  await expect(waiting).rejects.toThrow("has ended");
});

test.each([
  [{ content: 1, item: "a" }, true],
  [{ content: 1.5, item: "a" }, false],
  [{ content: 1, item: 2 }, false],
  [{ content: 1, item: "x".repeat(513) }, false],
  [{ id: 1, command: "quit" }, false],
  [null, false],
])("%j as a request for content: %s", (message, expected) => expect(isContentRequest(message)).toBe(expected));
