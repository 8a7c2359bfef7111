/** A real Kamailio as the core: registrar and proxy on loopback ports of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { PRESENCE_ROUTE, presenceModules } from "./kamailio-presence.ts";

const KAMAILIO = "/usr/sbin/kamailio";
export const hasKamailio = existsSync(KAMAILIO);

export interface KamailioOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Digest algorithm of the challenge; none: everyone may register. */
  readonly digest?: "MD5" | "SHA-256";
  readonly users?: Readonly<Record<string, string>>;
  /** PEM files: TLS is then served on `tlsPort`. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** WebSocket is then served on the same port as TCP (and WSS on that of TLS). */
  readonly webSocket?: boolean;
  /** Serves SUBSCRIBE and PUBLISH for presence, and SUBSCRIBE for reg, instead of answering 489. */
  readonly presence?: boolean;
  /** Lines of another configuration: parameters and modules behind the usual ones, and what is done first with each request. */
  readonly modules?: string;
  readonly first?: string;
  /** How a binding is kept; default `save("location")`. */
  readonly save?: string;
}

export interface Kamailio {
  /** UDP, TCP and WS. */
  readonly port: number;
  /** TLS and WSS. */
  readonly tlsPort: number;
  stop(): Promise<void>;
}

export const KAMAILIO_MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/";

function configuration(port: number, tlsPort: number, folder: string, options: KamailioOptions): string {
  const { digest, users = {}, certificate, webSocket = false, presence = false } = options;
  const { modules = "", first = "", save = 'save("location")' } = options;
  const passwords = Object.entries(users)
    .map(([user, password]) => `    if ($au == "${user}") { $var(password) = "${password}"; }`)
    .join("\n");
  const authentication = `
    $var(password) = "";
${passwords}
    if ($var(password) == "" || !pv_auth_check("example.net", "$var(password)", "0", "1")) {
      auth_challenge("example.net", "0");
      exit;
    }`;
  return `
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
alias="example.net"
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
${certificate === undefined ? "enable_tls=no" : `enable_tls=yes\nlisten=tls:127.0.0.1:${tlsPort}`}
tcp_connection_lifetime=3605
tcp_accept_no_cl=yes
mpath="${KAMAILIO_MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
${certificate === undefined ? "" : `loadmodule "tls.so"\nmodparam("tls", "private_key", "${certificate.key}")\nmodparam("tls", "certificate", "${certificate.cert}")\nmodparam("tls", "tls_method", "TLSv1.2+")`}
${webSocket ? 'loadmodule "xhttp.so"\nloadmodule "websocket.so"\nloadmodule "nathelper.so"\nmodparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")' : ""}
${presence ? presenceModules(folder, port) : ""}
modparam("auth", "algorithm", "${digest ?? "MD5"}")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 10)
${modules}
request_route {
  ${first}
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  ${webSocket ? 'if (is_method("REGISTER") && ($proto == "ws" || $proto == "wss")) { fix_nated_register(); }' : ""}
  if (is_method("REGISTER")) {
    ${digest === undefined ? "" : authentication}
    if (!${save}) { sl_reply_error(); }
    exit;
  }
  ${presence ? PRESENCE_ROUTE : ""}
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    ${webSocket ? "handle_ruri_alias();" : ""}
    if (loose_route() || is_method("ACK")) { t_relay(); exit; }
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("INVITE|SUBSCRIBE|REFER")) { record_route(); }
  if (is_method("SUBSCRIBE")) { sl_send_reply("489", "Bad Event"); exit; }
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();
}
${webSocket ? WEB_SOCKET : ""}`;
}

/** A WebSocket's Contact names no host: the connection it came over is remembered in it. */
const WEB_SOCKET = `
onreply_route {
  if ($proto == "ws" || $proto == "wss") { add_contact_alias(); }
}
event_route[xhttp:request] {
  if ($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm =~ "GET") {
    if (ws_handle_handshake()) { exit; }
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;

/** Ends by itself with the test's process; `stop` ends it before. Fails with its log when it does not come up. */
export async function startKamailio(options: KamailioOptions = {}): Promise<Kamailio> {
  const port = options.port ?? (await freePort());
  const tlsPort = await freePort();
  return runKamailio(port, tlsPort, (folder) => configuration(port, tlsPort, folder, options));
}

/** With any configuration that listens on `port`; it may keep files in the folder that it is given. */
export async function runKamailio(
  port: number,
  tlsPort: number,
  configure: (folder: string) => string,
): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), "inlet-kamailio-"));
  const file = join(folder, "kamailio.cfg");
  await writeFile(file, configure(folder));
  const args = ["-DD", "-E", "-f", file, "-Y", folder, "-w", folder, "-m", "64", "-M", "8", "-P", join(folder, "pid")];
  const child = spawn(KAMAILIO, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      log = (log + data.toString()).slice(-8000);
    });
  }
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const onExit = (): void => void child.kill("SIGKILL");
  process.once("exit", onExit);
  const stop = async (): Promise<void> => {
    process.removeListener("exit", onExit);
    await end(child, exited);
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await accepts(port, child))) {
    await stop();
    throw new Error(`Kamailio did not start:\n${log}`);
  }
  return { port, tlsPort, stop };
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 3000);
  await exited;
  clearTimeout(late);
}

/** True once the port takes a connection; false when the process has ended first, or after 10 s. */
async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + 10_000;
  while (Date.now() < until && child.exitCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
