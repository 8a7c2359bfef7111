/** `--once`: the first offer that ends, or the first item that came without an offer. True when it was completed. */
import type { Agent } from "@inlet/agent-core";

export function firstEnd(agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const subscription = agent.subscribe((message) => {
      if (!("event" in message)) return;
      const completed =
        message.event === "offerEnded"
          ? message.outcome === "completed"
          : message.event === "item" && message.offer === undefined
            ? true
            : undefined;
      if (completed === undefined) return;
      subscription[Symbol.dispose]();
      resolve(completed);
    });
  });
}
