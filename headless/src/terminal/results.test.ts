import type { PushResult } from "@inlet/provider";
import { describe, expect, it } from "vitest";
import { allDone, resultLines, resultTable } from "./results.ts";

const BOB = "sip:bob@example.net";
const done: PushResult = { to: BOB, file: "a.jpg", method: "msrp", outcome: "confirmed" };
const refused: PushResult = {
  to: "sip:carol@example.net",
  file: "b\u001b[31m.pdf",
  method: "msrp",
  outcome: "rejected",
  reason: { code: "INLET_SEND_REJECTED", text: "The receiver did not want this. (603 Decline)" },
};

describe("what became of what was sent", () => {
  it("is one sentence when all is well", () => {
    expect(resultTable([done])).toBe("The file was confirmed.\n");
    expect(resultTable([done, done])).toBe("All 2 files were confirmed.\n");
    const link: PushResult = { ...done, method: "indirect", outcome: "delivered" };
    expect(resultTable([link])).toBe("The file was taken over.\n");
    expect(allDone([link, done])).toBe(true);
  });

  it("is a table otherwise, with the receivers where there are several, and nothing that a terminal obeys", () => {
    expect(resultTable([{ ...done, outcome: "failed" }])).toBe("failed  a.jpg\n");
    const table = resultTable([done, refused]);
    expect(table.split("\n")[0]).toBe("confirmed  sip:bob@example.net    a.jpg");
    expect(table.split("\n")[1]).toMatch(
      /^rejected {3}sip:carol@example\.net {2}b.*\.pdf {2}.*603 Decline.* \[INLET_SEND_REJECTED\]$/,
    );
    expect(table).not.toContain("\u001b");
  });

  it("is one line of JSON for each with --json", () => {
    const lines = resultLines([done, refused]).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([done, refused]);
  });

  it("nothing sent is not all well; delivered is not confirmed", () => {
    expect(allDone([])).toBe(false);
    expect(allDone([{ ...done, outcome: "delivered" }])).toBe(false);
  });
});
