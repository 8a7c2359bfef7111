import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { parseAlternativeService } from "./ims-xml.ts";

const parse = (xml: string) => parseAlternativeService(Buffer.from(xml));

describe("application/3gpp-ims+xml", () => {
  it.each([
    [
      "<type>restoration</type><reason>no S-CSCF</reason><action> initial-registration\n</action>",
      { type: "restoration", action: "initial-registration" },
    ],
    ["<type>Emergency</type><reason/>", { type: "emergency" }],
    ["<reason/>", { type: "" }],
  ])("%s", (inside, service) => {
    const xml = `<?xml version="1.0"?><ims-3gpp version="1"><alternative-service>${inside}</alternative-service></ims-3gpp>`;
    expect(parse(xml)).toEqual(service);
  });

  it("may say something else", () => expect(parse('<ims-3gpp version="1"><service-info/></ims-3gpp>')).toBeUndefined());

  it.each(["", "<reginfo/>", "<ims-3gpp>"])("is refused: %j", (xml) => expect(() => parse(xml)).toThrow(InletError));
});
