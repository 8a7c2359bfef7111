/** Serves the built interface under `app://ui/` with a policy that lets nothing else in. Instead of file:// pages. */
import { readFile } from "node:fs/promises";
import { uiHeaders } from "@inlet/agent-core/ui-files";
import { protocol, type Session } from "electron";
import { resolveUi, UI_SCHEME } from "./ui-path.ts";

const HEADERS = { ...uiHeaders(), "Cache-Control": "no-store" };

/** Before the app is ready: from then on privileges cannot be given. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: UI_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function serveInterface(session: Session, root: string): void {
  session.protocol.handle(UI_SCHEME, async ({ url, method }) => {
    const file = method === "GET" ? resolveUi(root, url) : undefined;
    const bytes = file === undefined ? undefined : await readFile(file.path).catch(() => undefined);
    if (file === undefined || bytes === undefined) return new Response(null, { status: 404, headers: HEADERS });
    return new Response(bytes, { headers: { ...HEADERS, "Content-Type": file.type } });
  });
}
