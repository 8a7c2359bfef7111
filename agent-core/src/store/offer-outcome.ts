/** What became of an offer, told from its files; and of files that nobody told, when their offer ends. */
import type { OfferRecord, Outcome } from "../contract/index.ts";

export type FileOutcome = OfferRecord["files"][number]["outcome"];

/** The outcome of an offer all of whose files have one. What the person rejected does not count against the rest. */
export function offerOutcome(files: readonly FileOutcome[]): Outcome {
  const accepted = files.filter((outcome) => outcome !== "rejected");
  if (accepted.length === 0) return "rejected";
  if (accepted.every((outcome) => outcome === "completed")) return "completed";
  if (accepted.includes("completed")) return "partial";
  if (accepted.every((outcome) => outcome === "expired")) return "expired";
  if (accepted.every((outcome) => outcome === "cancelled")) return "cancelled";
  return "failed";
}

/** A file that was undecided or under way when its offer ended so. */
export function lateFileOutcome(offer: Outcome): Extract<FileOutcome, Outcome> {
  return offer === "completed" || offer === "partial" ? "failed" : offer;
}

/** A file that was undecided or under way when Inlet was killed: nobody decided in time, or it was not whole. */
export function interruptedFileOutcome(file: FileOutcome): FileOutcome {
  if (file === "open") return "expired";
  return file === "receiving" ? "failed" : file;
}
