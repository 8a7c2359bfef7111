/** The recorded protocol exchange: what crossed the sockets, without secrets, in a ring on disk. */
export { repeats, selectTrace } from "./select.ts";
export { Trace } from "./trace.ts";
export { readTrace } from "./trace-file.ts";
