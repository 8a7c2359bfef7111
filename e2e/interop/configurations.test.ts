/** The same offer through Kamailios that are set up as others set theirs up. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, type KamailioOptions, startKamailio } from "./kamailio.ts";
import { hasKamailioPresence } from "./kamailio-presence.ts";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

const BOB = "sip:bob@example.net";
const SECURED = { digest: "MD5", users: { bob: "secret" } } as const;

/** Offered, accepted, received, verified and released through `core`. */
async function offerThrough(core: Kamailio, receiver: ReceiveProcess): Promise<void> {
  const caller = await RawCaller.open(core.port);
  try {
    const data = randomBytes(20_000);
    caller.invite(BOB, offerOf([{ name: "a.bin", type: "application/octet-stream", data }]));
    let answer = await caller.response();
    while (answer.status < 200) answer = await caller.response();
    expect(answer.status, answer.text).toBe(200);
    caller.ack();
    const [path = ""] = answerPaths(answer.body);
    const sender = await RawMsrp.open(path);
    await sender.send({ to: path, from: fromPath(0), data, chunk: 10_000 });
    await sender.until(/Status: 000 200/);
    sender.close();
    const item = await receiver.event("item");
    expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
    caller.bye();
    expect((await caller.response()).status).toBe(200);
    await receiver.event("offerEnded", (line) => line.outcome === "completed");
  } finally {
    caller.close();
  }
}

describe.skipIf(!hasKamailio)("a Kamailio", () => {
  it.each<[string, KamailioOptions, "tcp" | "udp"]>([
    [
      "that hides its topology",
      {
        modules:
          'loadmodule "topoh.so"\nmodparam("topoh", "mask_key", "some key")\nmodparam("topoh", "mask_ip", "127.0.0.8")',
      },
      "udp",
    ],
    [
      "that keeps dialogs and puts session timers into them",
      {
        modules:
          'loadmodule "dialog.so"\nloadmodule "sst.so"\nmodparam("dialog", "dlg_flag", 4)\nmodparam("sst", "sst_flag", 6)\nmodparam("sst", "timeout_avp", "$avp(dlg_timeout)")\nmodparam("dialog", "timeout_avp", "$avp(dlg_timeout)")\nmodparam("sst", "min_se", 120)',
        first: "setflag(4); setflag(6);",
      },
      "tcp",
    ],
    ["that grants ten seconds", { ...SECURED, modules: 'modparam("registrar", "max_expires", 10)' }, "tcp"],
    [
      "whose nonces are good once, and proofs cover the body",
      {
        ...SECURED,
        modules:
          'modparam("auth", "one_time_nonce", 1)\nmodparam("auth", "nonce_count", 0)\nmodparam("auth", "qop", "auth-int")',
      },
      "tcp",
    ],
    [
      "that counts how often a nonce is used",
      {
        ...SECURED,
        modules:
          'modparam("auth", "nonce_count", 1)\nmodparam("auth", "qop", "auth")\nmodparam("auth", "nonce_expire", 3)',
      },
      "tcp",
    ],
    [
      "that mends what passes a NAT",
      {
        modules: 'loadmodule "nathelper.so"\nmodparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")',
        first:
          'force_rport(); if (is_method("REGISTER")) { fix_nated_register(); } else { add_contact_alias(); handle_ruri_alias(); }',
      },
      "udp",
    ],
    [
      "that looks closely at every message",
      { modules: 'loadmodule "sanity.so"', first: 'if (!sanity_check("17895", "7")) { exit; }' },
      "tcp",
    ],
    [
      "that keeps one binding, and forgets connections that end",
      {
        save: 'save("location", "0x04")',
        modules: 'modparam("usrloc", "handle_lost_tcp", 1)\ntcp_connection_lifetime=120\ntcp_reuse_port=yes',
      },
      "tcp",
    ],
  ])("%s", async (_, options, transport) => {
    const core = await startKamailio(options);
    const receiver = await ReceiveProcess.start(`sip:127.0.0.1:${core.port};transport=${transport}`, [
      "--accept",
      "all",
    ]);
    try {
      await receiver.registered();
      await offerThrough(core, receiver);
      expect(await receiver.stop()).toBe(0);
    } finally {
      await receiver.remove();
      await core.stop();
    }
  });

  it("that grants ten seconds and whose nonces are stale after three is refreshed with", async () => {
    const parameters = ['"registrar", "max_expires", 10', '"auth", "nonce_expire", 3', '"auth", "qop", "auth"'];
    const modules = parameters.map((parameter) => `modparam(${parameter})`).join("\n");
    const core = await startKamailio({ ...SECURED, modules });
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
    try {
      await receiver.registered();
      const refreshing = await receiver.event("registration", (line) => line.state === "refreshing");
      const from = receiver.lines.indexOf(refreshing);
      await receiver.line((line) => line.state === "registered" && receiver.lines.indexOf(line) > from);
      expect(receiver.lines.some((line) => line.state === "lost" || line.state === "rejected")).toBe(false);
    } finally {
      await receiver.remove();
      await core.stop();
    }
  });

  it.skipIf(!hasKamailioPresence)(
    "that tells of registrations is asked, and its documents are understood",
    async () => {
      const core = await startKamailio({ presence: true });
      const uri = `sip:127.0.0.1:${core.port};transport=tcp`;
      const receiver = await ReceiveProcess.start(uri, ["--reg-events", "yes", "--accept", "all"]);
      try {
        await receiver.registered();
        await offerThrough(core, receiver);
        const seen = async (): Promise<string> => JSON.stringify(await receiver.command("trace.list", { limit: 200 }));
        while (!/NOTIFY/.test(await seen())) await new Promise((resolve) => setImmediate(resolve));
        expect(receiver.lines.filter((line) => line.event === "registration" && line.state === "lost")).toEqual([]);
      } finally {
        await receiver.remove();
        await core.stop();
      }
    },
  );

  it("that restarts and has forgotten everything is registered with again by itself", async () => {
    const core = await startKamailio(SECURED);
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
    try {
      await receiver.registered();
      await core.stop();
      await receiver.event("registration", (line) => line.state === "lost");
      const seen = receiver.lines.length;
      const again = await startKamailio({ ...SECURED, port: core.port });
      await receiver.line((line) => line.state === "registered" && receiver.lines.indexOf(line) >= seen);
      await offerThrough(again, receiver);
      await again.stop();
    } finally {
      await receiver.remove();
      await core.stop();
    }
  });
});
