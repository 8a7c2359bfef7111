import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Expected, Landing } from "./landing.ts";
import { toSafeFileName } from "./safe-file-name.ts";
import { codeOf, temporaryFolder } from "./testing.ts";

const text = (s: string) => Buffer.from(s);
const hex = (algorithm: string, content: Uint8Array) => createHash(algorithm).update(content).digest("hex");
/** As in a file-selector: `72:24:5F`. */
const colons = (digest: string) => (digest.toUpperCase().match(/../g) ?? []).join(":");
const nothingStated: Expected = { hashes: {} };

let ids = 0;
const begin = (folder: string, name = "a.txt") =>
  Landing.begin({ folder, name: toSafeFileName(name), id: `test-${ids++}` });

async function land(folder: string, name: string, content = "hello", expected = nothingStated) {
  const landing = begin(folder, name);
  landing.write(0, text(content));
  return landing.finish(expected);
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "nothing thrown",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

describe("writing", () => {
  it("in any order and overlap gives the file of the last writes, its size and its hashes", async () => {
    const writes = fc.array(fc.tuple(fc.nat(300), fc.uint8Array({ maxLength: 60 })), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(writes, async (pieces) => {
        const folder = temporaryFolder();
        const landing = begin(folder, "f.bin");
        const model: number[] = [];
        for (const [position, bytes] of pieces) {
          landing.write(position, bytes);
          bytes.forEach((byte, i) => {
            model[position + i] = byte;
          });
        }
        const have = Object.keys(model).length;
        expect(landing.received).toBe(have);
        if (have < model.length) {
          expect(await failure(landing.finish(nothingStated))).toBe("INLET_TRANSFER_INCOMPLETE");
          for (let i = 0; i < model.length; i++) {
            if (model[i] !== undefined) continue;
            model[i] = 7;
            landing.write(i, Uint8Array.of(7));
          }
        }
        const content = Uint8Array.from(model);
        const landed = await landing.finish({
          size: content.length,
          hashes: { "sha-1": colons(hex("sha1", content)), "sha-512": colons(hex("sha512", content)) },
        });
        expect(landed).toEqual({
          path: join(folder, "f.bin"),
          size: content.length,
          sha1: hex("sha1", content),
          sha256: hex("sha256", content),
          verified: "yes",
        });
        expect(readFileSync(landed.path).equals(content)).toBe(true);
        expect(readdirSync(folder)).toEqual(["f.bin"]);
      }),
      { numRuns: 60 },
    );
  });

  it("reads back a large file that came backwards, without holding up the event loop", async () => {
    const folder = temporaryFolder();
    const content = Buffer.alloc(32 * 1024 * 1024, "inlet");
    const landing = begin(folder);
    const half = content.length / 2;
    landing.write(half, content.subarray(half));
    landing.write(0, content.subarray(0, half));
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const landed = await landing.finish({ hashes: { "sha-256": colons(hex("sha256", content)) } });
    clearInterval(turning);
    expect(landed.verified).toBe("yes");
    expect(turns).toBeGreaterThan(10);
  });

  it("an empty file lands", async () => {
    const landed = await begin(temporaryFolder()).finish({ size: 0, hashes: {} });
    expect(statSync(landed.path).size).toBe(0);
  });

  it("the file is its owner's alone and cannot be run", async () => {
    expect(statSync((await land(temporaryFolder(), "run.sh")).path).mode & 0o777).toBe(0o600);
  });
});

describe("verifying", () => {
  const folderAfter = async (expected: Expected) => {
    const folder = temporaryFolder();
    const code = await failure(land(folder, "a.txt", "hello", expected));
    return { code, left: readdirSync(folder) };
  };
  const right = colons(hex("sha1", text("hello")));
  const wrong = colons(hex("sha1", text("other")));

  it("F10: a hash that does not match leaves nothing in the folder", async () => {
    expect(await folderAfter({ hashes: { "sha-1": wrong } })).toEqual({
      code: "INLET_TRANSFER_HASH_MISMATCH",
      left: [],
    });
  });

  it.each([4, 6])("a file of 5 octets offered as %d leaves nothing in the folder", async (size) => {
    expect(await folderAfter({ size, hashes: {} })).toEqual({ code: "INLET_TRANSFER_SIZE_MISMATCH", left: [] });
  });

  it("the strongest hash decides, weaker ones beside it do not", async () => {
    const sha512 = colons(hex("sha512", text("hello")));
    const folder = temporaryFolder();
    expect((await land(folder, "a", "hello", { hashes: { "sha-1": wrong, "sha-512": sha512 } })).verified).toBe("yes");
    const weakRight = { hashes: { "sha-1": right, "sha-512": colons(hex("sha512", text("x"))) } };
    expect((await folderAfter(weakRight)).code).toBe("INLET_TRANSFER_HASH_MISMATCH");
  });

  it.each(["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"])("%s verifies, in either case", async (algorithm) => {
    const digest = colons(hex(algorithm.replace("-", ""), text("hello")));
    const folder = temporaryFolder();
    expect((await land(folder, "a", "hello", { hashes: { [algorithm]: digest } })).verified).toBe("yes");
    expect((await land(folder, "a", "hello", { hashes: { [algorithm]: digest.toLowerCase() } })).verified).toBe("yes");
  });

  it("F11: MD5 and unknown algorithms prove nothing: unstated, even when they match", async () => {
    const hashes = { md5: colons(hex("md5", text("hello"))), "x-new": "00", __proto__: "00" };
    expect((await land(temporaryFolder(), "a", "hello", { hashes })).verified).toBe("unstated");
  });

  it("K5: a file changed on disk by someone else is not taken for what was received", async () => {
    const folder = temporaryFolder();
    const landing = begin(folder);
    landing.write(0, text("hello"));
    const [part = ""] = readdirSync(folder);
    writeFileSync(join(folder, part), "hello, longer");
    expect(await failure(landing.finish(nothingStated))).toBe("INLET_DISK_FAILED");
    landing.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("K5: a part deleted by someone else is a disk failure, and nothing is placed", async () => {
    const folder = temporaryFolder();
    const landing = begin(folder);
    landing.write(0, text("hello"));
    unlinkSync(join(folder, readdirSync(folder)[0] ?? ""));
    expect(await failure(landing.finish(nothingStated))).toBe("INLET_DISK_FAILED");
    landing.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a part exchanged for a symbolic link is not placed", async () => {
    const folder = temporaryFolder();
    const secret = join(temporaryFolder(), "secret");
    writeFileSync(secret, "secret");
    const landing = begin(folder);
    landing.write(0, text("hello"));
    const part = join(folder, readdirSync(folder)[0] ?? "");
    unlinkSync(part);
    symlinkSync(secret, part);
    expect(await failure(landing.finish(nothingStated))).toBe("INLET_DISK_FAILED");
    landing.discard();
    expect(readdirSync(folder)).toEqual([]);
    expect(readFileSync(secret, "utf8")).toBe("secret");
  });
});

describe("placing", () => {
  it("never overwrites: taken names are numbered, by case and normalisation form too", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Report.pdf"), "mine");
    writeFileSync(join(folder, "caf\u0065\u0301"), "mine");
    mkdirSync(join(folder, "dir"));
    const names: string[] = [];
    for (const name of ["Report.pdf", "REPORT.PDF", "report.pdf", "caf\u00e9", "dir"]) {
      names.push((await land(folder, name)).path.slice(folder.length + 1));
    }
    expect(names).toEqual(["Report (2).pdf", "REPORT (3).PDF", "report (4).pdf", "caf\u00e9 (2)", "dir (2)"]);
    expect(readFileSync(join(folder, "Report.pdf"), "utf8")).toBe("mine");
    expect(readFileSync(join(folder, "caf\u0065\u0301"), "utf8")).toBe("mine");
  });

  it("files that finish together get names of their own", async () => {
    const folder = temporaryFolder();
    const landed = await Promise.all(["a.txt", "A.TXT", "a.txt", "A.txt"].map((name) => land(folder, name)));
    expect(new Set(landed.map(({ path }) => path.toLowerCase())).size).toBe(4);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it.each(["existing", "dangling"])("a symbolic link (%s) in the place of the name is not followed", async (kind) => {
    const folder = temporaryFolder();
    const target = join(temporaryFolder(), "target");
    if (kind === "existing") writeFileSync(target, "mine");
    symlinkSync(target, join(folder, "a.txt"));
    expect((await land(folder, "a.txt")).path).toBe(join(folder, "a (2).txt"));
    expect(readlinkSync(join(folder, "a.txt"))).toBe(target);
    if (kind === "existing") expect(readFileSync(target, "utf8")).toBe("mine");
    else expect(lstatSync(target, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("a symbolic link in the place of the part is not followed", () => {
    const folder = temporaryFolder();
    const target = join(temporaryFolder(), "target");
    symlinkSync(target, join(folder, ".x1.inlet-part"));
    expect(codeOf(() => Landing.begin({ folder, name: toSafeFileName("a"), id: "x1" }))).toBe("INLET_DISK_FAILED");
    expect(lstatSync(target, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("until the end nothing bears the name", () => {
    const folder = temporaryFolder();
    using landing = begin(folder, "a.txt");
    landing.write(0, text("hello"));
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.test-\d+\.inlet-part$/)]);
  });
});

describe("ending", () => {
  it("discard removes the part, once and for all", () => {
    const folder = temporaryFolder();
    const landing = begin(folder);
    landing.write(0, text("hello"));
    landing.discard();
    landing.discard();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => landing.write(5, text("x"))).toThrow("gone");
  });

  it("discarded while verifying, nothing is placed", async () => {
    const folder = temporaryFolder();
    const landing = begin(folder);
    landing.write(0, text("hello"));
    const finished = failure(landing.finish(nothingStated));
    landing.discard();
    expect(await finished).toBe("INLET_TRANSFER_CANCELLED");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("discard after placing leaves the file", async () => {
    const folder = temporaryFolder();
    const landing = begin(folder);
    await landing.finish(nothingStated);
    landing.discard();
    expect(readdirSync(folder)).toEqual(["a.txt"]);
  });

  it("incomplete, it can be written on and finished", async () => {
    const landing = begin(temporaryFolder());
    landing.write(1, text("ello"));
    expect(await failure(landing.finish({ size: 5, hashes: {} }))).toBe("INLET_TRANSFER_INCOMPLETE");
    landing.write(0, text("h"));
    expect(readFileSync((await landing.finish({ size: 5, hashes: {} })).path, "utf8")).toBe("hello");
  });

  it("leaves no file descriptor open", async () => {
    const descriptors = () => readdirSync("/dev/fd").length;
    const folder = temporaryFolder();
    const before = descriptors();
    await land(folder, "a");
    begin(folder).discard();
    await failure(land(folder, "a", "hello", { size: 1, hashes: {} }));
    // The test runner may close some of its own meanwhile.
    expect(descriptors()).toBeLessThanOrEqual(before);
  });
});

describe("beginning", () => {
  it("in a folder that is not there fails with a code and no path", () => {
    const folder = join(temporaryFolder(), "gone");
    try {
      begin(folder);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "INLET_DISK_FAILED", detail: "ENOENT" });
      expect(String(error)).not.toContain(folder);
    }
  });

  it("with an id that is in use fails, and the first goes on", async () => {
    const folder = temporaryFolder();
    const first = Landing.begin({ folder, name: toSafeFileName("a"), id: "x" });
    first.write(0, text("1"));
    expect(codeOf(() => Landing.begin({ folder, name: toSafeFileName("b"), id: "x" }))).toBe("INLET_DISK_FAILED");
    expect(readFileSync((await first.finish(nothingStated)).path, "utf8")).toBe("1");
  });

  it.each(["../x", "a/b", "", ".x", "a\0"])("id %j is a bug and throws", (id) => {
    expect(() => Landing.begin({ folder: temporaryFolder(), name: toSafeFileName("a"), id })).toThrow("plain token");
  });
});
