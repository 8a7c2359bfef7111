/** A media type in words, and the class of things it belongs to (for its glyph). */
import { fill } from "./fill.ts";
import { displayLine } from "./outside-text.ts";
import type { Words } from "./words.ts";

export type TypeClass =
  | "image"
  | "audio"
  | "video"
  | "text"
  | "html"
  | "pdf"
  | "document"
  | "sheet"
  | "slides"
  | "archive"
  | "other";

const ARCHIVES = /^application\/(zip|gzip|x-tar|x-7z-compressed|x-xz|x-bzip2|vnd\.rar|x-rar-compressed|zstd)$/;
const TEXTS = /^(text\/|application\/(json|xml|yaml|toml|sql)$|application\/[\w.-]+\+(xml|json)$)/;

const OFFICE: readonly (readonly [RegExp, TypeClass])[] = [
  [/wordprocessingml|msword|opendocument\.text|rtf$/, "document"],
  [/spreadsheet|ms-excel|text\/csv/, "sheet"],
  [/presentation|ms-powerpoint/, "slides"],
];
/** A bare type beyond this tells nobody anything. */
const LONGEST_TYPE = 32;

/** The type without parameters, lower case. */
export const bareType = (type: string): string => (type.split(";")[0] ?? "").trim().toLowerCase();

export function typeClass(type: string): TypeClass {
  const bare = bareType(type);
  if (bare.startsWith("image/")) return "image";
  if (bare.startsWith("audio/")) return "audio";
  if (bare.startsWith("video/")) return "video";
  if (bare === "text/html" || bare === "application/xhtml+xml") return "html";
  if (bare === "application/pdf") return "pdf";
  const office = OFFICE.find(([pattern]) => pattern.test(bare));
  if (office !== undefined) return office[1];
  if (ARCHIVES.test(bare)) return "archive";
  return TEXTS.test(bare) ? "text" : "other";
}

/** `JPEG image`, `PDF document`; the bare type for what has no word. */
export function typeInWords(type: string, words: Words): string {
  const kind = typeClass(type);
  const bare = displayLine(bareType(type));
  const name = bare
    .slice(bare.indexOf("/") + 1)
    .replace(/^x-/, "")
    .replace(/\+.*$/, "");
  switch (kind) {
    case "image":
    case "audio":
    case "video":
      return fill(words.type[kind], { name: name.length <= 5 ? name.toUpperCase() : name });
    case "other":
      return bare === "" || bare === "application/octet-stream" || bare.length > LONGEST_TYPE ? words.type.other : bare;
    case "text":
      return bare === "text/plain" ? words.type.text : bare;
    default:
      return words.type[kind];
  }
}
