import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPassword } from "./password.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "inlet-password-"));
});
afterAll(() => rm(dir, { recursive: true }));

const nothing = Readable.from([]);
const silent = (): void => undefined;

async function file(content: string, mode = 0o600): Promise<string> {
  const path = join(dir, "password");
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

test.each([
  ["secret", "secret"],
  ["secret\n", "secret"],
  ["se cret \r\nmore\n", "se cret "],
  ["pässword\n", "pässword"],
])("the password of %j is its first line", async (content, password) => {
  expect(await readPassword(await file(content), nothing, silent)).toBe(password);
});

test("without a file there is none", async () => expect(await readPassword(undefined, nothing, silent)).toBe(""));

test.each(["", "\nsecret", "x".repeat(2000)])("a file with %j is a usage error", async (content) => {
  await expect(readPassword(await file(content), nothing, silent)).rejects.toMatchObject({ code: "INLET_USAGE" });
});

test("a file that is not there is a usage error that names the option", async () => {
  await expect(readPassword(join(dir, "none"), nothing, silent)).rejects.toThrow(/--password-file.*ENOENT/);
});

test("a file that others can read is taken with a warning that does not hold the password", async () => {
  const warnings: string[] = [];
  expect(await readPassword(await file("secret", 0o644), nothing, (text) => warnings.push(text))).toBe("secret");
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/chmod 600/);
  expect(warnings[0]).not.toContain("secret");
});

test("from the standard input one line is taken, and what follows is left there", async () => {
  const input = new PassThrough();
  const password = readPassword("-", input, silent);
  input.write("sec");
  input.write('ret\n{"id":1}\n{"id"');
  expect(await password).toBe("secret");
  input.end(":2}\n");
  expect((await input.toArray()).join("")).toBe('{"id":1}\n{"id":2}\n');
});

test("an input that ends in its first line is a password too, and one that is empty is none", async () => {
  expect(await readPassword("-", Readable.from([Buffer.from("secret")]), silent)).toBe("secret");
  await expect(readPassword("-", Readable.from([]), silent)).rejects.toMatchObject({ code: "INLET_USAGE" });
});
