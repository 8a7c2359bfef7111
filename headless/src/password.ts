/** The password out of a file or the first line of the standard input: never an argument, which every user can see. */
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InletError } from "@inlet/agent-core/kernel";
import { usage } from "@inlet/agent-core/options";

const LIMIT = 1024;
/** Of a file of secrets. */
const MOST = 64 * 1024;
const NO_PASSWORD = "";

/** `path` is `-` for the standard input. A trailing line end does not belong to the password. */
export async function readPassword(
  path: string | undefined,
  input: Readable,
  warn: (text: string) => void,
): Promise<string> {
  if (path === undefined) return NO_PASSWORD;
  const text = path === "-" ? await firstLine(input) : await secretFile(path, "--password-file", "password", warn);
  const line = text.split(/\r?\n/, 1)[0] ?? "";
  if (line === "") throw usage("--password-file holds no password");
  if (line.length > LIMIT) throw usage("--password-file holds more than a password");
  return line;
}

/** What a file of few lines holds. `what`: what others could read in it. */
export async function secretFile(
  path: string,
  option: string,
  what: string,
  warn: (text: string) => void,
): Promise<string> {
  try {
    await using file = await open(path, "r");
    const { mode } = await file.stat();
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      warn(`Other users of this machine may read the ${what} in ${path}. To prevent it: chmod 600 ${path}`);
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST + 1), 0, MOST + 1, 0);
    if (bytesRead > MOST) throw usage(`${option} holds more than ${MOST} octets`);
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    if (error instanceof InletError) throw error;
    throw usage(`${option} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

/** Takes one line and leaves what follows: with --json the commands come through the same input. */
function firstLine(input: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let taken = Buffer.alloc(0);
  const finish = (text: string): void => {
    input.off("readable", onReadable).off("end", onEnd).off("error", reject);
    resolve(text);
  };
  const onEnd = (): void => finish(taken.toString());
  const onReadable = (): void => {
    for (let chunk: Buffer | null = input.read(); chunk !== null; chunk = input.read()) {
      taken = Buffer.concat([taken, chunk]);
      const end = taken.indexOf(0x0a);
      if (end < 0 && taken.length <= 4 * LIMIT) continue;
      const cut = end < 0 ? taken.length : end + 1;
      const rest = taken.subarray(cut);
      const line = taken.subarray(0, cut).toString();
      finish(line);
      if (rest.length > 0) input.unshift(rest);
      return;
    }
  };
  input.on("readable", onReadable).on("end", onEnd).on("error", reject);
  return promise;
}
