/** Requests that wait for their answer: numbered, limited in time, checked when they come back. */
import {
  type CommandName,
  type CommandParams,
  type CommandRequest,
  type CommandResponse,
  type CommandResult,
  commands,
} from "@inlet/agent-core/contract";
import { CommandFailure } from "./carrier.ts";

const TIMEOUT_MS = 30_000;

interface Waiting {
  readonly settle: (response: CommandResponse) => void;
  readonly fail: (failure: CommandFailure) => void;
}

export class PendingRequests {
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** Hands the numbered request to `send` and waits for `answer` with its number. */
  ask<C extends CommandName>(
    command: C,
    params: CommandParams<C>,
    send: (request: CommandRequest) => void,
  ): Promise<CommandResult<C>> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<CommandResult<C>>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      const fail = (failure: CommandFailure) => {
        end();
        reject(failure);
      };
      const timer = setTimeout(
        () => fail(new CommandFailure("INLET_UI_TIMEOUT", `No answer to ${command}.`)),
        TIMEOUT_MS,
      );
      this.#waiting.set(id, {
        fail,
        settle: (response) => {
          if ("error" in response) return fail(new CommandFailure(response.error.code, response.error.text));
          const result = commands[command].result.safeParse(response.result);
          if (!result.success) {
            return fail(new CommandFailure("INLET_UI_ANSWER_UNREADABLE", `The answer to ${command} is unreadable.`));
          }
          end();
          resolve(result.data as CommandResult<C>);
        },
      });
      try {
        send({ id, command, params });
      } catch {
        fail(notConnected());
      }
    });
  }

  answer(response: CommandResponse): void {
    if (typeof response.id === "number") this.#waiting.get(response.id)?.settle(response);
  }

  /** The connection is gone, and the answers with it. */
  failAll(): void {
    for (const { fail } of [...this.#waiting.values()]) fail(notConnected());
  }
}

export const notConnected = () => new CommandFailure("INLET_UI_NOT_CONNECTED", "The agent is not connected.");
