import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMillis, InletError, LIMITS } from "../../kernel/index.ts";
import {
  applyChannelList,
  type Channel,
  type ChannelList,
  type ChannelListState,
  formatChannelList,
  parseChannelList,
} from "./index.ts";

const ns = "urn:x-dcd:params:xml:ns:channels";
const list = (inside: string, attributes = 'version="1" state="full" aor="sip:ann@example.net"'): ChannelList =>
  parseChannelList(new TextEncoder().encode(`<channels xmlns="${ns}" ${attributes}>${inside}</channels>`));
const attributes = (id = "a", status = "available"): string => `id="${id}" uri="sip:${id}@h" status="${status}"`;

describe("a channel list", () => {
  it("X4: is read with all that a channel can say, in any prefix, with blanks and foreign elements", () => {
    const bytes = new TextEncoder().encode(`<?xml version="1.0"?>
      <c:channels xmlns:c="${ns}" version="4294967295" state="partial" aor="sip:ann@example.net" x="y">
        <c:channel id="w" uri="sip:weather@dcd.example.net" status="subscribed">
          <c:name> Weather </c:name><c:description>Rain &amp; sun</c:description><c:provider>Met</c:provider>
          <c:category>news</c:category><c:category>maps</c:category><c:content-type>image/png</c:content-type>
          <c:delivery>push</c:delivery><c:delivery>pigeon</c:delivery><c:delivery>broadcast</c:delivery>
          <c:max-size>18446744073709551615</c:max-size><c:network-preference>wifi</c:network-preference>
          <c:updated>2026-11-21T10:00:00.5+01:00</c:updated><price xmlns="urn:other">1</price><name xmlns="urn:other">n</name>
        </c:channel>
      </c:channels>`);
    expect(parseChannelList(bytes)).toEqual({
      version: 4294967295,
      state: "partial",
      aor: "sip:ann@example.net",
      channels: [
        {
          id: "w",
          uri: "sip:weather@dcd.example.net",
          status: "subscribed",
          name: "Weather",
          description: "Rain & sun",
          provider: "Met",
          categories: ["news", "maps"],
          contentTypes: ["image/png"],
          delivery: ["push", "broadcast"],
          maxSize: Number.MAX_SAFE_INTEGER,
          networkPreference: "wifi",
          updated: Date.UTC(2026, 10, 21, 9, 0, 0, 500),
        },
      ],
    });
  });

  it("may be empty, and need not name what is removed", () => {
    expect(list("").channels).toEqual([]);
    expect(list(`<channel ${attributes("a", "removed")}/>`).channels[0]?.name).toBe("");
  });

  it.each(["soon", "2026-11-21", "2026-13-01T00:00:00Z"])(
    "leaves out an optional part that makes no sense: %s",
    (date) => {
      const [channel] = list(
        `<channel ${attributes()}><name>n</name><updated>${date}</updated><max-size>-1</max-size></channel>`,
      ).channels;
      expect(channel).toEqual({
        id: "a",
        uri: "sip:a@h",
        status: "available",
        name: "n",
        categories: [],
        contentTypes: [],
        delivery: [],
      });
    },
  );

  it.each([
    ["no version", 'state="full" aor="a"'],
    ["a version below 0", 'version="-1" state="full" aor="a"'],
    ["a version too high", 'version="4294967296" state="full" aor="a"'],
    ["no state", 'version="1" aor="a"'],
    ["another state", 'version="1" state="some" aor="a"'],
    ["no aor", 'version="1" state="full"'],
  ])("is refused with %s", (_, own) => expect(() => list("", own)).toThrow(InletError));

  it.each([
    ["no id", '<channel uri="u" status="pending"><name>n</name></channel>'],
    ["no uri", '<channel id="a" status="pending"><name>n</name></channel>'],
    ["another status", `<channel ${attributes("a", "gone")}><name>n</name></channel>`],
    ["no name", `<channel ${attributes()}/>`],
    ["a blank name", `<channel ${attributes()}><name> </name></channel>`],
    ["two names", `<channel ${attributes()}><name>n</name><name>m</name></channel>`],
    ["one id twice", `<channel ${attributes()}><name>n</name></channel>`.repeat(2)],
    [
      "too many",
      Array.from({ length: LIMITS.channels + 1 }, (_, i) => `<channel ${attributes(`c${i}`, "removed")}/>`).join(""),
    ],
  ])("X4: is refused with a channel of %s", (_, inside) => expect(() => list(inside)).toThrow(InletError));

  it("is refused with another root", () => {
    for (const text of ['<channels version="1" state="full" aor="a"/>', `<channel xmlns="${ns}"/>`]) {
      expect(() => parseChannelList(new TextEncoder().encode(text))).toThrow(InletError);
    }
  });

  it("format is undone by parse", () => {
    const text = fc
      .string({ unit: "grapheme" })
      .map((any) => any.trim())
      .filter((any) => any !== "");
    const channel = fc.record(
      {
        id: text,
        uri: text,
        status: fc.constantFrom("subscribed", "pending", "suspended", "available", "removed"),
        name: text,
        description: text,
        provider: text,
        categories: fc.array(text, { maxLength: 3 }),
        contentTypes: fc.array(text, { maxLength: 3 }),
        delivery: fc.array(fc.constantFrom("push", "pull", "broadcast", "notification"), { maxLength: 3 }),
        maxSize: fc.maxSafeNat(),
        networkPreference: text,
        updated: fc.integer({ min: 0, max: 4e12 }).map(epochMillis),
      },
      { requiredKeys: ["id", "uri", "status", "name", "categories", "contentTypes", "delivery"] },
    );
    const lists: fc.Arbitrary<ChannelList> = fc.record({
      version: fc.nat(),
      state: fc.constantFrom("full", "partial"),
      aor: text,
      channels: fc.uniqueArray(channel, { selector: ({ id }) => id, maxLength: 4 }),
    });
    fc.assert(
      fc.property(lists, (value) => {
        expect(parseChannelList(formatChannelList(value))).toEqual(value);
      }),
    );
  });
});

describe("lists that follow each other", () => {
  const channel = (id: string, status: Channel["status"] = "available", name = id): Channel => ({
    id,
    uri: `sip:${id}@h`,
    status,
    name,
    categories: [],
    contentTypes: [],
    delivery: [],
  });
  const of = (version: number, state: ChannelList["state"], ...channels: Channel[]): ChannelList => ({
    version,
    state,
    aor: "sip:a@h",
    channels,
  });
  const state = (version: number, ...channels: Channel[]): ChannelListState => ({
    version,
    aor: "sip:a@h",
    channels: new Map(channels.map((each) => [each.id, each])),
  });
  const known = state(4, channel("a"), channel("b"));

  it.each<[string, ChannelListState | undefined, ChannelList, ChannelListState | "gap" | "stale"]>([
    ["full first", undefined, of(9, "full", channel("a")), state(9, channel("a"))],
    ["partial first", undefined, of(0, "partial", channel("a")), "gap"],
    ["full replaces, over any gap", known, of(9, "full", channel("c")), state(9, channel("c"))],
    ["full without the removed", known, of(5, "full", channel("c"), channel("d", "removed")), state(5, channel("c"))],
    [
      "partial changes what it names",
      known,
      of(5, "partial", channel("b", "subscribed", "B")),
      state(5, channel("a"), channel("b", "subscribed", "B")),
    ],
    [
      "partial adds and removes",
      known,
      of(5, "partial", channel("a", "removed"), channel("c")),
      state(5, channel("b"), channel("c")),
    ],
    [
      "partial removes what is unknown",
      known,
      of(5, "partial", channel("z", "removed")),
      state(5, channel("a"), channel("b")),
    ],
    ["partial after a gap", known, of(6, "partial"), "gap"],
    ["the same version again", known, of(4, "partial"), "stale"],
    ["an older version", known, of(3, "partial"), "stale"],
    ["an older full version", known, of(3, "full"), "stale"],
  ])("%s", (_, current, received, expected) => {
    expect(applyChannelList(current, received)).toEqual(typeof expected === "string" ? expected : { state: expected });
  });

  it("leaves the state before it as it was", () => {
    applyChannelList(known, of(5, "partial", channel("a", "removed")));
    expect(known.channels.has("a")).toBe(true);
  });

  it("channels: partial lists cannot add up beyond the limit", () => {
    const many = Array.from({ length: LIMITS.channels }, (_, i) => channel(`c${i}`));
    const full = applyChannelList(undefined, of(1, "full", ...many));
    if (typeof full === "string") expect.unreachable();
    expect(() => applyChannelList(full.state, of(2, "partial", channel("x")))).toThrow(InletError);
  });
});

describe("nasty input", () => {
  const corpus = new URL("corpus/", import.meta.url);
  it.each(readdirSync(corpus))("%s is refused by name", (file) => {
    expect(() => parseChannelList(readFileSync(new URL(file, corpus)))).toThrow(InletError);
  });
});
