import { describe, expect, it } from "vitest";
import { epochMillis } from "../kernel/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import { readInvitation } from "./invitation.ts";

const SDP = [
  ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=message 7654 TCP/MSRP *"],
  ...["a=sendonly", "a=accept-types:*", "a=path:msrp://127.0.0.1:7654/s1;tcp", 'a=file-selector:name:"a.txt"', ""],
].join("\r\n");

const invite = (contentType: string, body: string, ...headers: [string, string][]): SipRequest => ({
  kind: "request",
  method: "INVITE",
  requestUri: "sip:b@h",
  headers: [
    ...[["from", "<sip:anna@example.net>;tag=1"] as const, ["content-type", contentType] as const],
    ...headers,
  ].map(([name, value]) => ({ name, value })),
  body: Buffer.from(body),
});
const read = (request: SipRequest) => readInvitation(request, epochMillis(0));
const withPart = (...head: string[]): SipRequest =>
  invite(
    "multipart/mixed;boundary=b",
    ["--b", ...head, "", "x", "--b", "Content-Type: application/sdp", "", `${SDP}--b--`].join("\r\n"),
  );

describe("an invitation", () => {
  it("is read whose P-Called-Party-ID makes no sense (RFC 3261 §8.2.2)", () => {
    expect(read(invite("application/sdp", SDP, ["p-called-party-id", "junk"]))).not.toHaveProperty("to");
    expect(read(invite("application/sdp", SDP, ["p-called-party-id", "<sip:b@h>"]))).toMatchObject({ to: "sip:b@h" });
  });

  it.each([
    ["an unknown part that may be passed over", "application/isup", ";handling=optional"],
    ["one that does not say", "application/isup", ""],
    ["a text", "text/plain", ";handling=required"],
    ["a picture", "image/png", ";handling=required"],
    ["a signature", "application/pkcs7-signature", ";handling=required"],
  ])("is read with %s", (_, type, handling) => {
    const request = withPart(`Content-Type: ${type}`, `Content-Disposition: signal${handling}`);
    expect(read(request).lines).toMatchObject([{ file: { name: "a.txt" } }]);
  });

  it("is refused with a part that has to be understood, and is not (RFC 3261 §8.2.3)", () => {
    const request = withPart("Content-Type: application/isup", "Content-Disposition: signal; handling=Required");
    expect(() => read(request)).toThrow(expect.objectContaining({ code: "INLET_BODY_TYPE_UNSUPPORTED" }));
  });
});
