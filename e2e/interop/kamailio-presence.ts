/**
 * What Kamailio's configuration needs to be a presence and reg-event server: its modules, their tables in a database of
 * their own, and the requests they serve.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SCHEMAS = "/usr/share/kamailio/db_sqlite";
const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/";

export const hasKamailioPresence = ["presence_reginfo", "presence_xml", "pua_reginfo", "db_sqlite"].every((module) =>
  existsSync(`${MODULES}${module}.so`),
);

/** Makes the database in `folder` and gives the lines that load and set the modules. */
export function presenceModules(folder: string, port: number): string {
  const file = join(folder, "presence.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode=WAL");
  for (const name of ["standard", "presence"]) {
    database.exec(readFileSync(`${SCHEMAS}/${name}-create.sql`, "utf8"));
  }
  database.close();
  const own = `sip:127.0.0.1:${port};transport=tcp`;
  return `
loadmodule "db_sqlite.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
loadmodule "pua.so"
loadmodule "pua_reginfo.so"
loadmodule "presence_reginfo.so"
modparam("presence|presence_xml|pua", "db_url", "sqlite:///${file}")
modparam("presence", "server_address", "${own}")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 2)
modparam("presence", "min_expires", 20)
modparam("presence", "min_expires_action", 1)
modparam("presence", "max_expires", 1800)
modparam("presence_xml", "force_active", 1)
modparam("pua", "db_mode", 0)
modparam("pua_reginfo", "default_domain", "example.net")
modparam("pua_reginfo", "server_address", "sip:reginfo@127.0.0.1:${port}")
modparam("pua_reginfo", "outbound_proxy", "sip:127.0.0.1:${port};transport=tcp")
modparam("pua_reginfo", "publish_reginfo", 1)
`;
}

/** Before requests in dialogs are routed: the server is the end of these. */
export const PRESENCE_ROUTE = `
  if (is_method("PUBLISH|SUBSCRIBE")) {
    if (!t_newtran()) { sl_reply_error(); exit; }
    if (is_method("PUBLISH")) { handle_publish(); } else { handle_subscribe(); }
    t_release();
    exit;
  }`;
