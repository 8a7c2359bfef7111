import { expect, it } from "vitest";
import { personLog } from "./person-log.ts";

it("a person reads words: no JSON about what lines tell already, the key that lies in a file said in a sentence, faults whole", () => {
  const lines: string[] = [];
  const log = personLog((line) => lines.push(line));
  log("info", "start");
  log("warn", "folder.unusable", { code: "INLET_FOLDER_GONE" });
  log("error", "store.damaged", { code: "INLET_STORE_CORRUPT" });
  log("warn", "trace.lost", { messages: 3 });
  log("warn", "store.secretKey.inFile", { detail: "no keyring" });
  log("error", "commandFailed", { error: "TypeError" });
  expect(lines).toEqual([
    expect.stringMatching(/^This system offers no keyring, [^{}]*\n$/),
    expect.stringMatching(/^{.*"event":"commandFailed","error":"TypeError"}\n$/),
  ]);
});
