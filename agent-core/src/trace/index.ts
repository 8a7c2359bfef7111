/** The recorded protocol exchange: what crossed the sockets, without secrets, in a ring on disk. */
export { repeats, selectTrace, type TraceSelection } from "./select.ts";
export { Trace, type TraceOptions, type TraceQuery } from "./trace.ts";
export { readTrace } from "./trace-file.ts";
