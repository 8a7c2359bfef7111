/**
 * The key to a web host. It comes in the address's fragment, which no server sees, moves into the tab's session storage,
 * and leaves the address, so that neither a bookmark nor a shared screen holds it.
 */
const STORED_AS = "inlet.token";
/** 32 bytes in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export const isToken = (value: string): boolean => TOKEN.test(value);

/** The token in a fragment such as `#token=…`. */
export function tokenInFragment(fragment: string): string | undefined {
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("token");
  return token !== null && isToken(token) ? token : undefined;
}

interface Page {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem">;
  readonly history: Pick<History, "replaceState">;
}

/** Takes the token out of the address, or out of the storage where an earlier visit of this tab left it. */
export function takeToken(page: Page): string | undefined {
  const { hash, pathname, search } = page.location;
  const arrived = tokenInFragment(hash);
  if (hash.startsWith("#token=")) page.history.replaceState(null, "", pathname + search);
  if (arrived !== undefined) page.sessionStorage.setItem(STORED_AS, arrived);
  const token = arrived ?? page.sessionStorage.getItem(STORED_AS);
  return token !== null && isToken(token) ? token : undefined;
}
