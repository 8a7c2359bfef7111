import { describe, expect, it } from "vitest";
import type { InletError } from "../kernel/index.ts";
import { Aka } from "./aka.ts";
import { milenage, milenageMacs, opcOf, xor } from "./milenage.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** 3GPP TS 35.208 §4.3, test set 1. */
const SET = {
  k: "465b5ce8b199b49faa5f0a2ee238a6bc",
  rand: "23553cbe9637a89d218ae64dae47bf35",
  sqn: "ff9bb4d0b607",
  amf: "b9b9",
  op: "cdc202d5123e20f62b6d676ac72cb318",
  opc: "cd63cb71954a9f4e48a5994e37a02baf",
};
const keys = { k: hex(SET.k), opc: hex(SET.opc) };

describe("Milenage gives what test set 1 of 3GPP TS 35.208 says", () => {
  it("OPc", () => {
    expect(shown(opcOf(keys.k, hex(SET.op)))).toBe(SET.opc);
  });

  it("f1 and f1*", () => {
    const { mac, macStar } = milenageMacs(keys, hex(SET.rand), hex(SET.sqn), hex(SET.amf));
    expect([mac, macStar].map(shown)).toEqual(["4a9ffac354dfafb3", "01cfaf9ec4e871e9"]);
  });

  it("f2, f3, f4, f5 and f5*", () => {
    const { res, ck, ik, ak, akStar } = milenage(keys, hex(SET.rand));
    expect([res, ck, ik, ak, akStar].map(shown)).toEqual([
      "a54211d5e3ba50bf",
      "b40ba9a3c58b2a05bbf0d987b21bf8cb",
      "f769bcd751044604127672711c6d3441",
      "aa689c648370",
      "451e8beca43b",
    ]);
  });
});

describe("a SIM", () => {
  /** What a network of the same keys sends for a sequence number. */
  function nonce(sqn: string, more = ""): string {
    const { ak } = milenage(keys, hex(SET.rand));
    const { mac } = milenageMacs(keys, hex(SET.rand), hex(sqn), hex(SET.amf));
    return Buffer.from(hex(SET.rand + shown(xor(hex(sqn), ak)) + SET.amf + shown(mac) + more)).toString("base64");
  }

  it("gives RES for a new challenge, with OP or with OPc, whatever the server added to it", () => {
    for (const operator of [{ op: SET.op }, { opc: SET.opc }]) {
      const outcome = new Aka({ k: SET.k, ...operator }).challenged(nonce(SET.sqn, "0102"));
      expect(outcome).toEqual({ type: "authenticated", res: hex("a54211d5e3ba50bf") });
    }
  });

  it("does not believe a network that does not know K", () => {
    const other = new Aka({ k: `${SET.k.slice(0, -1)}d`, opc: SET.opc });
    expect(other.challenged(nonce(SET.sqn))).toEqual({ type: "macFailure" });
  });

  it("tells where it stands when a challenge is replayed; its network can read that", () => {
    const sim = new Aka({ k: SET.k, opc: SET.opc });
    sim.challenged(nonce(SET.sqn));
    const again = sim.challenged(nonce(SET.sqn));
    if (again?.type !== "syncFailure") throw new Error("taken twice");
    const { akStar } = milenage(keys, hex(SET.rand));
    expect(shown(xor(again.auts.slice(0, 6), akStar))).toBe(SET.sqn);
    const { macStar } = milenageMacs(keys, hex(SET.rand), hex(SET.sqn), hex("0000"));
    expect(shown(again.auts.slice(6))).toBe(shown(macStar));
  });

  it("takes challenges that overtook each other on the way, each once", () => {
    const sim = new Aka({ k: SET.k, opc: SET.opc, sqn: "000000000040" });
    const type = (sqn: string) => sim.challenged(nonce(sqn))?.type;
    expect(["000000000062", "000000000061", "000000000061", "000000000041"].map(type)).toEqual([
      "authenticated",
      "authenticated",
      "syncFailure",
      "syncFailure",
    ]);
  });

  it.each(["", "not base64!", Buffer.alloc(31).toString("base64")])("%j is no challenge", (text) => {
    expect(new Aka({ k: SET.k, opc: SET.opc }).challenged(text)).toBeUndefined();
  });

  it.each([
    { k: SET.k },
    { k: "00", opc: SET.opc },
    { k: `${SET.k.slice(1)}x`, opc: SET.opc },
    { k: SET.k, opc: SET.opc, sqn: "1" },
  ])("R11: keys that cannot be used are refused without being repeated (%#)", (options) => {
    let failure: unknown;
    try {
      new Aka(options);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: "INLET_AKA_KEYS" });
    expect((failure as InletError).message).not.toMatch(/[0-9a-f]{16}/i);
  });
});
