/** What real cores answer to a REGISTER, and what real networks do to the connection below it. */
import { afterEach, describe, expect, it } from "vitest";
import { header, headers, RawCore, RawDatagramCore } from "../testing/index.ts";
import { disposeAccounts, type Watched, watch } from "./testing.ts";

afterEach(disposeAccounts);

const own = (request: string): string => header(request, "Contact") ?? "";
const uriOf = (contact: string): string => /<([^>]+)>/.exec(contact)?.[1] ?? "";

/** Registers with these further lines in the 200; `$own` stands for our Contact. */
async function registered(core: RawCore, lines: readonly string[], options = {}): Promise<Watched> {
  const watched = watch({ registrar: core.uri, ...options });
  watched.account.start();
  const request = await core.next("REGISTER");
  core.respond(request, "200 OK", ["Expires: 3600", ...lines.map((line) => line.replace("$own", own(request)))]);
  await watched.state("registered");
  return watched;
}

describe("registration says and hears", () => {
  it("RFC 5626, 3327, 5627: path, gruu and outbound with instance and reg-id", async () => {
    await using core = await RawCore.listen();
    watch({ registrar: core.uri }).account.start();
    const request = await core.next("REGISTER");
    expect(header(request, "Supported")).toBe("path, gruu, outbound");
    expect(own(request)).toMatch(/;\+sip\.instance="<urn:uuid:[^"]+>";reg-id=1$/);
  });

  it("439 First Hop Lacks Outbound: registers without, and does not ask again", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "439 First Hop Lacks Outbound Support");
    for (let i = 0; i < 2; i++) {
      const plain = await core.register(60);
      expect(header(plain, "Supported")).toBe("path, gruu");
      expect(own(plain)).not.toMatch(/reg-id/);
      await state("registered");
    }
  });

  it("outbound granted: the Contact of dialogs says ob, that of the registration does not", async () => {
    await using core = await RawCore.listen();
    const { account } = await registered(core, ["Require: outbound", "Contact: $own"]);
    account.userAgent.invite({ uri: "sip:ann@example.net" });
    const invite = await core.next("INVITE");
    expect(uriOf(own(invite))).toMatch(/;ob$/);
    core.respond(invite, "486 Busy Here");
    expect(core.received[0]).not.toMatch(/;ob/);
  });

  it("RFC 3608: a service route leads what is outside of dialogs, and no REGISTER", async () => {
    await using core = await RawCore.listen();
    const { account } = await registered(core, [
      "Service-Route: <sip:p1.example.net;lr>, <sip:strict.example.net>",
      "Service-Route: <sip:p2.example.net;lr>",
    ]);
    void account.userAgent.request({ method: "MESSAGE", uri: "sip:ann@example.net" });
    const message = await core.next("MESSAGE");
    expect(message).toMatch(/^MESSAGE sip:ann@example\.net /);
    expect(headers(message, "Route")).toEqual(["<sip:p1.example.net;lr>", "<sip:p2.example.net;lr>"]);
    core.respond(message, "200 OK");
    void account.stop();
    expect(header(await core.next("REGISTER"), "Route")).toBeUndefined();
  });

  it.each([
    ["is the Contact of dialogs where it is asked for", [], { gruu: true }, true],
    ["is the Contact where the core shows that it finds its way", ["Service-Route: <sip:p;lr>"], {}, true],
    ["is left alone where a core may not find its way to it", [], {}, false],
    ["is left alone where it is not wanted", ["Require: outbound"], { gruu: false }, false],
  ])("RFC 5627: a GRUU %s", async (_, lines, options, used) => {
    await using core = await RawCore.listen();
    const gruu = "sip:bob@example.net;gr=urn:uuid:00000000-0000-4000-8000-000000000001";
    const contact = `Contact: $own;pub-gruu="${gruu}";temp-gruu="sip:tgruu.1@example.net;gr"`;
    const { account } = await registered(core, [contact, ...lines], options);
    account.userAgent.invite({ uri: "sip:ann@example.net" });
    const invite = await core.next("INVITE");
    expect(uriOf(own(invite)) === gruu).toBe(used);
    core.respond(invite, "486 Busy Here");
  });

  it("several contacts of one address, some unreadable, are other devices' affair", async () => {
    await using core = await RawCore.listen();
    const { account } = await registered(core, [
      "Contact: <sip:bob@192.0.2.1>;expires=5",
      "Contact: <tel:+1>;expires=6",
      "Contact: <mailto:>;expires=7",
      "Contact: <sip:@@@>;expires=8",
      "Contact: $own;expires=700",
    ]);
    const left = (Date.parse(account.view.expiresAt ?? "") - Date.now()) / 1000;
    expect(Math.round(left / 100)).toBe(7);
  });

  it("RFC 7315: the addresses that the network gave are in the view", async () => {
    await using core = await RawCore.listen();
    const { account } = await registered(core, ['P-Associated-URI: "Bob" <sip:bob@example.net>, <tel:+15550100>']);
    expect(account.view.identities).toEqual(["sip:bob@example.net", "tel:+15550100"]);
  });
});

describe("registration outlives what networks do", () => {
  const held = (): boolean => true;
  const gone = (): boolean => false;

  it("T4: a core that takes the connection and says nothing is left, with a reason", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.next("REGISTER");
    expect((await state("lost")).reason?.code).toBe("INLET_SIP_TIMEOUT");
    await core.register();
    await state("registered");
  });

  it("T4: a refresh without answer ends the connection, and the next one is another", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register(4);
    await state("registered");
    await core.next("REGISTER");
    expect((await state("lost")).reason?.code).toBe("INLET_SIP_TIMEOUT");
    await core.register();
    await state("registered");
    expect(core.connections).toBe(2);
  });

  it("T5: the address is gone: registers at once on another connection, without a wait", async () => {
    await using core = await RawCore.listen();
    const { account, state, views } = await registered(core, []);
    const since = views.length;
    account.linkChanged("up", gone);
    await core.register();
    await state("registered");
    expect(views.slice(since).map(({ state: name }) => name)).not.toContain("lost");
    expect(core.connections).toBe(2);
  });

  it("T5: the address is still there: one refresh over the same connection", async () => {
    await using core = await RawCore.listen();
    const { account, state } = await registered(core, []);
    account.linkChanged("up", held);
    await core.register();
    await state("registered");
    expect(core.connections).toBe(1);
  });

  it("T5: without a network nothing is tried, and on its return it registers at once", async () => {
    await using core = await RawCore.listen();
    const { account, state } = await registered(core, []);
    account.linkChanged("down", gone);
    expect(await state("lost")).toMatchObject({ reason: { code: "INLET_NETWORK_DOWN" } });
    await core.disconnected();
    account.linkChanged("up", gone);
    await core.register();
    await state("registered");
  });

  it("T4: a core over UDP that stops listening is found gone by the next keep-alive, and again when it is back", async () => {
    const core = await RawDatagramCore.listen();
    const { port } = core;
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await state("registered");
    await core[Symbol.asyncDispose]();
    expect(await state("lost")).toMatchObject({ reason: { code: "INLET_SIP_CONNECTION_LOST" } });
    await using again = await RawDatagramCore.listen(port);
    await state("registered");
    expect(again.registrations).toBeGreaterThan(0);
  });

  it("T5: a core on this computer needs no network", async () => {
    await using core = await RawCore.listen();
    const { account } = await registered(core, []);
    account.linkChanged("down", held);
    expect(account.view.state).toBe("registered");
  });

  it("T8: after sleep a connection that is gone without a word is found within seconds and replaced", async () => {
    await using core = await RawCore.listen();
    const { account, state, views } = await registered(core, []);
    const since = views.length;
    account.resumed();
    await core.next("REGISTER");
    // No answer: the other end forgot this connection long ago.
    await core.register();
    await state("registered");
    expect(core.connections).toBe(2);
    expect(views.slice(since).map(({ state: name }) => name)).not.toContain("lost");
  });

  it("T8: falling asleep ends the connection, so that the core knows; waking registers", async () => {
    await using core = await RawCore.listen();
    const { account, state } = await registered(core, []);
    account.suspended();
    expect(await state("lost")).toMatchObject({ reason: { code: "INLET_SUSPENDED" } });
    await core.disconnected();
    account.resumed();
    await core.register();
    await state("registered");
  });
});
