import { expect, it } from "vitest";
import { decodeBase64 } from "./decode-base64.ts";
import { leastEncryption, tickedFiles, totalSize } from "./selection.ts";

const file = (index: number, size?: number) => ({
  index,
  name: "n",
  hashes: {},
  ...(size === undefined ? {} : { size }),
});
const offer = {
  id: "o",
  account: "a",
  from: { uri: "sip:anna@example.net" },
  files: [file(0, 10), { ...file(1, 20), unacceptable: { code: "X", text: "no" } }, file(2, 30)],
  receivedAt: "2026-11-21T12:00:00Z",
  expiresAt: "2026-11-21T12:03:00Z",
};

it("ticks all that can be received, until unticked", () => {
  expect(tickedFiles(offer, new Set()).map(({ index }) => index)).toEqual([0, 2]);
  expect(tickedFiles(offer, new Set([0])).map(({ index }) => index)).toEqual([2]);
});

it("adds up sizes, and says when one is not known", () => {
  expect(totalSize(offer.files)).toEqual({ size: 60, exact: true });
  expect(totalSize([file(0, 10), file(1)])).toEqual({ size: 10, exact: false });
  expect(totalSize([{ ...file(0, 10), received: 4 }])).toEqual({ size: 6, exact: true });
});

it("says of all files how the least protected one would come", () => {
  const [plain, open, proven] = [
    file(0),
    { ...file(1), encryption: "none" },
    { ...file(2), encryption: "proven" },
  ] as const;
  expect(leastEncryption([plain])).toBeUndefined();
  expect(leastEncryption([proven, plain])).toBe("proven");
  expect(leastEncryption([proven, open])).toBe("none");
});

it("decodes base64 or nothing", () => {
  expect(decodeBase64("AP8=")).toEqual(new Uint8Array([0, 255]));
  expect(decodeBase64("<svg>")).toBeUndefined();
});
