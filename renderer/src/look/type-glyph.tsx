/** One glyph for each class of content, all of one set and weight. */
import {
  File,
  FileArchive,
  FileAudio,
  FileCode,
  FileSpreadsheet,
  FileText,
  Image,
  Link,
  type LucideIcon,
  MessageSquare,
  Presentation,
  Video,
} from "lucide-react";
import { type TypeClass, typeClass } from "../words/format-type.ts";

const GLYPHS: Readonly<Record<TypeClass, LucideIcon>> = {
  image: Image,
  audio: FileAudio,
  video: Video,
  text: FileText,
  html: FileCode,
  pdf: FileText,
  document: FileText,
  sheet: FileSpreadsheet,
  slides: Presentation,
  archive: FileArchive,
  other: File,
};

export interface TypeGlyphProps {
  readonly type: string;
  readonly kind?: "file" | "message" | "link";
  readonly size?: number;
}

export function TypeGlyph({ type, kind = "file", size = 20 }: TypeGlyphProps) {
  const Glyph = kind === "message" ? MessageSquare : kind === "link" ? Link : GLYPHS[typeClass(type)];
  return <Glyph size={size} strokeWidth={1.5} aria-hidden />;
}
