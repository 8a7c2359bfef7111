import { expect, test } from "vitest";
import { parseOptions } from "./command-line.ts";

const OPTIONS = { aor: { type: "string" }, json: { type: "boolean" } } as const;

test("known options are taken", () => {
  expect(parseOptions(["--aor", "sip:a@b", "--json"], OPTIONS).values).toEqual({ aor: "sip:a@b", json: true });
});

test.each([[["--nonsense"]], [["--aor"]], [["--json=yes"]], [["file"]], [["-x"]]])("%j is a usage error", (args) => {
  expect(() => parseOptions(args, OPTIONS)).toThrow(expect.objectContaining({ code: "INLET_USAGE" }));
});
