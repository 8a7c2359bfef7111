/**
 * Whether a received file is to be looked at twice before it is opened: it can run, or its name, what its sender said and
 * what its first octets show tell of different things (CVE-2025-30401: shown by one, opened by the other). Pure.
 */
import { type Caution, isProgramName } from "../contract/index.ts";
import { bareMediaType } from "../wire/multipart/index.ts";

/** Kinds that a program opens to show, by the ending of a name. What is not here tells nothing. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  image: ["png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "heic", "heif", "tif", "tiff", "ico"],
  media: [
    ...["mp3", "m4a", "ogg", "oga", "opus", "flac", "wav", "aac", "mp4", "m4v", "webm", "mkv", "mov", "avi", "ogv"],
    ...["mpg", "mpeg", "3gp"],
  ],
  pdf: ["pdf"],
  text: ["txt", "csv", "md", "log"],
};

/** Types of octets that a system runs. */
const PROGRAMS = new Set([
  "application/x-msdownload",
  "application/x-elf",
  "application/x-mach-binary",
  "application/java-vm",
  "application/x-ms-shortcut",
  "application/x-apple-alias",
  "application/x-deb",
  "application/x-rpm",
  "application/vnd.android.package-archive",
  "text/x-script",
]);
/** Markup that a browser runs scripts of, though it may be called text. */
const ACTIVE = new Set(["text/html", "image/svg+xml"]);

type Kind = "image" | "media" | "pdf" | "text";

export interface ReceivedKind {
  readonly name: string;
  /** As the sender declared it. */
  readonly type: string;
  /** As it called it once more with the octets. */
  readonly sent?: string | undefined;
  readonly sniffed?: string | undefined;
}

export function cautionOf({ name, type, sent = type, sniffed }: ReceivedKind): Caution | undefined {
  const runs = isProgramName(name);
  const declared = kindOfType(type);
  const named = kindOfName(name);
  if (runs) return declared !== undefined || hasTwoEndings(name) ? "disguised" : "program";
  if (sniffed !== undefined && PROGRAMS.has(sniffed)) return isScript(name, type, sniffed) ? "program" : "disguised";
  if (isOther(type, sent)) return "disguised";
  const active = sniffed !== undefined && ACTIVE.has(sniffed);
  // Markup is text, and a picture may be drawn in it, but no raster file holds it.
  if (active) return named === undefined && declared !== "media" && declared !== "pdf" ? undefined : disguised(named);
  const shown = sniffed === undefined ? undefined : kindOfType(sniffed);
  const told = [named, declared].filter((kind) => kind !== undefined);
  if (shown !== undefined) return told.some((kind) => kind !== shown) ? "disguised" : undefined;
  // Octets of some other kind, such as an archive, under the name of a picture.
  if (sniffed !== undefined && named !== undefined && named !== "text") return "disguised";
  return named !== undefined && declared !== undefined && named !== declared ? "disguised" : undefined;
}

/** What was offered as one kind came as another, or as a program. */
function isOther(type: string, sent: string): boolean {
  const [offered, came] = [kindOfType(type), kindOfType(sent)];
  return (
    offered !== undefined &&
    (PROGRAMS.has(bareMediaType(sent)) || ACTIVE.has(bareMediaType(sent)) || (came ?? offered) !== offered)
  );
}

const disguised = (named: Kind | undefined): Caution | undefined => (named === "text" ? undefined : "disguised");

/** A text that says so by its name or type is a script, not a script that hides. */
const isScript = (name: string, type: string, sniffed: string): boolean =>
  sniffed === "text/x-script" && kindOfName(name) === undefined && (kindOfType(type) ?? "text") === "text";

const hasTwoEndings = (name: string): boolean => kindOfName(name.replace(/\.[^.]*$/, "")) !== undefined;

function kindOfName(name: string): Kind | undefined {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return (Object.keys(ENDINGS) as Kind[]).find((kind) => ENDINGS[kind]?.includes(ending));
}

function kindOfType(type: string): Kind | undefined {
  const bare = bareMediaType(type);
  if (bare === "image/svg+xml" || bare === "text/html") return undefined;
  if (bare.startsWith("image/")) return "image";
  if (bare.startsWith("audio/") || bare.startsWith("video/") || bare === "application/ogg") return "media";
  if (bare === "application/pdf") return "pdf";
  return bare === "text/plain" || bare === "text/csv" || bare === "text/markdown" ? "text" : undefined;
}
