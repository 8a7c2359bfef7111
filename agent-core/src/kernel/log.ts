/** The log is a side channel: the core never prints. A record is an event name and fields; secrets are never fields. */

import { jsonLine } from "./json-line.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogRecord {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

export const silentLog: Log = () => undefined;

const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log that writes one JSON object a line through `write`, from `threshold` upwards. */
export function jsonLog(write: (line: string) => void, threshold: LogLevel = "info"): Log {
  return (level, event, fields) => {
    if (ORDER[level] < ORDER[threshold]) return;
    write(jsonLine({ time: new Date().toISOString(), level, event, ...fields }));
  };
}
