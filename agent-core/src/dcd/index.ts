/** Dynamic content delivery (seed 000): channels and their list. */
export { Channels } from "./channels.ts";
