/**
 * Codecs: octets in, values out, and back. Pure; one folder a format. `sip/` and `msrp/` speak of heads, headers and
 * start lines both, each its own, and are used through their own index.
 */
export * from "./channel-list/index.ts";
export * from "./cpim/index.ts";
export * from "./external-body/index.ts";
export * from "./imdn/index.ts";
export * from "./ims-xml/index.ts";
export * from "./multipart/index.ts";
export * from "./reginfo/index.ts";
export * from "./sdp/index.ts";
export * from "./sipfrag/index.ts";
export * from "./xml/index.ts";
