import { expect, it } from "vitest";
import { formatPlace, type Place, parsePlace, VIEWS } from "./place.ts";

const places: readonly Place[] = [
  ...VIEWS.map((view) => ({ view })),
  { view: "inbox", selected: "item/with#odd ?%characters" },
  { view: "inbox", within: { account: "sip:bob@example.net", channel: "urn:a/b c" } },
  { view: "inbox", within: { account: "sip:bob@example.net", channel: "urn:a" }, selected: "é" },
  { view: "activity", protocol: true },
  { view: "activity", protocol: true, selected: "a1-7" },
];

it.each(places.map((place) => [formatPlace(place), place] as const))(
  "%s leads back to where it came from",
  (_, place) => {
    expect(parsePlace(formatPlace(place))).toEqual(place);
  },
);

it.each(["", "#", "#/", "#/nowhere/x", "#/channel/only-account", "#token=x", "#/__proto__", "#/inbox/"])(
  "%s is the inbox",
  (fragment) => {
    expect(parsePlace(fragment)).toEqual({ view: "inbox" });
  },
);

it("takes a broken escape as it stands", () => {
  expect(parsePlace("#/inbox/100%")).toEqual({ view: "inbox", selected: "100%" });
});
