/** message/sipfrag (RFC 3420) as REFER uses it. */
export * from "./sipfrag.ts";
