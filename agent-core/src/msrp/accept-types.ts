/** accept-types (RFC 4975 §8.6): whether a Content-Type is among those agreed. Parameters do not count. */

export function acceptsType(acceptTypes: readonly string[], contentType: string): boolean {
  const type = bare(contentType);
  if (!/^[^/\s]+\/[^/\s]+$/.test(type)) return false;
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  return acceptTypes.some((accepted) => {
    const a = bare(accepted);
    return a === "*" || a === type || a === family;
  });
}

const bare = (type: string): string => (type.split(";", 1)[0] ?? "").trim().toLowerCase();
