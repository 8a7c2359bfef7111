import { describe, expect, it } from "vitest";
import { InletError, LIMITS } from "../kernel/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import { readMessageParts } from "./message-parts.ts";
import { itemsOf } from "./pager-message.ts";

const request = (headers: Readonly<Record<string, string>>, body: string | Buffer): SipRequest => ({
  kind: "request",
  method: "MESSAGE",
  requestUri: "sip:bob@example.net",
  headers: Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value })),
  body: Buffer.from(body),
});

const items = (type: string, body: string | Buffer, more: Readonly<Record<string, string>> = {}) => {
  const message = request({ "Content-Type": type, ...more }, body);
  return itemsOf(message, readMessageParts(message));
};

const lines = (...all: string[]): string => all.join("\r\n");
const part = (headers: readonly string[], body: string): string => lines("--b", ...headers, "", body, "");

describe("what a message holds", () => {
  it.each([
    ["text/plain", "Hello\nthere", { name: "Hello", type: "text/plain", text: "Hello\nthere" }],
    ["text/html", "<b>Hi</b>", { name: "<b>Hi</b>", type: "text/html", text: "<b>Hi</b>" }],
    ["text/plain;charset=iso-8859-1", Buffer.from("gr\xfcn", "latin1"), { text: "grün" }],
    ["text/plain;charset=made-up", "fine", { text: "fine" }],
    ["application/pdf", "%PDF", { name: "application/pdf", type: "application/pdf", size: 4 }],
    ['image/png;name="a map.png"', "\x89PNG", { name: "a map.png", type: "image/png" }],
    ["application/json", "{}", { name: "application/json", type: "application/json" }],
  ])("%s", (type, body, expected) => expect(items(type, body)).toMatchObject([expected]));

  it("keeps octets as they are: no text is made of what is none", () => {
    const body = Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a]);
    const [item] = items("application/octet-stream", body);
    expect(Buffer.from(item?.body ?? []).equals(body)).toBe(true);
    expect(item?.text).toBeUndefined();
  });

  it("undoes a Content-Transfer-Encoding, also at the top", () => {
    expect(items("text/plain", "SGVsbG8=", { "Content-Transfer-Encoding": "base64" })).toMatchObject([
      { text: "Hello" },
    ]);
  });

  it("S1-62: disposition, name and description of the headers are kept", () => {
    const more = {
      "Content-Disposition": 'attachment; filename="../../etc/x.txt"',
      "Content-Description": "Tide tables",
      Subject: "Harbour",
    };
    expect(items("text/plain", "x", more)).toMatchObject([
      { name: "../../etc/x.txt", disposition: "attachment", description: "Tide tables" },
    ]);
  });

  it("takes the subject, then the first line, then the description, then the type as the name", () => {
    expect(items("text/plain", "\r\n  one\r\ntwo", { Subject: " About " })[0]?.name).toBe("About");
    expect(items("text/plain", "\r\n  one\r\ntwo")[0]?.name).toBe("one");
    expect(items("image/png", "x", { "Content-Description": "A map" })[0]?.name).toBe("A map");
    expect(items("image/png", "x")[0]?.name).toBe("image/png");
    expect(items("text/plain", "y".repeat(500))[0]?.name).toHaveLength(80);
  });

  it("multipart/mixed: each part is an item, and the subject is the first one's", () => {
    const body = `${part(["Content-Type: text/plain"], "see below")}${part(["Content-Type: image/png"], "\x89PNG")}--b--`;
    expect(items("multipart/mixed;boundary=b", body, { Subject: "Map" })).toMatchObject([
      { name: "Map", type: "text/plain", text: "see below" },
      { name: "image/png", type: "image/png" },
    ]);
  });

  it.each([
    ["plain beside HTML", ["text/plain", "text/html"], "text/plain"],
    ["HTML first", ["text/html", "text/plain"], "text/plain"],
    ["the richer of two that are shown", ["text/plain", "image/png"], "image/png"],
    ["HTML alone", ["text/html"], "text/html"],
  ])("multipart/alternative: %s", (_, types, taken) => {
    const body = `${types.map((type) => part([`Content-Type: ${type}`], type)).join("")}--b--`;
    expect(items("multipart/alternative;boundary=b", body).map(({ type }) => type)).toEqual([taken]);
  });

  it("multipart/related: the root leads, wherever it stands, and icons are left out", () => {
    const body = `${part(["Content-Type: image/png", "Content-ID: <pic>"], "p")}${part(
      ["Content-Type: image/gif", "Content-Disposition: icon"],
      "i",
    )}${part(["Content-Type: text/plain", "Content-ID: <root>"], "words")}--b--`;
    expect(items('multipart/related;boundary=b;start="<root>"', body).map(({ type }) => type)).toEqual([
      "text/plain",
      "image/png",
    ]);
  });

  it("parts inside parts, and an envelope inside them, are found", () => {
    const inner = lines("--c", "Content-Type: text/plain", "", "deep", "--c--");
    const cpim = lines("From: <sip:a@example.net>", "", "Content-Type: text/plain", "", "wrapped");
    const body = `${part(["Content-Type: multipart/mixed;boundary=c"], inner)}${part(["Content-Type: message/cpim"], cpim)}--b--`;
    expect(items("multipart/mixed;boundary=b", body).map(({ text }) => text)).toEqual(["deep", "wrapped"]);
  });

  it("messageDepth: what is damaged inside, or too deep, stays a part as it came", () => {
    const body = `${part(["Content-Type: multipart/mixed;boundary=none"], "no delimiter")}--b--`;
    expect(items("multipart/mixed;boundary=b", body)).toMatchObject([{ type: "multipart/mixed", size: 12 }]);
    let nested = "deep";
    let type = "text/plain";
    for (let depth = 0; depth < LIMITS.messageDepth + 2; depth++) {
      nested = lines(`--x${depth}`, `Content-Type: ${type}`, "", nested, `--x${depth}--`);
      type = `multipart/mixed;boundary=x${depth}`;
    }
    expect(items(type, nested)).toMatchObject([{ type: "multipart/mixed" }]);
  });

  it.each([
    ["a Content-Type that is none", "?", "x"],
    ["a multipart without its end", "multipart/mixed;boundary=b", "--b\r\n\r\nx"],
    ["an envelope whose head never ends", "message/cpim", "From: <sip:a@b>"],
    ["an envelope that requires the unknown", "message/cpim", lines("Require: x.Vote", "", "", "hi")],
    [
      "more parts than any message needs",
      "multipart/mixed;boundary=b",
      `${Array.from({ length: 12 }, () => part(["Content-Type: multipart/mixed;boundary=c"], `${"--c\r\n\r\nx\r\n".repeat(12)}--c--`)).join("")}--b--`,
    ],
  ])("is refused: %s", (_, type, body) => expect(() => items(type, body)).toThrow(InletError));
});

describe("an envelope (RFC 3862)", () => {
  const cpim = (...head: string[]): string => lines(...head, "", "Content-Type: text/plain;charset=utf-8", "", "Grüße");

  it("is taken off; its From, Subject and DateTime are kept as claims", () => {
    const body = cpim(
      'From: "Anna \\"A\\" Berg" <sip:anna@example.net>',
      "To: <sip:bob@example.net>",
      "DateTime: 2026-05-15T15:02:31-03:00",
      "Subject:;lang=en Caf\\u00e9",
    );
    expect(items("message/cpim", body)).toMatchObject([
      {
        name: "Café",
        type: "text/plain",
        text: "Grüße",
        author: { uri: "sip:anna@example.net", name: 'Anna "A" Berg' },
        sentAt: "2026-05-15T18:02:31.000Z",
      },
    ]);
  });

  it.each([
    ["a From without address", "From: nobody"],
    ["a date that is none", "DateTime: yesterday"],
    ["a date before time", "DateTime: -000001-01-01T00:00:00Z"],
    ["a header of a namespace nobody knows", "x.Vote: yes"],
  ])("is not refused for %s", (_, line) => {
    const [item] = items("message/cpim", cpim(line));
    expect(item?.text).toBe("Grüße");
    expect(item?.sentAt ?? item?.author).toBeUndefined();
  });

  it("asks for notifications, also by Require", () => {
    const body = cpim(
      "NS: n <urn:ietf:params:imdn>",
      "Require: n.Message-ID",
      "n.Message-ID: m1",
      "n.Disposition-Notification: display",
    );
    const { envelope } = readMessageParts(request({ "Content-Type": "message/cpim" }, body));
    expect(envelope.receipt).toEqual({ messageId: "m1", delivered: false, displayed: true, route: [] });
  });
});

describe("what nobody wrote for a person", () => {
  it.each([
    ["signs of typing", "application/im-iscomposing+xml", "<isComposing/>"],
    ["a notification", "message/imdn+xml", "<imdn/>"],
    [
      "a notification in its envelope",
      "message/cpim",
      lines(
        "From: <sip:a@b>",
        "",
        "Content-Type: message/imdn+xml",
        "Content-Disposition: notification",
        "",
        "<imdn/>",
      ),
    ],
  ])("%s is no item", (_, type, body) => expect(items(type, body)).toEqual([]));
});

describe("content that lies elsewhere (RFC 4483)", () => {
  it("is found alone and among other parts", () => {
    const type = 'message/external-body;access-type=URL;URL="https://files.example/a.png";size=10';
    const inside = lines("Content-Type: image/png", "Content-Disposition: attachment;filename=a.png", "", "");
    const alone = readMessageParts(request({ "Content-Type": type }, inside));
    expect(alone).toMatchObject({ parts: [], links: [{ link: { url: "https://files.example/a.png", size: 10 } }] });
    const body = `${part(["Content-Type: text/plain"], "look")}${part([`Content-Type: ${type}`], inside)}--b--`;
    const mixed = readMessageParts(request({ "Content-Type": "multipart/mixed;boundary=b" }, body));
    expect(mixed.parts).toHaveLength(1);
    expect(mixed.links).toHaveLength(1);
  });
});
