/** Answers of the web host that are not a file: one JSON form for every failure, `{"error":{"code","text"}}`. */
import type { ServerResponse } from "node:http";
import { publicReason } from "@inlet/agent-core";
import type { ErrorCode, Log, Reason } from "@inlet/agent-core/kernel";

/** The HTTP status of the failures that this host answers with; any other is a 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  INLET_COMMAND_INVALID: 400,
  INLET_UI_UNAUTHORIZED: 401,
  INLET_UI_NOT_FOUND: 404,
  INLET_ITEM_UNKNOWN: 404,
  INLET_ITEM_CONTENT_GONE: 410,
  INLET_UI_ADDRESS: 421,
  INLET_UI_NOT_BUILT: 503,
  INLET_UI_TOO_MANY: 503,
};

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? 500;

/** Sends the reason; only the code is chosen by what failed. */
export function refuse(response: ServerResponse, why: Reason, status = statusOf(why.code)): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ error: why });
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}

/** The same for whatever was thrown: what is not expected is logged and told as INLET_INTERNAL. */
export const refuseError = (response: ServerResponse, error: unknown, log: Log): void =>
  refuse(response, publicReason(error, log, "web"));
