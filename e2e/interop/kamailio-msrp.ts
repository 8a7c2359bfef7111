/** Kamailio as an MSRP relay (its msrp module): configuration beside `kamailio.ts`, which serves SIP. */
import { existsSync } from "node:fs";
import { freePort } from "./free-port.ts";
import { hasKamailio, KAMAILIO_MODULES, type Kamailio, runKamailio } from "./kamailio.ts";

export const hasKamailioMsrp = hasKamailio && existsSync(`${KAMAILIO_MODULES}msrp.so`);

export interface MsrpRelayOptions {
  readonly users: Readonly<Record<string, string>>;
  /** PEM files: the relay is then spoken to over TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** One that was stopped comes back there. */
  readonly port?: number;
  /** Seconds: what is shorter is answered with 423. */
  readonly minExpires?: number;
}

/** A chunk of more than this does not fit its buffer, in which it reads requests whole. */
const BUFFER = 65_536;
/** It drops what does not fit its queues, and makes no sender wait. */
const QUEUE = 16 * 1024 * 1024;

function configuration(
  port: number,
  tlsPort: number,
  { users, certificate, minExpires = 60 }: MsrpRelayOptions,
): string {
  const passwords = Object.entries(users)
    .map(([user, password]) => `    if ($au == "${user}") { $var(password) = "${password}"; }`)
    .join("\n");
  const tls = `loadmodule "tls.so"
modparam("tls", "private_key", "${certificate?.key}")
modparam("tls", "certificate", "${certificate?.cert}")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "con_ct_wq_max", ${QUEUE})
modparam("tls", "ct_wq_max", ${QUEUE})`;
  return `
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=tcp:127.0.0.1:${port}
${certificate === undefined ? "enable_tls=no" : `enable_tls=yes\nlisten=tls:127.0.0.1:${tlsPort}`}
tcp_connection_lifetime=3605
tcp_accept_no_cl=yes
tcp_rd_buf_size=${BUFFER}
tcp_conn_wq_max=${QUEUE}
tcp_wq_max=${QUEUE}
mpath="${KAMAILIO_MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "textops.so"
loadmodule "htable.so"
loadmodule "msrp.so"
${certificate === undefined ? "" : tls}
modparam("auth", "nonce_count", 1)
modparam("auth", "qop", "auth")
modparam("htable", "htable", "client=>size=4;autoexpire=3600")
modparam("htable", "htable", "came=>size=4;autoexpire=3600")
modparam("msrp", "cmap_size", 8)
modparam("msrp", "auth_min_expires", ${minExpires})
modparam("msrp", "use_path_addr", "127.0.0.1:${certificate === undefined ? port : tlsPort}")
request_route { sl_send_reply("403", "No SIP here"); }
event_route[msrp:frame-in] {
  msrp_reply_flags("1");
  if (msrp_is_reply()) { msrp_relay(); exit; }
  if ($msrp(method) == "AUTH") {
    if ($msrp(nexthops) > 0) { msrp_relay(); exit; }
    $var(password) = "";
${passwords}
    if ($var(password) == "" || !pv_www_authenticate("relay.example.net", "$var(password)", "0", "$msrp(method)")) {
      if (auth_get_www_authenticate("relay.example.net", "1", "$var(challenge)")) {
        msrp_reply("401", "Unauthorized", "$var(challenge)");
      } else { msrp_reply("500", "Server Error"); }
      exit;
    }
    if (msrp_cmap_save()) { $sht(client=>$msrp(srcaddr)) = 1; }
    exit;
  }
  if ($msrp(method) != "SEND" && $msrp(method) != "REPORT") { msrp_reply("501", "Method not understood"); exit; }
  if ($msrp(nexthops) > 1) {
    if ($msrp(method) != "REPORT") { msrp_reply("200", "OK"); }
    msrp_relay();
    exit;
  }
  # From a client of ours, to somebody who has no relay: over the connection they came by, or a new one.
  if ($sht(client=>$msrp(srcaddr)) != $null) {
    if ($sht(came=>$msrp(nexthop)) != $null) {
      $var(came) = $sht(came=>$msrp(nexthop));
      msrp_set_dst("$var(came)", "");
    }
    if ($msrp(method) != "REPORT") { msrp_reply("200", "OK"); }
    msrp_relay();
    exit;
  }
  if (!msrp_cmap_lookup()) {
    if ($msrp(method) != "REPORT") { msrp_reply("481", "No such session"); }
    exit;
  }
  $sht(came=>$msrp(firsthop)) = $msrp(srcaddr);
  if ($msrp(method) != "REPORT") { msrp_reply("200", "OK"); }
  msrp_relay_flags("1");
  msrp_relay();
}
`;
}

/** The URI of the relay is `msrp://127.0.0.1:port;tcp`, or that of `msrps` with `tlsPort`. */
export async function startMsrpRelay(options: MsrpRelayOptions): Promise<Kamailio> {
  const port = options.port ?? (await freePort());
  const tlsPort = await freePort();
  return runKamailio(port, tlsPort, () => configuration(port, tlsPort, options));
}
