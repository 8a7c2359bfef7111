import { expect, test } from "vitest";
import { countPlaywright, countVitest, lastLine } from "./test-counts.mjs";

test("a test file that does not load counts as a failure", () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [
      { name: "a.test.ts", status: "failed", message: "SyntaxError: no\nat 1", assertionResults: [] },
      {
        name: "b.test.ts",
        status: "failed",
        assertionResults: [
          { status: "failed", fullName: "adds", failureMessages: ["expected 3\nat 2"] },
          { status: "passed", fullName: "subtracts", failureMessages: [] },
        ],
      },
      { status: "passed", assertionResults: [] },
    ],
  };
  expect(countVitest(report)).toEqual({
    passed: 3,
    failed: 2,
    skipped: 3,
    names: ["a.test.ts: SyntaxError: no", "b.test.ts: adds: expected 3"],
  });
});

test("playwright's numbers, with errors outside of tests", () => {
  const stats = { expected: 5, flaky: 1, unexpected: 2, skipped: 4 };
  expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 6, failed: 3, skipped: 4 });
});

test("the last line names what was skipped only when something was", () => {
  expect(lastLine([{ passed: 1, failed: 0, skipped: 0 }])).toBe("1 passed, 0 failed");
  expect(
    lastLine([
      { passed: 1, failed: 2, skipped: 0 },
      { passed: 10, failed: 0, skipped: 3 },
    ]),
  ).toBe("11 passed, 2 failed, 3 skipped");
});
