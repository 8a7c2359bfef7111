/** The bytes of an item, fetched through the host while they are shown. */
import { useEffect, useState } from "react";
import { CommandFailure } from "../carrier/carrier.ts";
import { useCarrier } from "../state/commands.ts";

export type Content<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly text: string };

/** `read` makes of the bytes what is shown; it must not change between renderings. */
export function useContent<T>(id: string, read: (content: Blob) => Promise<T>): Content<T> {
  const carrier = useCarrier();
  const [content, setContent] = useState<Content<T>>({ state: "loading" });
  useEffect(() => {
    let current = true;
    setContent({ state: "loading" });
    const load = async () => read(await carrier.content(id));
    load().then(
      (value) => {
        if (current) setContent({ state: "ready", value });
      },
      (error: unknown) => {
        const text = error instanceof CommandFailure ? `${error.message} (${error.code})` : String(error);
        if (current) setContent({ state: "failed", text });
      },
    );
    return () => {
      current = false;
    };
  }, [carrier, id, read]);
  return content;
}
