/** Saves bytes as a file the person keeps. The type is opaque, so that no browser shows them instead. */
import { displayLine } from "../words/outside-text.ts";

export function saveAs(content: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = displayLine(name).replaceAll(/[\\/:*?"<>|]/g, "_");
  link.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
