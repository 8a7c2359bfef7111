/** The Range of a request (RFC 9110 §14.2), as far as a file of known size is served by it. Pure. */

/** One range of RFC 9110 §14.1.2 as inclusive octets; "unsatisfiable", or undefined for none or several (then all). */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  return start > end ? "unsatisfiable" : { start, end };
}
