/** The picture that came with an offered file, when it really is one; else the glyph of its type. */
import type { OfferedFile } from "@inlet/agent-core/contract";
import { useEffect, useState } from "react";
import { useBlobUrl } from "../look/blob-url.ts";
import { asRaster } from "../look/raster.ts";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { useCarrier } from "../state/commands.ts";
import { decodeBase64 } from "./decode-base64.ts";

/** A larger picture is no icon. In characters of base64. */
const LARGEST = 400_000;

export interface OfferIconProps {
  readonly offer: string;
  readonly file: OfferedFile;
}

export function OfferIcon({ offer, file }: OfferIconProps) {
  const carrier = useCarrier();
  const { index, hasIcon = false } = file;
  const [picture, setPicture] = useState<Blob>();
  const url = useBlobUrl(picture);

  useEffect(() => {
    if (!hasIcon) return;
    let current = true;
    const fetchIcon = async () => {
      const { base64 } = await carrier.request("offers.icon", { offer, index });
      const bytes = base64.length > LARGEST ? undefined : decodeBase64(base64);
      const raster = bytes && (await asRaster(new Blob([bytes])));
      if (current) setPicture(raster instanceof Blob ? raster : undefined);
    };
    // Without its picture the file has its glyph: nothing is lost that would have to be told.
    fetchIcon().catch(() => undefined);
    return () => {
      current = false;
    };
  }, [carrier, offer, index, hasIcon]);

  return (
    <span className="row-glyph offer-picture">
      {url === undefined ? <TypeGlyph type={file.type ?? ""} /> : <img src={url} alt="" width="36" height="36" />}
    </span>
  );
}
