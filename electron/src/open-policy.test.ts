import { expect, test } from "vitest";
import { confirmation, decideOpening } from "./open-policy.ts";

const file = (name: string, type = "application/octet-stream") => ({ name, type, verified: "yes" as const });

test.each([
  file("photo.JPG", "image/jpeg"),
  file("photo.jpeg", "IMAGE/PNG; q=1"),
  file("song.mp3", "audio/mpeg"),
  file("film.mkv", "video/x-matroska"),
  file("notes.txt", "text/plain; charset=utf-8"),
  file("paper.pdf", "application/pdf"),
  file("photo.png"),
  file("photo.png", ""),
])("$name of type $type opens at once", (opening) => expect(decideOpening(opening)).toEqual({ open: "atOnce" }));

test.each([
  "run.exe",
  "run.sh",
  "a.desktop",
  "a.lnk",
  "a.url",
  "a.scf",
  "a.library-ms",
  "a.js",
  "a.vbs",
  "a.jar",
  "a.msi",
  "a.app",
  "a.dmg",
  "a.html",
  "a.svg",
  "a.docm",
  "a.docx",
  "a.csv",
  "a.zip",
  "a.iso",
  "a.py",
  "photo.jpg.exe",
  "photo.exe ",
  "noending",
  "png",
  ".png.",
  "a.ｐｎｇ",
])("R5: %s is asked about whatever its type claims", (name) => {
  expect(decideOpening(file(name, "image/png"))).toEqual({ open: "afterConfirmation", why: "kind" });
});

test.each([
  file("photo.png", "text/html"),
  file("photo.png", "application/x-msdownload"),
  file("notes.txt", "image/png"),
  file("paper.pdf", "application/pdfx"),
  file("photo.png", "imagex/png"),
])("$name announced as $type is asked about", (opening) => {
  expect(decideOpening(opening)).toEqual({ open: "afterConfirmation", why: "typeMismatch" });
});

test("a hash that did not match is asked about, one that was not stated is not", () => {
  expect(decideOpening({ ...file("a.png"), verified: "no" })).toEqual({
    open: "afterConfirmation",
    why: "hashMismatch",
  });
  expect(decideOpening({ ...file("a.png"), verified: "unstated" })).toEqual({ open: "atOnce" });
});

test("the question names the file and the danger", () => {
  expect(confirmation("run.sh", "kind")).toMatch(/^Open run\.sh\? .*program/);
});

test.each([
  ["disguised", "typeMismatch"],
  ["program", "kind"],
] as const)("F9: what its octets show to be %s is asked about, whatever its name", (caution, why) => {
  expect(decideOpening({ ...file("photo.png", "image/png"), caution })).toEqual({ open: "afterConfirmation", why });
});
