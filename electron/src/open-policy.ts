/**
 * Whether a received file is opened at once or only after the person has confirmed it. The name's ending decides what
 * a system runs, so it decides here, and a list of what is harmless rather than of what is not: new kinds of
 * executables appear, new kinds of pictures seldom do. Pure.
 */
const HARMLESS: Record<string, readonly string[]> = {
  image: ["png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "heic", "tif", "tiff"],
  audio: ["mp3", "m4a", "ogg", "oga", "opus", "flac", "wav", "aac"],
  video: ["mp4", "m4v", "webm", "mkv", "mov", "avi", "ogv", "mpg", "mpeg", "3gp"],
  text: ["txt"],
  "application/pdf": ["pdf"],
};

export interface Opening {
  readonly name: string;
  /** As declared by the sender. */
  readonly type: string;
  readonly verified: "yes" | "no" | "unstated";
  /** What its octets and its names together gave cause for. */
  readonly caution?: "program" | "disguised" | undefined;
}

export type OpenDecision =
  | { readonly open: "atOnce" }
  | { readonly open: "afterConfirmation"; readonly why: "kind" | "typeMismatch" | "hashMismatch" };

export function decideOpening({ name, type, verified, caution }: Opening): OpenDecision {
  if (verified === "no") return { open: "afterConfirmation", why: "hashMismatch" };
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  const kind = Object.entries(HARMLESS).find(([, endings]) => ending !== undefined && endings.includes(ending))?.[0];
  if (caution === "disguised") return { open: "afterConfirmation", why: "typeMismatch" };
  if (kind === undefined || caution === "program") return { open: "afterConfirmation", why: "kind" };
  const declared = type.toLowerCase().split(";", 1)[0]?.trim() ?? "";
  const unstated = declared === "" || declared === "application/octet-stream";
  const agrees = declared === kind || declared.startsWith(`${kind}/`);
  return unstated || agrees ? { open: "atOnce" } : { open: "afterConfirmation", why: "typeMismatch" };
}

/** The question: what it is about, and what can go wrong. */
export function confirmation(name: string, why: Exclude<OpenDecision, { open: "atOnce" }>["why"]): string {
  const about = {
    kind: "A file of this kind can run as a program or change this computer.",
    typeMismatch: "It is something else than its name or its sender says.",
    hashMismatch: "Its content is not what the sender announced.",
  };
  return `Open ${name}? ${about[why]} Open it only if you trust the sender.`;
}
