import { describe, expect, it } from "vitest";
import { isMeant, parseFeatures } from "./caller-preferences.ts";

const ours = parseFeatures(
  ';+g.oma.lcsi.sip-push;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.push";methods="INVITE,BYE";+sip.instance="<urn:uuid:1>"',
);
const accept = (...values: string[]): boolean =>
  isMeant({ headers: values.map((value) => ({ name: "accept-contact", value })) }, ours);
const reject = (value: string): boolean => isMeant({ headers: [{ name: "reject-contact", value }] }, ours);

describe("whether a request means this agent (RFC 3841 §7.2.4)", () => {
  it.each<[string, string[], boolean]>([
    ["nothing asked", [], true],
    ["our service, required", ["*;+g.oma.lcsi.sip-push;require"], true],
    ["our service, required and explicit", ["*;+g.oma.lcsi.sip-push;require;explicit"], true],
    ["another service, only preferred", ["*;+g.oma.other"], true],
    ["another service, required: our Contact says nothing of it", ["*;+g.oma.other;require"], true],
    ["another service, required and explicit", ["*;+g.oma.other;require;explicit"], false],
    ["ours and another, required and explicit", ["*;+g.oma.lcsi.sip-push;+g.oma.other;require;explicit"], false],
    ["one predicate met, the other not", ["*;+g.oma.lcsi.sip-push;require", "*;+g.oma.other;require;explicit"], false],
    ["the sample without its star", ["+g.oma.lcsi.sip-push, +g.oma.iari.syncml"], true],
    [
      "a service reference in other letters",
      ['*;+g.3gpp.icsi-ref="urn%3aurn-7%3a3GPP-service.ims.icsi.oma.PUSH";require'],
      true,
    ],
    ["a service below ours", ['*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.push.sub";require'], true],
    ["another service reference", ['*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";require'], false],
    [
      "one of two service references",
      ['*;+g.3gpp.icsi-ref="urn%3Ax,urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.push";require'],
      true,
    ],
    ["a method we take", ['*;methods="BYE";require'], true],
    ["a method we do not take", ['*;methods="PUBLISH";require'], false],
    ["not a method we take", ['*;methods="!BYE";require'], false],
    ["a boolean tag wanted absent", ['*;+g.oma.lcsi.sip-push="FALSE";require'], false],
    ["a field that cannot be read, and says nothing", ['*;+g.oma.other="x;require;explicit', "*;;="], true],
    ["a value that cannot be decoded", ['*;+g.3gpp.icsi-ref="%zz";require'], false],
  ])("%s", (_, values, meant) => {
    expect(accept(...values)).toBe(meant);
  });

  it.each([
    ["*;+g.oma.lcsi.sip-push", false],
    ["*;+g.oma.other", true],
    ["*;+g.oma.lcsi.sip-push;+g.oma.other", true],
  ])("rejected: %s", (value, meant) => {
    expect(reject(value)).toBe(meant);
  });
});
