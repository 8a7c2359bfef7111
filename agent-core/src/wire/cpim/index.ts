/** message/cpim (RFC 3862): the envelope around a message or file, readable while it is still arriving. */
export {
  type CpimHead,
  type CpimHeader,
  formatCpimHead,
  parseCpimHead,
} from "./cpim-head.ts";
export * from "./cpim-message.ts";
export * from "./cpim-text.ts";
