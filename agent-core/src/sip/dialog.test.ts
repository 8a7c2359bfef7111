import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError } from "../kernel/index.ts";
import { headerValue, headerValues, type SipRequest } from "../wire/sip/index.ts";
import { dialogOfCalled, dialogOfCaller, keyOf, keyOfRequest, received, refreshed, requestIn } from "./dialog.ts";
import { makeResponse } from "./response.ts";

const request = (method: string, cseq: number, ...extra: [string, string][]): SipRequest => ({
  kind: "request",
  method,
  requestUri: "sip:bob@example.net",
  headers: [
    ["via", "SIP/2.0/TCP h;branch=z9hG4bK1"],
    ["from", '"Ann" <sip:ann@example.net>;tag=a'],
    ["to", "<sip:bob@example.net>"],
    ["call-id", "c"],
    ["cseq", `${cseq} ${method}`],
    ...extra,
  ].map(([name = "", value = ""]) => ({ name, value })),
  body: new Uint8Array(0),
});
const contact: [string, string] = ["contact", "<sip:ann@10.0.0.1;transport=tcp>;+x"];

describe("a dialog", () => {
  const called = dialogOfCalled(request("INVITE", 7, contact, ["record-route", "<sip:p2;lr>, <sip:p1;lr>"]), "b");

  it("on the called side keeps the routes in their order and answers to the caller's Contact", () => {
    const { request: bye } = requestIn(called, "BYE");
    expect(bye.requestUri).toBe("sip:ann@10.0.0.1;transport=tcp");
    expect(headerValues(bye, "route")).toEqual(["<sip:p2;lr>", "<sip:p1;lr>"]);
    expect(headerValue(bye, "from")).toBe("<sip:bob@example.net>;tag=b");
    expect(headerValue(bye, "to")).toBe('"Ann" <sip:ann@example.net>;tag=a');
    expect(headerValue(bye, "cseq")).toBe("1 BYE");
  });

  it("on the caller's side has the routes turned round", () => {
    const invite = request("INVITE", 7);
    const answer = makeResponse(invite, 200, "b", {
      headers: [
        { name: "record-route", value: "<sip:p2;lr>" },
        { name: "record-route", value: "<sip:p1;lr>" },
        { name: "contact", value: "<sip:bob@10.0.0.2>" },
      ],
    });
    const caller = dialogOfCaller(invite, answer);
    const made = requestIn(caller, "BYE");
    expect(headerValues(made.request, "route")).toEqual(["<sip:p1;lr>", "<sip:p2;lr>"]);
    expect(headerValue(made.request, "cseq")).toBe("8 BYE");
    expect(headerValue(requestIn(made.dialog, "INFO").request, "cseq")).toBe("9 INFO");
    expect(headerValue(requestIn(made.dialog, "ACK", { cseq: 7 }).request, "cseq")).toBe("7 ACK");
  });

  it("a first route without lr becomes the Request-URI, and the target the last route (RFC 3261 §12.2.1.1)", () => {
    const strict = { ...called, routeSet: ["<sip:strict>", "<sip:p1;lr>"] };
    const { request: bye } = requestIn(strict, "BYE");
    expect(bye.requestUri).toBe("sip:strict");
    expect(headerValues(bye, "route")).toEqual(["<sip:p1;lr>", "<sip:ann@10.0.0.1;transport=tcp>"]);
  });

  it("a request of the peer is found by its tags, and one out of order is refused", () => {
    const bye = request("BYE", 8);
    const tagged = {
      ...bye,
      headers: bye.headers.map((h) => (h.name === "to" ? { ...h, value: `${h.value};tag=b` } : h)),
    };
    expect(keyOfRequest(tagged)).toBe(keyOf(called));
    expect(received(called, tagged)?.remoteCSeq).toBe(8);
    expect(received(called, request("BYE", 7))).toBeUndefined();
    expect(received(called, request("BYE", 6))).toBeUndefined();
  });

  it("re-INVITE and UPDATE move the target, others do not", () => {
    const moved: [string, string] = ["contact", "<sip:ann@10.0.0.9>"];
    expect(received(called, request("INVITE", 8, moved))?.remoteTarget).toBe("sip:ann@10.0.0.9");
    expect(received(called, request("MESSAGE", 8, moved))?.remoteTarget).toBe("sip:ann@10.0.0.1;transport=tcp");
    expect(
      refreshed(
        called,
        makeResponse(request("INVITE", 1), 200, "x", { headers: [{ name: "contact", value: "<sip:b@h>" }] }),
      ).remoteTarget,
    ).toBe("sip:b@h");
  });

  it("without Contact, with a foreign one, or without a tag there is none", () => {
    expect(() => dialogOfCalled(request("INVITE", 1), "b")).toThrow(InletError);
    expect(() => dialogOfCalled(request("INVITE", 1, ["contact", "<tel:+1>"]), "b")).toThrow(InletError);
    expect(() =>
      dialogOfCaller(request("INVITE", 1), {
        ...makeResponse(request("INVITE", 1), 200, "b"),
        headers: request("INVITE", 1, contact).headers,
      }),
    ).toThrow(InletError);
  });

  it("sequence numbers of ours only ever rise", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("BYE", "INVITE", "NOTIFY"), { maxLength: 20 }), (methods) => {
        let dialog = called;
        const numbers = methods.map((method) => {
          const made = requestIn(dialog, method);
          dialog = made.dialog;
          return dialog.localCSeq;
        });
        expect(numbers).toEqual(methods.map((_, i) => i + 1));
      }),
    );
  });
});
