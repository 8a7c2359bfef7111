/** A raster picture, from a blob: address of bytes that begin like one. */
import type { Item } from "@inlet/agent-core/contract";
import { useState } from "react";
import { useBlobUrl } from "../look/blob-url.ts";
import { asRaster } from "../look/raster.ts";
import { useLanguage } from "../state/preferences.ts";
import { displayLine } from "../words/outside-text.ts";
import { NoPreview } from "./no-preview.tsx";
import { useContent } from "./use-content.ts";

export function ImagePreview({ item }: { readonly item: Item }) {
  const { w } = useLanguage();
  const content = useContent(item.id, asRaster);
  const picture = content.state === "ready" ? content.value : undefined;
  const url = useBlobUrl(picture instanceof Blob ? picture : undefined);
  const [broken, setBroken] = useState(false);
  if (content.state === "failed") return <NoPreview item={item} why={content.text} />;
  if (typeof picture === "string" || broken) {
    return <NoPreview item={item} why={picture === "tooManyPixels" ? w.item.noPreviewSize : w.item.notPicture} />;
  }
  return (
    <div className="preview preview-image">
      {url === undefined ? (
        <p className="quiet">{w.app.loading}</p>
      ) : (
        <img src={url} alt={displayLine(item.name)} onError={() => setBroken(true)} />
      )}
    </div>
  );
}
