import { expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { formatTargetDialog, parseTargetDialog } from "./target-dialog.ts";

it("Target-Dialog names Call-ID and both tags, in any order and spelling of names (RFC 4538 §7)", () => {
  const dialog = { callId: "c-7781@psa.example.net", localTag: "kq-", remoteTag: "6544" };
  expect(parseTargetDialog("c-7781@psa.example.net;local-tag=kq-;remote-tag=6544")).toEqual(dialog);
  expect(parseTargetDialog(" c-7781@psa.example.net ; Remote-Tag=6544 ;x; local-tag=kq-")).toEqual(dialog);
  expect(parseTargetDialog(formatTargetDialog(dialog))).toEqual(dialog);
});

it.each([
  "",
  ";local-tag=a;remote-tag=b",
  "c;local-tag=a",
  "c;remote-tag=b",
  "c;local-tag=;remote-tag=b",
  "c;local-tag=a;local-tag=a;remote-tag=b",
])("refuses %j", (value) => {
  expect(() => parseTargetDialog(value)).toThrow(InletError);
});
