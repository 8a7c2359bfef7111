import { describe, expect, it } from "vitest";
import { epochMillis } from "../../kernel/index.ts";
import { findPart, findPartById, readBodyParts } from "../multipart/index.ts";
import {
  type AcceptedLine,
  createFileOffer,
  formatMsrpAnswer,
  formatMsrpOffer,
  formatSessionDescription,
  type MsrpLineDecision,
  parseSessionDescription,
  readMsrpMedia,
} from "./index.ts";

const origin = (username: string, address: string, id = "1") => ({
  username,
  sessionId: id,
  sessionVersion: id,
  netType: "IN",
  addrType: "IP4",
  address,
});

const text = (...lines: string[]): string => `${lines.join("\r\n")}\r\n`;
const head = (host: string): string[] => ["v=0", `o=x 1 1 IN IP4 ${host}`, "s=-", `c=IN IP4 ${host}`, "t=0 0"];
const SHA1 = "2A:AE:6C:35:C9:4F:CF:B4:15:DB:E9:5F:40:8B:9C:E9:1E:E8:46:ED";
const mapSelector = `a=file-selector:name:"Map %22north%22.png" type:image/png size:11 hash:sha-1:${SHA1}`;

const offerText = text(
  ...head("192.0.2.10"),
  "m=message 40002 TCP/MSRP *",
  "i=Weather map 10:00",
  "a=sendonly",
  "a=setup:actpass",
  "a=accept-types:message/cpim",
  "a=accept-wrapped-types:*",
  "a=path:msrp://192.0.2.10:40002/s3nd3rSide11;tcp",
  mapSelector,
  "a=file-transfer-id:kq8T2mXx0P",
  "a=file-disposition:attachment",
  'a=file-date:creation:"Sat, 21 Nov 2026 09:00:00 +0000"',
  "a=file-icon:cid:thumb1@push.example.net",
  "m=message 40003 TCP/MSRP *",
  "a=sendonly",
  "a=accept-types:*",
  "a=path:msrp://192.0.2.10:40003/zz81kLm0;tcp",
  'a=file-selector:name:"big.bin" type:application/octet-stream size:900000000',
  "a=file-transfer-id:kq8T2mXx0Q",
);

const accepted: AcceptedLine = {
  accept: true,
  port: 40010,
  path: ["msrp://192.0.2.20:40010/r4nd0mRecv77;tcp"],
  acceptTypes: ["message/cpim"],
  acceptWrappedTypes: ["*"],
  maxSize: 104857600,
};

function answer(offer: string, ...lines: (MsrpLineDecision | undefined)[]): string {
  const made = formatMsrpAnswer(parseSessionDescription(offer), {
    origin: origin("x", "192.0.2.20"),
    connection: { addrType: "IP4", address: "192.0.2.20" },
    lines,
  });
  return formatSessionDescription(made);
}

describe("the worked example", () => {
  it("is the offer that a sender makes", () => {
    const common = { protocol: "TCP/MSRP", direction: "sendonly" } as const;
    const made = formatMsrpOffer({
      origin: origin("x", "192.0.2.10"),
      connection: { addrType: "IP4", address: "192.0.2.10" },
      lines: [
        {
          ...common,
          port: 40002,
          title: "Weather map 10:00",
          setup: "actpass",
          acceptTypes: ["message/cpim"],
          acceptWrappedTypes: ["*"],
          path: ["msrp://192.0.2.10:40002/s3nd3rSide11;tcp"],
          file: createFileOffer({
            name: 'Map "north".png',
            type: "image/png",
            size: 11,
            hashes: { "sha-1": SHA1 },
            transferId: "kq8T2mXx0P",
            disposition: "attachment",
            dates: { creation: epochMillis(Date.UTC(2026, 10, 21, 9)) },
            iconCid: "thumb1@push.example.net",
          }),
        },
        {
          ...common,
          port: 40003,
          acceptTypes: ["*"],
          acceptWrappedTypes: [],
          path: ["msrp://192.0.2.10:40003/zz81kLm0;tcp"],
          file: createFileOffer({
            name: "big.bin",
            type: "application/octet-stream",
            size: 900000000,
            hashes: {},
            transferId: "kq8T2mXx0Q",
          }),
        },
      ],
    });
    expect(formatSessionDescription(made)).toBe(offerText);
    expect(parseSessionDescription(offerText)).toEqual(made);
  });

  it("is answered with the second file refused", () => {
    expect(answer(offerText, accepted, { accept: false })).toBe(
      text(
        ...head("192.0.2.20"),
        "m=message 40010 TCP/MSRP *",
        "a=recvonly",
        "a=setup:passive",
        "a=accept-types:message/cpim",
        "a=accept-wrapped-types:*",
        "a=max-size:104857600",
        "a=path:msrp://192.0.2.20:40010/r4nd0mRecv77;tcp",
        mapSelector,
        "a=file-transfer-id:kq8T2mXx0P",
        "m=message 0 TCP/MSRP *",
        "a=file-transfer-id:kq8T2mXx0Q",
      ),
    );
  });
});

describe("an answer", () => {
  const offerOf = (...lines: string[]): string =>
    text(...head("192.0.2.10"), "m=message 1 TCP/MSRP *", "a=path:msrp://h/x;tcp", "a=accept-types:*", ...lines);
  const mediaOf = (offer: string, line: AcceptedLine = accepted) =>
    parseSessionDescription(answer(offer, line)).media[0] ?? expect.unreachable();

  it.each([
    ["sendonly", "recvonly"],
    ["sendrecv", "recvonly"],
    ["recvonly", "sendonly"],
    ["inactive", "inactive"],
  ])("to %s is %s", (offered, answered) => expect(mediaOf(offerOf(`a=${offered}`)).direction).toBe(answered));

  it.each([
    ["active", undefined, "passive"],
    ["passive", undefined, "active"],
    ["actpass", undefined, "passive"],
    ["actpass", "active", "active"],
    ["active", "active", "passive"],
  ] as const)("to setup:%s, choosing %s, is %s", (offered, chosen, answered) => {
    const line = chosen === undefined ? accepted : { ...accepted, setup: chosen };
    expect(readMsrpMedia(mediaOf(offerOf(`a=setup:${offered}`), line)).setup).toBe(answered);
  });

  it("has no setup where the offer had none (RFC 4975: the offerer connects)", () => {
    expect(readMsrpMedia(mediaOf(offerOf(), { ...accepted, setup: "active" }))).not.toHaveProperty("setup");
  });

  it("copies selector and range as they stood, adds no transfer id and no description", () => {
    const media = mediaOf(offerOf("i=x", "a=file-selector: size:4  x:y", "a=disposition:render", "a=file-range:2-*"));
    expect(media.title).toBeUndefined();
    expect(media.attributes.slice(-2)).toEqual([
      { name: "file-selector", value: "size:4  x:y" },
      { name: "file-range", value: "2-*" },
    ]);
  });

  it("to a pull states the file that was chosen", () => {
    const media = mediaOf(offerOf("a=recvonly", "a=file-selector:size:4"), {
      ...accepted,
      selectorRaw: 'name:"a" size:4',
    });
    expect(readMsrpMedia(media).file).toMatchObject({ name: "a", size: 4 });
  });

  it("keeps ten m-lines in their order, with port 0 for what was not accepted, is closed or is not MSRP", () => {
    const lines = Array.from({ length: 10 }, (_, i) => [
      i === 7 ? "m=audio 5 RTP/AVP 0" : `m=message ${i === 9 ? 0 : 100 + i} TCP/MSRP *`,
      `a=file-transfer-id:t${i}`,
    ]);
    const decisions = Array.from({ length: 10 }, (_, i) =>
      [1, 4, 7, 8, 9].includes(i) ? { ...accepted, port: 200 + i } : undefined,
    );
    const { media } = parseSessionDescription(answer(text(...head("h"), ...lines.flat()), ...decisions));
    expect(media.map((each) => each.port)).toEqual([0, 201, 0, 0, 204, 0, 0, 0, 208, 0]);
    expect(media.map((each) => each.media)).toEqual([
      ...Array.from({ length: 7 }, () => "message"),
      "audio",
      "message",
      "message",
    ]);
    expect(media[0]?.attributes).toEqual([{ name: "file-transfer-id", value: "t0" }]);
  });

  it("can refuse a line that cannot be understood", () => {
    expect(answer(offerOf('a=file-selector:name:"x'), { accept: false })).toContain("m=message 0 TCP/MSRP *");
  });

  it("repeats the times of the offer", () => {
    expect(answer(offerOf().replace("t=0 0", "t=3900000000 3900003600"), accepted)).toContain(
      "t=3900000000 3900003600",
    );
  });
});

describe("the sample of the push proposal", () => {
  const body = text(
    "--boundary71",
    "Content-Type: application/sdp",
    "Content-Length: [length of SDP]",
    "",
    "v=0",
    "o=push 2890844526 2890844526 IN IP4 push-sender-agent.example.com",
    "s=",
    "c=IN IP4 push-sender-agent.example.com",
    "t=0 0",
    "m=message 7654 TCP/MSRP *",
    "i=This is my latest picture",
    "a=sendonly",
    "a=accept-types:message/cpim",
    "a=accept-wrapped-types:*",
    "a=path:msrp://push-sender-agent.example.com:7654/jshA7we;tcp",
    'a=file-selector:name:"My cool picture.jpg" type:image/jpeg',
    "      size:4092 hash:sha-1:72245FE8653DDAF371362F86D471913EE4A2CE2E",
    "a=disposition: not-render",
    'a=file-date:creation:"Mon, 15 May 2006 15:01:31 +03:00"',
    "a=icon:cid:id2@ push-sender-agent.example.com",
    "--boundary71",
    "Content-Type: image/jpeg",
    "Content-Transfer-Encoding: binary",
    "Content-ID: <id2@ push-sender-agent.example.com>",
    "Content-Length: [length of image]",
    "Content-Disposition: icon",
    "",
    "...small preview icon of the file...",
    "--boundary71--",
  );
  const parts = readBodyParts("application/sdp", Buffer.from(body));
  const session = parseSessionDescription(findPart(parts, "application/sdp")?.body ?? expect.unreachable());
  const media = session.media[0] ?? expect.unreachable();

  it("means what a file offer of today means", () => {
    expect(session.name).toBe("");
    expect(media).toMatchObject({ port: 7654, title: "This is my latest picture", direction: "sendonly" });
    expect(readMsrpMedia(media, session)).toEqual({
      path: ["msrp://push-sender-agent.example.com:7654/jshA7we;tcp"],
      acceptTypes: ["message/cpim"],
      acceptWrappedTypes: ["*"],
      protocol: "TCP/MSRP",
      address: { host: "push-sender-agent.example.com", port: 7654 },
      file: {
        selectorRaw:
          'name:"My cool picture.jpg" type:image/jpeg size:4092 hash:sha-1:72245FE8653DDAF371362F86D471913EE4A2CE2E',
        name: "My cool picture.jpg",
        type: "image/jpeg",
        size: 4092,
        hashes: { "sha-1": "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E" },
        disposition: "attachment",
        dates: { creation: Date.UTC(2006, 4, 15, 12, 1, 31) },
        iconCid: "id2@push-sender-agent.example.com",
        dialect: "draft",
      },
    });
  });

  it("has its icon beside it", () => {
    const icon = findPartById(parts, readMsrpMedia(media).file?.iconCid ?? "");
    expect(Buffer.from(icon?.body ?? []).toString()).toBe("...small preview icon of the file...");
    expect(icon?.disposition?.type).toBe("icon");
  });

  it("is answered as the proposal answers it", () => {
    const made = formatMsrpAnswer(session, {
      origin: origin("bob", "bobpc.example.com", "2890844656"),
      connection: { addrType: "IP4", address: "bobpc.example.com" },
      lines: [
        {
          accept: true,
          port: 8888,
          path: ["msrp://bobpc.example.com:8888/9di4ea;tcp"],
          acceptTypes: ["message/cpim"],
          acceptWrappedTypes: ["*"],
        },
      ],
    });
    expect(formatSessionDescription(made)).toBe(
      text(
        "v=0",
        "o=bob 2890844656 2890844656 IN IP4 bobpc.example.com",
        "s=-",
        "c=IN IP4 bobpc.example.com",
        "t=0 0",
        "m=message 8888 TCP/MSRP *",
        "a=recvonly",
        "a=accept-types:message/cpim",
        "a=accept-wrapped-types:*",
        "a=path:msrp://bobpc.example.com:8888/9di4ea;tcp",
        'a=file-selector:name:"My cool picture.jpg" type:image/jpeg size:4092 hash:sha-1:72245FE8653DDAF371362F86D471913EE4A2CE2E',
      ),
    );
  });
});
