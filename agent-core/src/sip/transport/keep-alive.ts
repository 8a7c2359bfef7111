/**
 * Keep-alive with empty lines (RFC 5626 §4.4.1): a ping every 16 to 20 s, its pong within 10 s, so that a connection
 * that died without a word is found within 30 s. A computer on a desk can afford what a phone could not. A peer that has never
 * answered one is taken for one that cannot: its silence proves nothing. One that has, and stops, is gone.
 */
import { type Clock, millis } from "../../kernel/index.ts";

const PERIOD = 20_000;
/** A peer that wants more than this wants too much. */
const SHORTEST = 10_000;
const PONG_WITHIN = 10_000;

export class KeepAlive {
  readonly #clock: Clock;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #dead: () => void;
  readonly #random: () => number;
  #ping: Disposable | undefined;
  #pong: Disposable | undefined;
  #answers = false;
  #period: number = PERIOD;
  #emptyLines = 0;

  /** `random` in [0, 1). */
  constructor(clock: Clock, send: (bytes: Uint8Array) => void, dead: () => void, random: () => number = Math.random) {
    this.#clock = clock;
    this.#send = send;
    this.#dead = dead;
    this.#random = random;
  }

  /** The peer has said that it answers (RFC 5626 §6), and may have said how often it wants to hear us (Flow-Timer). */
  promised(seconds?: number): void {
    this.#answers = true;
    const period = Math.min(PERIOD, Math.max(SHORTEST, (seconds ?? PERIOD) * 1000));
    if (period === this.#period || this.#ping === undefined) return;
    this.#period = period;
    this.#ping[Symbol.dispose]();
    this.start();
  }

  /** This side pings. */
  start(): void {
    // RFC 5626 §4.4.1: a random 80 to 100 % of the period.
    const wait = this.#period * (0.8 + this.#random() * 0.2);
    this.#ping = this.#clock.after(millis(wait), () => {
      this.#send(Buffer.from("\r\n\r\n"));
      this.#pong ??= this.#clock.after(millis(PONG_WITHIN), () => {
        this.#pong = undefined;
        if (this.#answers) this.#dead();
      });
      this.start();
    });
  }

  /** An empty line came: the pong that is due, or half a ping. */
  emptyLine(): void {
    if (this.#pong !== undefined) {
      this.#pong[Symbol.dispose]();
      this.#pong = undefined;
      this.#answers = true;
      return;
    }
    this.#emptyLines++;
    if (this.#emptyLines < 2) return;
    this.#emptyLines = 0;
    this.#send(Buffer.from("\r\n"));
  }

  /** A message came: the flow lives, and empty lines before it were none. */
  message(): void {
    this.#emptyLines = 0;
    if (this.#pong === undefined) return;
    this.#pong[Symbol.dispose]();
    this.#pong = undefined;
  }

  stop(): void {
    this.#ping?.[Symbol.dispose]();
    this.#pong?.[Symbol.dispose]();
    this.#ping = undefined;
    this.#pong = undefined;
  }
}
