/** Asking the agent for something. What fails is said in words, with the code behind. */
import type { CommandName, CommandParams, CommandResult } from "@inlet/agent-core/contract";
import { createContext, useContext } from "react";
import { type Carrier, CommandFailure } from "../carrier/carrier.ts";
import type { Words } from "../words/words.ts";
import { notify } from "./notices.ts";
import { currentLanguage } from "./preferences.ts";

export const CarrierContext = createContext<Carrier | undefined>(undefined);

export function useCarrier(): Carrier {
  const carrier = useContext(CarrierContext);
  if (carrier === undefined) throw new Error("No carrier: this component stands outside of CarrierContext.");
  return carrier;
}

/** The agent's own sentence, except for what went wrong between it and this page. */
function failureText(failure: CommandFailure, words: Words): string {
  switch (failure.code) {
    case "INLET_UI_NOT_CONNECTED":
      return words.says.notConnected;
    case "INLET_UI_TIMEOUT":
      return words.says.timeout;
    case "INLET_UI_ANSWER_UNREADABLE":
      return words.says.unreadable;
    default:
      return failure.message;
  }
}

/** Waits for `work`; shows what fails and returns `undefined` then. */
export async function told<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const failure = error instanceof CommandFailure ? error : new CommandFailure("INLET_UI_FAULT", String(error));
    notify({ tone: "error", text: failureText(failure, currentLanguage().w), code: failure.code });
    return undefined;
  }
}

/** `run(command, params)`: the result, or `undefined` after the failure was shown. */
export function useCommand() {
  const carrier = useCarrier();
  return <C extends CommandName>(command: C, params: CommandParams<C>): Promise<CommandResult<C> | undefined> =>
    told(carrier.request(command, params));
}
