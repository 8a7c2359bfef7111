/** What the four transaction machines have in common: what they want done, and how their state and timers are kept. */
import { type Clock, millis } from "../../kernel/index.ts";
import type { TimerName } from "./timers.ts";

export type TransactionEffect =
  | { readonly type: "arm"; readonly timer: TimerName; readonly after: number }
  | { readonly type: "disarm"; readonly timer: TimerName }
  | Deed;

/** What the machine's owner does. */
export type Deed = {
  readonly type: /** Send the message of this transaction: the request, or the last response. */
    | "send"
    /** ACK a final response other than 2xx (client INVITE). */
    | "ack"
    /** Hand the response just received to the user. */
    | "pass"
    /** Nobody answered, or acknowledged, in time. */
    | "timedOut"
    /** The transport failed. */
    | "failed"
    /** Forget it. */
    | "end";
};

export interface TransactionStep<State> {
  readonly state: State;
  readonly effects: readonly TransactionEffect[];
}

export const step = <State>(state: State, ...effects: TransactionEffect[]): TransactionStep<State> => ({
  state,
  effects,
});
export const arm = (timer: TimerName, after: number): TransactionEffect => ({ type: "arm", timer, after });
export const disarm = (timer: TimerName): TransactionEffect => ({ type: "disarm", timer });

interface TimerInput {
  readonly type: "timer";
  readonly timer: TimerName;
}

export type ClientInput =
  | { readonly type: "start" }
  | { readonly type: "response"; readonly status: number }
  /** For an INVITE alone: its CANCEL goes out. */
  | { readonly type: "cancelled" }
  | { readonly type: "transportFailed" }
  | TimerInput;

export type ServerInput =
  /** The same request came again. */
  | { readonly type: "repeated" }
  /** For an INVITE alone. */
  | { readonly type: "ack" }
  /** The user answers. */
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "transportFailed" }
  | TimerInput;

/** Runs one machine: keeps its state and its timers, and hands its deeds to the owner. Nothing happens after the end. */
export class Running<State, Input> {
  readonly #next: (state: State, input: Input | TimerInput) => TransactionStep<State>;
  readonly #clock: Clock;
  readonly #perform: (deed: Deed["type"]) => void;
  readonly #timers = new Map<TimerName, Disposable>();
  #state: State;
  #over = false;

  constructor(
    first: State,
    next: (state: State, input: Input | TimerInput) => TransactionStep<State>,
    clock: Clock,
    perform: (deed: Deed["type"]) => void,
  ) {
    this.#state = first;
    this.#next = next;
    this.#clock = clock;
    this.#perform = perform;
  }

  input(input: Input | TimerInput): void {
    if (this.#over) return;
    const { state, effects } = this.#next(this.#state, input);
    this.#state = state;
    for (const effect of effects) {
      if (effect.type === "arm") this.#arm(effect.timer, effect.after);
      else if (effect.type === "disarm") this.#disarm(effect.timer);
      else {
        if (effect.type === "end") this.dispose();
        this.#perform(effect.type);
      }
    }
  }

  dispose(): void {
    this.#over = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #arm(timer: TimerName, after: number): void {
    this.#disarm(timer);
    this.#timers.set(
      timer,
      this.#clock.after(millis(after), () => this.input({ type: "timer", timer })),
    );
  }

  #disarm(timer: TimerName): void {
    this.#timers.get(timer)?.[Symbol.dispose]();
    this.#timers.delete(timer);
  }
}
