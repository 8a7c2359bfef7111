/** Fetching over HTTP what somebody else has named: nothing is trusted but the answer's length, and that not much. */
export { getContent, type HttpContent, type HttpPolicy } from "./get-content.ts";
export { isPublicAddress, publicOrIn } from "./public-address.ts";
export { parseRange } from "./range.ts";
