/** Runs the agent's process under plain Node: `process.parentPort` as Electron gives it, over child_process's channel. */
import { EventEmitter } from "node:events";

class ParentPort extends EventEmitter {
  postMessage(message: unknown): void {
    process.send?.(message);
  }
}

const port = new ParentPort();
Object.assign(process, { parentPort: port });
process.on("message", (data) => port.emit("message", { data, ports: [] }));
await import("../agent-process.ts");
