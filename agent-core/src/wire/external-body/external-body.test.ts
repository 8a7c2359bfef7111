import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMillis, InletError } from "../../kernel/index.ts";
import { parseContentType } from "../multipart/index.ts";
import { describedPart, type ExternalBody, formatExternalBody, parseExternalBody } from "./index.ts";

const parse = (type: string, body = ""): ExternalBody =>
  parseExternalBody(parseContentType(type) ?? expect.unreachable(), Buffer.from(body));

const HASH = "10AB568E91245681AC1B28131313131313131313";

describe("content indirection", () => {
  it("reads the form of RFC 4483: URL, expiration, size, hash, and what describes the content", () => {
    const link = parse(
      `message/external-body; access-type="URL"; expiration="Mon, 24 Jun 2002 09:00:00 GMT";URL="https://www.example.com/the-indirected-content";size=52723;hash=${HASH}`,
      "Content-Type: image/jpeg; name=dawn.jpg\r\nContent-Disposition: attachment\r\nContent-ID: <2342@example.com>\r\n\r\n",
    );
    expect(link).toMatchObject({
      url: "https://www.example.com/the-indirected-content",
      expiration: Date.UTC(2002, 5, 24, 9),
      size: 52723,
      sha1: HASH.toLowerCase(),
    });
    const part = describedPart(link);
    expect(part.contentType.mediaType).toBe("image/jpeg");
    expect(part.disposition?.type).toBe("attachment");
    expect(part.contentId).toBe("2342@example.com");
  });

  it("reads the RFC's own example: a whole month, and a hash that is half of one and so proves nothing", () => {
    const link = parse(
      'message/external-body; access-type="URL"; expiration="Mon, 24 June 2002 09:00:00 GMT"; URL="https://www.example.com/the-indirect-content"; size=52723; hash=10AB568E91245681AC1B',
    );
    expect(link).toMatchObject({ expiration: Date.UTC(2002, 5, 24, 9), size: 52723 });
    expect(link).not.toHaveProperty("sha1");
  });

  it.each([
    ["without headers inside", "", "application/octet-stream"],
    ["headers and no blank line", "Content-Type: text/plain", "text/plain"],
    ["a blank line first", "\r\n\r\nContent-Type: text/plain\r\n\r\n", "text/plain"],
    ["a phantom body", "Content-Type: text/plain\r\n\r\nThis is not the body!", "text/plain"],
  ])("%s", (_, body, type) => {
    const link = parse('message/external-body;access-type=url;url="https://a.example/x"', body);
    expect(describedPart(link).contentType.mediaType).toBe(type);
  });

  it("puts a folded URL together, and leaves its fragment out", () => {
    expect(parse('message/external-body;access-type=URL;URL="https://a.example/ab  cd/#top"').url).toBe(
      "https://a.example/abcd/",
    );
  });

  it.each([
    ["another type", 'text/plain;access-type=URL;URL="https://a.example/"'],
    ["no access type", 'message/external-body;URL="https://a.example/"'],
    ["another access type", 'message/external-body;access-type=anon-ftp;URL="https://a.example/"'],
    ["no URL", "message/external-body;access-type=URL"],
    ["a relative URL", 'message/external-body;access-type=URL;URL="/x"'],
    ["a password in the URL", 'message/external-body;access-type=URL;URL="https://me:secret@a.example/"'],
    ["an endless URL", `message/external-body;access-type=URL;URL="https://a.example/${"x".repeat(5000)}"`],
    ["a date that is none", 'message/external-body;access-type=URL;URL="https://a.example/";expiration="soon"'],
    ["a negative size", 'message/external-body;access-type=URL;URL="https://a.example/";size=-1'],
    ["a hash that is none", 'message/external-body;access-type=URL;URL="https://a.example/";hash=soon'],
  ])("is refused: %s", (_, type) => expect(() => parse(type)).toThrow(InletError));

  it("is refused: headers that are none", () =>
    expect(() => parse('message/external-body;access-type=URL;URL="https://a.example/"', "no header\r\n\r\n")).toThrow(
      InletError,
    ));

  it("format is undone by parse", () => {
    const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true }),
        optional(fc.integer({ min: 0, max: 4_000_000_000 })),
        optional(fc.nat()),
        optional(hex),
        (url, seconds, size, sha1) => {
          const link: ExternalBody = {
            url: new URL(url).href,
            ...(seconds !== undefined && { expiration: epochMillis(seconds * 1000) }),
            ...(size !== undefined && { size }),
            ...(sha1 !== undefined && { sha1 }),
            headers: [["Content-Type", "image/png"]],
          };
          const { contentType, content } = formatExternalBody(link);
          expect(parse(contentType, content)).toEqual(link);
        },
      ),
    );
  });
});
