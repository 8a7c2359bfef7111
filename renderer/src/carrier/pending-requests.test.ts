import type { CommandRequest } from "@inlet/agent-core/contract";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PendingRequests } from "./pending-requests.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function asked() {
  const pending = new PendingRequests();
  const sent: CommandRequest[] = [];
  const answer = pending.ask("offers.icon", { offer: "o", index: 0 }, (request) => sent.push(request));
  const id = sent[0]?.id ?? "not sent";
  return { pending, answer, id };
}

it("gives each answer to its request", async () => {
  const { pending, answer, id } = asked();
  pending.answer({ id: 999, result: {} });
  pending.answer({ id, result: { type: "image/png", base64: "" } });
  await expect(answer).resolves.toEqual({ type: "image/png", base64: "" });
});

it("rejects with what the agent says", async () => {
  const { pending, answer, id } = asked();
  pending.answer({ id, error: { code: "INLET_NO_ICON", text: "No picture." } });
  await expect(answer).rejects.toMatchObject({ code: "INLET_NO_ICON", message: "No picture." });
});

it("does not pass on an answer that is none", async () => {
  const { pending, answer, id } = asked();
  pending.answer({ id, result: { type: 3 } });
  await expect(answer).rejects.toMatchObject({ code: "INLET_UI_ANSWER_UNREADABLE" });
});

it("does not wait for ever, nor for a connection that is gone", async () => {
  const late = asked();
  const timedOut = expect(late.answer).rejects.toMatchObject({ code: "INLET_UI_TIMEOUT" });
  vi.advanceTimersByTime(30_000);
  await timedOut;
  const { pending, answer } = asked();
  pending.failAll();
  await expect(answer).rejects.toMatchObject({ code: "INLET_UI_NOT_CONNECTED" });
  expect(vi.getTimerCount()).toBe(0);
});

it("says so when it cannot be sent", async () => {
  const broken = new PendingRequests().ask("quit", {}, () => {
    throw new Error("closed");
  });
  await expect(broken).rejects.toMatchObject({ code: "INLET_UI_NOT_CONNECTED" });
});
