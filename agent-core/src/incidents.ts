/**
 * Tells what peers did wrong: a log record that carries a code of the catalogue becomes an event, so that whoever drives the
 * agent hears of malformed messages and refused offers with a stable code. A peer can cause as many as it likes, so each code
 * is told at most once in a while.
 */
import type { AgentEvent } from "./contract/index.ts";
import { type Clock, ERRORS, type ErrorCode, type Log } from "./kernel/index.ts";

const ONCE_IN = 2_000;

const isCode = (code: unknown): code is ErrorCode => typeof code === "string" && Object.hasOwn(ERRORS, code);

/** Passes everything on to `log`. */
export function tellIncidents(log: Log, clock: Clock, publish: (event: AgentEvent) => void): Log {
  const toldAt = new Map<ErrorCode, number>();
  return (level, event, fields) => {
    log(level, event, fields);
    const code = fields?.code;
    if (level === "debug" || !isCode(code)) return;
    const now = clock.elapsed();
    if (now - (toldAt.get(code) ?? Number.NEGATIVE_INFINITY) < ONCE_IN) return;
    toldAt.set(code, now);
    const detail = typeof fields?.detail === "string" ? ` (${fields.detail.slice(0, 200)})` : "";
    publish({ event: "error", code, text: `${ERRORS[code].text}${detail}` });
  };
}
