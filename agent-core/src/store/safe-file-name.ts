/**
 * The only maker of SafeFileName: whatever a peer calls a file becomes a name that lies in the folder it is put in,
 * on Linux, macOS and Windows alike. Nothing is refused; what is unsafe is removed or visibly replaced by `_`.
 *
 * Percent-encoding is the business of the codec that read the name (RFC 5547 §6): `%2e%2e%2f` here is nine harmless
 * characters. Full-width `：？＊` stay, because Japanese names use them and no file system gives them a meaning.
 */
import { LIMITS, type SafeFileName } from "../kernel/index.ts";

/** Path separators, with those that compatibility normalisation (NFKC) turns into one. */
const SEPARATOR = /[/\\\uFE68\uFF0F\uFF3C]/u;
/**
 * Never seen and never wanted: controls, line separators, bidi controls (`gpj.exe` shown as `exe.jpg`), what is no character,
 * and what is drawn as nothing, but for the joiners and variation selectors that scripts and emoji are written with.
 */
const REMOVED =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\uFFF9-\uFFFB[\p{Default_Ignorable_Code_Point}--[\u200C\u200D\uFE0E\uFE0F]]]/gv;
/**
 * Forbidden on Windows (`:` opens an alternate data stream), what Windows' best-fit mapping makes a slash of, and what is not
 * assigned in Unicode: APFS takes no such name.
 */
const REPLACED = /[\p{Cn}<>:"|?*\u2044\u2215\u2216\u29F5\u29F8\u29F9\u2100\u2101\u2105\u2106]/gu;
/** A dot, or what NFKC makes one or more dots of, or white space: alone these are no name, in front they hide one. */
const LEADING = /^[.\u2024-\u2026\uFE52\uFF0E\s]+/u;
const HAS_CONTENT = /[^.\u2024-\u2026\uFE52\uFF0E\s]/u;
const DRIVE = /^[A-Za-z]:/;
/** Windows devices; compared after NFKC, so `COM¹` is COM1. */
const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9])$/;
/** Read by a system that shows the folder, which may fetch pictures or run something for it. */
const ACTED_UPON = /^(?:desktop\.ini|autorun\.inf|thumbs\.db)$/i;
/** A longer "extension" is not one, and is cut like the rest. */
const EXTENSION_OCTETS = 32;

const LAST_RESORT = "file";

/** Takes any string. `fallback` (made safe as well) is used when nothing of a name is left. Idempotent. */
export function toSafeFileName(untrusted: string | undefined, fallback: string = LAST_RESORT): SafeFileName {
  const name = lastComponent(untrusted ?? "") ?? lastComponent(fallback) ?? LAST_RESORT;
  const visible = trimTail(name.replaceAll(REPLACED, "_").replace(LEADING, (run) => (run.trim() === "" ? "" : "_")));
  const fitted = fit(visible, "");
  return (
    isDevice(fitted) || ACTED_UPON.test(fitted.normalize("NFKC")) ? fit(`_${fitted}`, "") : fitted
  ) as SafeFileName;
}

/** `name (n).ext` within the same limit: what a file is called when its name is taken. */
export function numberedFileName(name: SafeFileName, n: number): SafeFileName {
  return fit(name, ` (${n})`) as SafeFileName;
}

/** Equal for names that some file system (by case, by normalisation form) holds for the same. */
export function foldFileName(name: string): string {
  return name.normalize("NFC").toUpperCase().normalize("NFC");
}

function lastComponent(untrusted: string): string | undefined {
  return untrusted
    .toWellFormed()
    .replaceAll("\0", "_")
    .replaceAll(REMOVED, "")
    .normalize("NFC")
    .split(SEPARATOR)
    .map((component) => component.replace(DRIVE, ""))
    .findLast((component) => HAS_CONTENT.test(component));
}

/** Puts `suffix` between stem and extension, and cuts the stem so that the whole keeps to LIMITS.fileName. */
function fit(name: string, suffix: string): string {
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && Buffer.byteLength(name) - Buffer.byteLength(name.slice(0, dot)) <= EXTENSION_OCTETS;
  const extension = hasExtension ? name.slice(dot) : "";
  const stem = name.slice(0, name.length - extension.length);
  const room = LIMITS.fileName - Buffer.byteLength(suffix + extension);
  if (Buffer.byteLength(stem) <= room) return stem + suffix + extension;
  // encodeInto only ever writes whole code points.
  const { read } = new TextEncoder().encodeInto(stem, new Uint8Array(room));
  return trimTail(stem.slice(0, read)) + suffix + extension;
}

/** Windows drops trailing dots and spaces, so that `x.exe. ` would be `x.exe`. Not a regex: linear on any input. */
function trimTail(name: string): string {
  let end = name.length;
  while (end > 0 && !HAS_CONTENT.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

/** A device name counts up to the first dot, trailing spaces aside: `nul.txt.jpg`, `aux .txt`. */
function isDevice(name: string): boolean {
  const [stem = ""] = name.normalize("NFKC").split(".", 1);
  return DEVICE.test(stem.trimEnd().toUpperCase());
}
