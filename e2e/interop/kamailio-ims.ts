/**
 * Two Kamailios as an IMS: the proxy that terminals speak to (P-CSCF) and the registrar behind it (S-CSCF), as far as 3GPP
 * TS 24.229 is seen by terminals. What a terminal must say and does not is refused with 403.
 */
import { freePort } from "./free-port.ts";
import { KAMAILIO_MODULES, type Kamailio, runKamailio, startKamailio } from "./kamailio.ts";

const proxy = (port: number, registrar: number): string => `
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=tcp:127.0.0.1:${port}
tcp_connection_lifetime=3605
mpath="${KAMAILIO_MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "path.so"
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    if (loose_route() || is_method("ACK")) { t_relay(); exit; }
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("REGISTER")) {
    if (!is_present_hf("P-Access-Network-Info")) { sl_send_reply("403", "No access network"); exit; }
    add_path("term");
    $du = "sip:127.0.0.1:${registrar};transport=tcp";
    t_relay();
    exit;
  }
  if ($hdr(Route) =~ "term@") {
    loose_route();
  } else {
    if (!loose_route()) { sl_send_reply("403", "No service route"); exit; }
    if (!is_present_hf("P-Preferred-Identity") || !is_present_hf("P-Access-Network-Info")) {
      sl_send_reply("403", "Nothing of a terminal");
      exit;
    }
    append_hf("P-Asserted-Identity: $hdr(P-Preferred-Identity)\\r\\n");
    remove_hf("P-Preferred-Identity");
  }
  if (is_method("INVITE|SUBSCRIBE")) { record_route(); }
  t_relay();
}
`;

const serviceRoute = (port: number): string =>
  `Service-Route: <sip:orig@127.0.0.1:${port};transport=tcp;lr>\\r\\nP-Associated-URI: <sip:$au@example.net>, <tel:+4930123456>\\r\\n`;

/** Its port is the proxy's. The users are those of the registrar. */
export async function startIms(users: Readonly<Record<string, string>>): Promise<Kamailio> {
  const port = await freePort();
  const registrar = await freePort();
  const behind = await startKamailio({
    port: registrar,
    digest: "MD5",
    users,
    modules: 'modparam("registrar", "use_path", 1)\nmodparam("registrar", "path_mode", 1)',
    first: `
  if (!has_totag() && is_method("INVITE|MESSAGE|SUBSCRIBE")) {
    if (!($hdr(Route) =~ "orig@")) { sl_send_reply("403", "Not by the service route"); exit; }
    loose_route();
    append_hf("P-Called-Party-ID: <$ru>\\r\\n");
  }`,
    save: `(append_to_reply("${serviceRoute(registrar)}") && save("location"))`,
  });
  try {
    const edge = await runKamailio(port, port, () => proxy(port, registrar));
    return {
      ...edge,
      stop: async () => {
        await edge.stop();
        await behind.stop();
      },
    };
  } catch (error) {
    await behind.stop();
    throw error;
  }
}
