/** How many tests passed, failed and were skipped, out of the reports of the tools. */

/** A file that could not be loaded has no tests to count; it counts as one that failed. */
export function countVitest(report) {
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    names: report.testResults.flatMap((file) =>
      file.assertionResults
        .filter((test) => test.status === "failed")
        .map((test) => `${file.name}: ${test.fullName}: ${(test.failureMessages[0] ?? "").split("\n")[0]}`)
        .concat(unloaded.includes(file) ? `${file.name}: ${(file.message ?? "").split("\n")[0]}` : []),
    ),
  };
}

/** Flaky ones passed in the end; errors outside of a test count as one each. */
export function countPlaywright(report) {
  const { expected, flaky, unexpected, skipped } = report.stats;
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped };
}

/** The line a machine reads. */
export function lastLine(outcomes) {
  const sum = (member) => outcomes.reduce((total, outcome) => total + outcome[member], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
