/** Which preview an item gets. Nothing is interpreted: a raster picture, plain text, or no preview. */
import type { Item } from "@inlet/agent-core/contract";
import { useLanguage } from "../state/preferences.ts";
import { bareType, typeClass } from "../words/format-type.ts";
import { ImagePreview } from "./image-preview.tsx";
import { LinkPreview } from "./link-preview.tsx";
import { MessagePreview } from "./message-preview.tsx";
import { NoPreview } from "./no-preview.tsx";
import { TextPreview } from "./text-preview.tsx";
import "./preview.css";

/** A picture beyond this is not decoded for a preview. */
const LARGEST_IMAGE = 32_000_000;
/** To show the beginning of a text its bytes are fetched whole. */
const LARGEST_TEXT = 8_000_000;

export function Preview({ item }: { readonly item: Item }) {
  const { w } = useLanguage();
  if (item.kind === "message" && item.text !== undefined) return <MessagePreview text={item.text} />;
  if (item.kind === "link") return <LinkPreview item={item} />;
  const kind = typeClass(item.type);
  const image = kind === "image";
  const text = kind === "text" || kind === "html" || bareType(item.type) === "text/csv";
  if (!image && !text) return <NoPreview item={item} why={w.item.noPreview} />;
  if (item.size > (image ? LARGEST_IMAGE : LARGEST_TEXT)) return <NoPreview item={item} why={w.item.noPreviewSize} />;
  return image ? <ImagePreview item={item} /> : <TextPreview item={item} />;
}
