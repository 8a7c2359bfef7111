import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { formatCpimMessage, parseCpimMessage } from "../cpim/index.ts";
import { formatImdn, type Imdn, imdnRequest, imdnRequestHeaders, parseImdn } from "./index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("disposition notifications", () => {
  it.each<Imdn>([
    { messageId: "34jk324j", kind: "delivery", status: "delivered", dateTime: "2026-11-21T10:00:00Z" },
    { messageId: "a&<b>", kind: "delivery", status: "failed" },
    { messageId: "x", kind: "display", status: "displayed" },
    { messageId: "x", kind: "display", status: "forbidden" },
  ])("format is undone by parse: $kind $status", (imdn) => expect(parseImdn(formatImdn(imdn))).toEqual(imdn));

  it("reads the document of RFC 5438", () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
      <imdn xmlns="urn:ietf:params:xml:ns:imdn">
        <message-id>34jk324j</message-id>
        <datetime>2008-04-04T12:16:49-05:00</datetime>
        <display-notification><status><displayed/></status></display-notification>
      </imdn>`;
    expect(parseImdn(bytes(text))).toEqual({
      messageId: "34jk324j",
      dateTime: "2008-04-04T12:16:49-05:00",
      kind: "display",
      status: "displayed",
    });
  });

  it.each([
    ["another namespace", "<imdn><message-id>1</message-id></imdn>"],
    ["no id", '<imdn xmlns="urn:ietf:params:xml:ns:imdn"><delivery-notification/></imdn>'],
    ["no notification", '<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>1</message-id></imdn>'],
    [
      "an unknown status",
      '<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>1</message-id><delivery-notification><status><eaten/></status></delivery-notification></imdn>',
    ],
  ])("is refused: %s", (_, text) => expect(() => parseImdn(bytes(text))).toThrow(InletError));
});

describe("what a message asks to be told", () => {
  const ask = (...lines: string[]) =>
    imdnRequest(
      parseCpimMessage(bytes(`${[...lines, "", "Content-Type: text/plain", "", "hi"].join("\r\n")}`)).headers,
    );

  it("is found under any prefix that is bound to its namespace", () => {
    const lines = [
      "NS: x <urn:ietf:params:imdn>",
      "x.Message-ID: m1",
      "x.Disposition-Notification: positive-delivery, display",
    ];
    expect(ask(...lines)).toEqual({ messageId: "m1", delivered: true, displayed: true, route: [] });
    expect(ask("imdn.Message-ID: m1", "imdn.Disposition-Notification: display")).toBeUndefined();
  });

  it("is nothing without an id, or where only failures are asked for", () => {
    const ns = "NS: imdn <urn:ietf:params:imdn>";
    expect(ask(ns, "imdn.Disposition-Notification: display")).toBeUndefined();
    expect(ask(ns, "imdn.Message-ID: m1", "imdn.Disposition-Notification: negative-delivery")).toBeUndefined();
    expect(ask(ns, "imdn.Message-ID: m1")).toBeUndefined();
  });

  it("format is undone by parse", () => {
    const request = { messageId: "m1", delivered: true, displayed: false, route: [] };
    const message = formatCpimMessage({ headers: imdnRequestHeaders(request), mimeHeaders: [], body: bytes("x") });
    expect(imdnRequest(parseCpimMessage(message).headers)).toEqual(request);
  });
});
