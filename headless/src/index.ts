/** What others may use of the headless hosts. */
export { electronBinary } from "./electron-binary.ts";
