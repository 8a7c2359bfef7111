/**
 * The agent for a person at a terminal: what happens, as lines; progress where the output is a terminal; and, with
 * `ask`, a question for each offered file. Nothing is accepted without an answer.
 */
import { createInterface, type Interface } from "node:readline/promises";
import type { Agent } from "@inlet/agent-core";
import type { AgentEvent } from "@inlet/agent-core/contract";
import { InletError } from "@inlet/agent-core/kernel";
import * as words from "./words.ts";

type Offer = Extract<AgentEvent, { event: "offer" }>;

export interface PersonOptions {
  readonly agent: Agent;
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Where the answers come from; without it nothing is asked. */
  readonly input?: NodeJS.ReadableStream;
}

export function showToPerson({ agent, output, input }: PersonOptions): Disposable {
  const names = new Map<string, string>();
  const waiting: Offer[] = [];
  const terminal: Interface | undefined = input === undefined ? undefined : createInterface({ input, output });
  let asking = false;
  let closed = terminal === undefined;
  let withdrawn: AbortController | undefined;
  let current: Offer | undefined;
  let registration = "";
  let progress = false;

  const line = (text: string): void => {
    output.write(`${progress ? "\r\u001b[K" : ""}${text}\n`);
    progress = false;
  };

  async function ask(): Promise<void> {
    if (terminal === undefined || asking) return;
    asking = true;
    for (current = waiting.shift(); current !== undefined && !closed; current = waiting.shift()) {
      withdrawn = new AbortController();
      try {
        const accept: number[] = [];
        for (const file of current.files) {
          if (file.unacceptable !== undefined) continue;
          const question = `Accept ${file.index} ${words.nameOf(file.name)}? [y/n] `;
          if (isYes(await terminal.question(question, { signal: withdrawn.signal }))) accept.push(file.index);
        }
        await agent.execute("offers.decide", { offer: current.id, accept });
      } catch (error) {
        // Ended while it was being asked about: the line that says so has been shown.
        if (error instanceof InletError) line(`${error.message} [${error.code}]`);
        else if (!withdrawn.signal.aborted && !closed) throw error;
      }
    }
    asking = false;
  }

  // On a terminal readline takes Ctrl-C as a key; it means the same as anywhere else.
  terminal?.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  terminal?.on("close", () => {
    closed = true;
    withdrawn?.abort();
  });

  function show(event: AgentEvent): void {
    switch (event.event) {
      case "ready":
      case "channels":
        return;
      case "registration": {
        const text = words.registrationLine(event);
        // Neither a refresh of what is registered nor another attempt after a loss is news.
        const attempt = event.state === "refreshing" || (event.state === "connecting" && registration !== "");
        if (attempt || text === registration) return;
        line(text);
        registration = text;
        return;
      }
      case "relay":
        if (event.state !== "connecting") line(words.relayLine(event));
        return;
      case "folder":
        // What is wrong comes as an error.
        if (event.usable) line(words.folderLine(event));
        return;
      case "offer":
        for (const file of event.files) names.set(`${event.id}#${file.index}`, file.name);
        for (const text of words.offerLines(event)) line(text);
        waiting.push(event);
        void ask();
        return;
      case "transfer":
        if (output.isTTY !== true || asking) return;
        output.write(`\r\u001b[K${words.progressLine(names.get(`${event.offer}#${event.index}`) ?? "", event)}`);
        progress = true;
        return;
      case "item":
        for (const text of words.itemLines(event)) line(text);
        return;
      case "offerEnded":
        for (const key of names.keys()) if (key.startsWith(`${event.id}#`)) names.delete(key);
        forget(event.id);
        line(words.offerEndedLine(event));
        return;
      case "error":
        line(words.errorLine(event));
        return;
    }
  }

  function forget(id: string): void {
    const at = waiting.findIndex((offer) => offer.id === id);
    if (at >= 0) waiting.splice(at, 1);
    if (current?.id === id) withdrawn?.abort();
  }

  const subscription = agent.subscribe((message) => {
    if ("event" in message) show(message);
  });
  return {
    [Symbol.dispose]: () => {
      subscription[Symbol.dispose]();
      withdrawn?.abort();
      terminal?.close();
    },
  };
}

const isYes = (answer: string): boolean => /^\s*y(es)?\s*$/i.test(answer);
