import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMillis, InletError } from "../../kernel/index.ts";
import {
  createFileOffer,
  type FileOffer,
  formatSessionDescription,
  isMsrpMedia,
  type MsrpMedia,
  parseSessionDescription,
  readMsrpMedia,
} from "./index.ts";
import { formatMsrpMedia } from "./msrp-media.ts";

const usable = ["a=path:msrp://192.0.2.1:9/x;tcp", "a=accept-types:*"];

function read(mediaLine: string, ...lines: string[]): MsrpMedia {
  const session = parseSessionDescription(
    ["v=0", "o=- 1 1 IN IP4 h", "s=-", "t=0 0", "a=setup:active", mediaLine, ...lines].join("\r\n"),
  );
  const [media] = session.media;
  return readMsrpMedia(media ?? expect.unreachable(), session);
}

const readFile = (...lines: string[]): FileOffer | undefined =>
  read("m=message 9 TCP/MSRP *", ...usable, ...lines).file;

describe("an MSRP m-line", () => {
  it("is read, with or without blanks after the colon", () => {
    expect(
      read(
        "m=message 9 TCP/TLS/MSRP *",
        "a=path: msrps://relay:9/a;tcp  msrps://h:9/b;tcp",
        "a=accept-types: message/cpim text/*",
        "a=accept-wrapped-types:*",
        "a=max-size:99999999999999999999",
        "a=setup:ACTPASS",
        "a=fingerprint:SHA-1 72:24:5f:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E",
        "a=fingerprint:x-other  0a",
        "a=msrp-cema",
      ),
    ).toEqual({
      path: ["msrps://relay:9/a;tcp", "msrps://h:9/b;tcp"],
      acceptTypes: ["message/cpim", "text/*"],
      acceptWrappedTypes: ["*"],
      maxSize: Number.MAX_SAFE_INTEGER,
      setup: "actpass",
      protocol: "TCP/TLS/MSRP",
      fingerprints: [
        { algorithm: "sha-1", value: "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E" },
        { algorithm: "x-other", value: "0A" },
      ],
      cema: true,
    });
  });

  it("takes setup from the session where it has none", () => {
    expect(read("m=message 9 TCP/MSRP *", ...usable).setup).toBe("active");
  });

  it("may lack everything when its port is 0", () => {
    expect(read("m=message 0 TCP/MSRP *")).toMatchObject({ path: [], acceptTypes: [] });
  });

  it.each([
    ["no path", ["a=accept-types:*"]],
    ["an empty path", ["a=path:", "a=accept-types:*"]],
    ["no accept-types", [usable[0]]],
    ["a second path", [...usable, usable[0]]],
    ["a path of 50 hops", [`a=path:${"msrp://h/x;tcp ".repeat(50)}`, "a=accept-types:*"]],
    ["msrps over TCP/MSRP", ["a=path:msrps://h/x;tcp", "a=accept-types:*"]],
    ["a path without session-id", ["a=path:msrp://h;tcp", "a=accept-types:*"]],
    ["a path that is no MSRP URI", ["a=path:msrp://:9/x;tcp", "a=accept-types:*"]],
    ["another scheme", ["a=path:http://h/x", "a=accept-types:*"]],
    ["max-size that is none", [...usable, "a=max-size:big"]],
    ["holdconn", [...usable, "a=setup:holdconn"]],
    ["a fingerprint of the wrong length", [...usable, "a=fingerprint:sha-256 AA"]],
    ["a selector that cannot be read", [...usable, 'a=file-selector:name:"x']],
    ["two selectors", [...usable, "a=file-selector:size:1", "a=file-selector:size:1"]],
    ["a range that runs backwards", [...usable, "a=file-selector:size:9", "a=file-range:5-4"]],
    ["a range from 0", [...usable, "a=file-selector:size:9", "a=file-range:0-4"]],
    ["a range beyond the file", [...usable, "a=file-selector:size:9", "a=file-range:1-10"]],
    ["a range that starts beyond the file", [...usable, "a=file-selector:size:9", "a=file-range:10-*"]],
    ["an empty transfer id", [...usable, "a=file-selector", "a=file-transfer-id:"]],
  ])("is refused with %s", (_, lines) => {
    expect(() => read("m=message 9 TCP/MSRP *", ...lines.map(String))).toThrow(InletError);
  });

  it("is known by media and protocol", () => {
    const of = (media: string, protocol: string) =>
      isMsrpMedia({ media, protocol, port: 1, formats: ["*"], direction: "sendonly", attributes: [] });
    expect([of("message", "TCP/MSRP"), of("MESSAGE", "tcp/tls/msrp")]).toEqual([true, true]);
    expect([of("application", "TCP/MSRP"), of("message", "UDP/MSRP")]).toEqual([false, false]);
    expect(() => read("m=audio 9 RTP/AVP 0")).toThrow(InletError);
  });
});

describe("the file of an m-line", () => {
  it("has the names of RFC 5547", () => {
    expect(
      readFile(
        "a=file-selector:size:9",
        "a=file-transfer-id:kq8T2mXx0P",
        "a=file-disposition: Render",
        'a=file-date:creation:"Sat, 21 Nov 2026 10:00:00 +0100" read:"never" modification:"Sat, 21 Nov 2026 09:00:01 Z"',
        "a=file-icon:cid:a%25b@push.example.net",
        "a=file-range:3-*",
      ),
    ).toEqual({
      size: 9,
      hashes: {},
      selectorRaw: "size:9",
      transferId: "kq8T2mXx0P",
      disposition: "render",
      dates: { creation: Date.UTC(2026, 10, 21, 9), modification: Date.UTC(2026, 10, 21, 9, 0, 1) },
      iconCid: "a%b@push.example.net",
      range: { start: 3, stop: "*" },
      dialect: "rfc5547",
    });
  });

  it("has the names of the draft", () => {
    expect(readFile("a=file-selector:size:9", "a=disposition: not-render", "a=icon:cid:id2@ push.example.com")).toEqual(
      {
        size: 9,
        hashes: {},
        selectorRaw: "size:9",
        disposition: "attachment",
        iconCid: "id2@push.example.com",
        dialect: "draft",
      },
    );
    expect(readFile("a=file-selector", "a=disposition:render")).toMatchObject({
      disposition: "render",
      dialect: "draft",
    });
  });

  it("is of the RFC where names of both are mixed", () => {
    expect(readFile("a=file-selector", "a=disposition:render", "a=file-disposition:attachment")).toMatchObject({
      disposition: "attachment",
      dialect: "rfc5547",
    });
  });

  it("is a bare capability where the selector is empty, and none where there is no selector", () => {
    expect(readFile("a=file-selector")).toEqual({ selectorRaw: "", hashes: {}, dialect: "rfc5547" });
    expect(readFile("a=file-transfer-id:x")).toBeUndefined();
  });

  it.each(["http://x/y.png", "cid:", "id@host"])("an icon %j is left out", (icon) => {
    expect(readFile("a=file-selector", `a=file-icon:${icon}`)).not.toHaveProperty("iconCid");
  });
});

const word = fc.stringMatching(/^[!-~]{1,12}$/);
const second = fc.integer({ min: 0, max: 4_000_000_000 }).map((at) => epochMillis(at * 1000));
const file = fc
  .record(
    {
      name: fc.string(),
      type: fc.constantFrom("image/png", 'text/plain;charset="utf-8"'),
      hashes: fc.constantFrom({}, { blake3: "00:FF" }),
      transferId: word,
      disposition: fc.constantFrom("render", "attachment", "x-other"),
      dates: fc.oneof(fc.record({ creation: second, modification: second, read: second }), fc.record({ read: second })),
      iconCid: fc.stringMatching(/^[!-;=?-~é]{1,12}$/),
      range: fc
        .tuple(fc.integer({ min: 1 }), fc.nat())
        .map(([start, more]) => ({ start, stop: more ? start + more : ("*" as const) })),
    },
    { requiredKeys: ["hashes"] },
  )
  .map(createFileOffer);
const msrp: fc.Arbitrary<MsrpMedia> = fc.record(
  {
    path: fc.array(fc.stringMatching(/^msrp:\/\/[a-z]{1,9}\/[!-:<-~]{1,9};tcp$/), { minLength: 1, maxLength: 3 }),
    acceptTypes: fc.array(word, { minLength: 1, maxLength: 3 }),
    acceptWrappedTypes: fc.array(word, { maxLength: 3 }),
    maxSize: fc.maxSafeNat(),
    setup: fc.constantFrom("active", "passive", "actpass"),
    protocol: fc.constant("TCP/MSRP"),
    fingerprints: fc.array(fc.constant({ algorithm: "x-any", value: "0A:0B" }), { minLength: 1, maxLength: 3 }),
    cema: fc.constant(true),
    file,
  },
  { requiredKeys: ["path", "acceptTypes", "acceptWrappedTypes", "protocol"] },
);

describe("format", () => {
  it("is undone by read, through the text of the description", () => {
    fc.assert(
      fc.property(msrp, (value) => {
        const media = formatMsrpMedia(value, { port: 9, direction: "sendonly" });
        expect(readMsrpMedia(media)).toEqual(value);
        const text = formatSessionDescription({
          ...parseSessionDescription("v=0\ns=-\no=- 1 1 IN IP4 h\nt=0 0"),
          media: [media],
        });
        expect(parseSessionDescription(text).media).toEqual([media]);
      }),
    );
  });

  it("writes the draft's names for a draft file", () => {
    const draft = createFileOffer({ hashes: {}, disposition: "attachment", iconCid: "a@b", dialect: "draft" });
    const media = formatMsrpMedia(
      { ...read("m=message 9 TCP/MSRP *", ...usable), file: draft },
      { port: 9, direction: "sendonly" },
    );
    expect(media.attributes).toContainEqual({ name: "disposition", value: "not-render" });
    expect(readMsrpMedia(media).file).toEqual(draft);
  });
});
