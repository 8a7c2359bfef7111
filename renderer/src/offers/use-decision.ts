/** Answering an offer: once, and with the buttons quiet until the agent has taken it. */
import { useState } from "react";
import { useCommand } from "../state/commands.ts";

export function useDecision(offer: string) {
  const run = useCommand();
  const [deciding, setDeciding] = useState(false);
  const decide = async (accept: readonly number[]) => {
    if (deciding) return;
    setDeciding(true);
    const done = await run("offers.decide", { offer, accept: [...accept] });
    // Taken: the offer leaves the state by itself. Failed: it can be tried again.
    if (done === undefined) setDeciding(false);
  };
  return { deciding, decide };
}
