/**
 * `inlet receive --json`: the public, stable carrier that people script against. One JSON object a line; events go
 * out, commands come in and are answered under their id. The end of the input does not end the agent; a reader of
 * the output that is gone does.
 */
import type { Readable, Writable } from "node:stream";
import { type Agent, answerRequest } from "@inlet/agent-core";
import type { AgentEvent, CommandResponse } from "@inlet/agent-core/contract";
import { jsonLine, LIMITS, type Log, reason, silentLog } from "@inlet/agent-core/kernel";
import { parseJson } from "../json.ts";
import { type Line, LineSplitter } from "./line-splitter.ts";

export interface NdjsonHostOptions {
  readonly agent: Agent;
  readonly input: Readable;
  readonly output: Writable;
  readonly log?: Log;
  /** What may wait for a reader that does not read. */
  readonly backlog?: number;
}

export interface NdjsonHost {
  /** Settles when nobody reads the output any more. */
  readonly readerGone: Promise<void>;
  /** Waits for the answers that are due and until all of it has been taken; then reads and writes no more. */
  close(): Promise<void>;
}

export function startNdjsonHost({
  agent,
  input,
  output,
  log = silentLog,
  backlog = LIMITS.uiBacklog,
}: NdjsonHostOptions): NdjsonHost {
  const lines = new LineSplitter(LIMITS.uiMessage);
  const running = new Set<Promise<void>>();
  let open = true;
  const { promise: readerGone, resolve: leave } = Promise.withResolvers<void>();

  function gone(why: string): void {
    if (!open) return;
    open = false;
    log("info", "outputGone", { why });
    leave();
  }
  output.on("error", (error: NodeJS.ErrnoException) => gone(error.code ?? error.message));
  output.on("close", () => gone("closed"));

  function write(message: AgentEvent | CommandResponse): void {
    if (!open) return;
    output.write(jsonLine(message));
    if (output.writableLength > backlog) gone("does not read");
  }

  const subscription = agent.subscribe((message) => {
    if (!("event" in message)) return;
    // Progress that nobody reads in time is old news; everything else is kept.
    if (message.event === "transfer" && output.writableNeedDrain) return;
    const { event, ...rest } = message;
    write({ event, ...rest } as AgentEvent);
  });

  function take(line: Line): void {
    if ("malformed" in line) {
      const detail = line.malformed === "tooLong" ? `line above ${LIMITS.uiMessage} octets` : "line is not UTF-8";
      write({ id: null, error: reason("INLET_COMMAND_INVALID", detail) });
      return;
    }
    if (line.text.trim() === "") return;
    const answered = answerRequest(agent, parseJson(line.text), log).then((response) => {
      write(response);
      running.delete(answered);
      if (running.size < LIMITS.uiCommands) input.resume();
    });
    running.add(answered);
    if (running.size >= LIMITS.uiCommands) input.pause();
  }

  const onData = (chunk: Buffer): void => {
    for (const line of lines.push(chunk)) take(line);
  };
  const onEnd = (): void => {
    for (const line of lines.finish()) take(line);
  };
  input.on("data", onData);
  input.on("end", onEnd);
  // A terminal that hangs up is an end like any other.
  input.on("error", onEnd);

  return {
    readerGone,
    async close() {
      subscription[Symbol.dispose]();
      input.off("data", onData);
      input.off("end", onEnd);
      input.pause();
      await Promise.all(running);
      if (!open) return;
      await Promise.race([new Promise<void>((written) => output.write("", () => written())), readerGone]);
      open = false;
    },
  };
}
