/** Signing in against a core written by hand: whatever it asks, at most two tries and a clear error. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { header, headers, RawCore } from "../testing/index.ts";
import { disposeAccounts, nonce, watch } from "./testing.ts";

afterEach(disposeAccounts);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const parameter = (value: string | undefined, name: string): string =>
  new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^,]*))`)
    .exec(` ${value}`)
    ?.slice(1)
    .find((found) => found !== undefined) ?? "";
const registers = (core: RawCore): string[] => core.received.filter((message) => message.startsWith("REGISTER"));

/** The server's side of RFC 7616 §3.5, worked out from what the client sent. */
function proof(authorization: string, password: string, uri = "sip:example.net"): string {
  const [cnonce, nc, qop, given] = ["cnonce", "nc", "qop", "nonce"].map((name) => parameter(authorization, name));
  const ha1 = sha256(`bob:example.net:${password}`);
  return `qop=auth, cnonce="${cnonce}", nc=${nc}, rspauth="${sha256(`${ha1}:${given}:${nc}:${cnonce}:${qop}:${sha256(`:${uri}`)}`)}"`;
}

const sha = (value: string, more = ""): string => nonce(value, `, algorithm=SHA-256${more}`);
const granted = (request: string): string => `Contact: ${header(request, "Contact")};expires=40`;

describe("an account signs in", () => {
  it("S17: 407 and then 401 in one exchange are both answered, and both answers go with the next request", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "407 Proxy Authentication Required", [
      'Proxy-Authenticate: Digest realm="proxy", nonce="p", qop="auth", algorithm=SHA-256',
    ]);
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("w")]);
    const both = await core.next("REGISTER");
    expect(header(both, "Proxy-Authorization")).toMatch(/realm="proxy", nonce="p".*nc=00000002/);
    expect(header(both, "Authorization")).toMatch(/realm="example\.net", nonce="w".*nc=00000001/);
    core.respond(both, "200 OK", [granted(both)]);
    await state("registered");
    const refresh = await core.next("REGISTER");
    expect(header(refresh, "Proxy-Authorization")).toMatch(/nc=00000003/);
    expect(header(refresh, "Authorization")).toMatch(/nc=00000002/);
  });

  it("two proxies that challenge in one 407 are both answered", async () => {
    await using core = await RawCore.listen();
    const { account } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "407 Proxy Authentication Required", [
      'Proxy-Authenticate: Digest realm="one", nonce="1", qop="auth"',
      'Proxy-Authenticate: Digest realm="two", nonce="2", qop="auth"',
    ]);
    const answers = headers(await core.next("REGISTER"), "Proxy-Authorization");
    expect(answers.map((value) => parameter(value, "realm"))).toEqual(["one", "two"]);
  });

  it("S17, sipAnswers: ever-new realms are not answered for ever", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    for (let i = 0; i < 5; i++) {
      core.respond(await core.next("REGISTER"), "401 Unauthorized", [
        `WWW-Authenticate: Digest realm="r${i}", nonce="1"`,
      ]);
    }
    expect(await state("rejected")).toMatchObject({ reason: { code: "INLET_AUTH_REJECTED" } });
    expect(registers(core)).toHaveLength(5);
  });

  it("the same nonce asked for again counts on: to count anew would look like a replay", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1")]);
    const first = await core.next("REGISTER");
    core.respond(first, "200 OK", [granted(first)]);
    await state("registered");
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1")]);
    expect(header(await core.next("REGISTER"), "Authorization")).toMatch(/nonce="1".*nc=00000003/);
  });

  it("nextnonce is used next, with a count from one", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1")]);
    const first = await core.next("REGISTER");
    core.respond(first, "200 OK", [granted(first), 'Authentication-Info: nextnonce="2"']);
    await state("registered");
    expect(header(await core.next("REGISTER"), "Authorization")).toMatch(/nonce="2".*nc=00000001/);
  });

  it("a server that proves that it knows the password is taken", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1")]);
    const answer = await core.next("REGISTER");
    const info = `Authentication-Info: ${proof(header(answer, "Authorization") ?? "", "secret")}`;
    core.respond(answer, "200 OK", [granted(answer), info]);
    await state("registered");
  });

  it("a server that gives a wrong proof is left, with a clear error", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1")]);
    const answer = await core.next("REGISTER");
    const info = `Authentication-Info: ${proof(header(answer, "Authorization") ?? "", "guessed")}`;
    core.respond(answer, "200 OK", [granted(answer), info]);
    expect((await state("rejected")).reason?.code).toBe("INLET_AUTH_SERVER_UNPROVEN");
    await core.disconnected();
  });

  it("a 2xx to an INVITE with a wrong proof is acknowledged and ended: nobody is spoken with under false colours", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register();
    await state("registered");
    const contact = "Contact: <sip:ann@127.0.0.1;transport=tcp>";
    for (const [name, password] of [
      ["Proxy-Authentication-Info", "guessed"],
      ["Proxy-Authentication-Info", "secret"],
    ] as const) {
      const sent = account.userAgent.invite({ uri: "sip:ann@example.net" });
      let invite = await core.next("INVITE");
      if (header(invite, "Proxy-Authorization") === undefined) {
        core.respond(invite, "407 Proxy Authentication Required", [
          'Proxy-Authenticate: Digest realm="example.net", nonce="n", qop="auth", algorithm=SHA-256',
        ]);
        invite = await core.next("INVITE");
      }
      const given = proof(header(invite, "Proxy-Authorization") ?? "", password, "sip:ann@example.net");
      core.respond(invite, "200 OK", [contact, `${name}: ${given}`]);
      await core.next("ACK");
      const result = await sent.result;
      expect([result.accepted, result.response.status]).toEqual(password === "secret" ? [true, 200] : [false, 401]);
      if (result.accepted) result.session.bye();
      core.respond(await core.next("BYE sip:ann@127"), "200 OK");
    }
    expect(account.userAgent.dialogs.size).toBe(0);
  });

  it("an answer in a session with a wrong proof ends the session", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register();
    await state("registered");
    const sent = account.userAgent.invite({ uri: "sip:ann@example.net" });
    core.respond(await core.next("INVITE"), "200 OK", ["Contact: <sip:ann@127.0.0.1;transport=tcp>"]);
    const result = await sent.result;
    if (!result.accepted) throw new Error("not accepted");
    const updated = result.session.update();
    core.respond(await core.next("UPDATE"), "401 Unauthorized", [sha("1")]);
    const again = await core.next("UPDATE");
    const wrong = proof(header(again, "Authorization") ?? "", "guessed");
    core.respond(again, "200 OK", [`Authentication-Info: ${wrong}`, "Contact: <sip:ann@127.0.0.1;transport=tcp>"]);
    expect((await updated).status).toBe(401);
    await core.next("BYE");
    expect(result.session.ended).toBe(true);
  });

  it("auth-int covers the body, where the server wants nothing less", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register();
    await state("registered");
    const body = { contentType: "text/plain", content: "héllo" };
    const answer = account.userAgent.request({ method: "MESSAGE", uri: "sip:ann@example.net", body });
    core.respond(await core.next("MESSAGE"), "407 Proxy Authentication Required", [
      'Proxy-Authenticate: Digest realm="example.net", nonce="n", qop="auth-int", algorithm=SHA-256-sess',
    ]);
    const signed = await core.next("MESSAGE");
    const given = header(signed, "Proxy-Authorization");
    const cnonce = parameter(given, "cnonce");
    const ha1 = sha256(`${sha256("bob:example.net:secret")}:n:${cnonce}`);
    const ha2 = sha256(`MESSAGE:sip:ann@example.net:${sha256("héllo")}`);
    expect(parameter(given, "response")).toBe(sha256(`${ha1}:n:00000001:${cnonce}:auth-int:${ha2}`));
    core.respond(signed, "200 OK");
    expect((await answer).status).toBe(200);
  });

  it("a re-INVITE and its ACK carry credentials for their own address", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register();
    await state("registered");
    const sent = account.userAgent.invite({ uri: "sip:ann@example.net" });
    core.respond(await core.next("INVITE"), "407 Proxy Authentication Required", [
      'Proxy-Authenticate: Digest realm="example.net", nonce="n", qop="auth"',
    ]);
    const signed = await core.next("INVITE");
    core.respond(signed, "200 OK", ["Contact: <sip:ann@127.0.0.1;transport=tcp>"]);
    const ack = await core.next(/^ACK sip:ann@127/);
    expect(header(ack, "Proxy-Authorization")).toBe(header(signed, "Proxy-Authorization"));
    const result = await sent.result;
    if (!result.accepted) throw new Error("not accepted");
    const again = result.session.reinvite(() => ({ contentType: "text/plain", content: "" }));
    const second = await core.next("INVITE sip:ann@127");
    expect(parameter(header(second, "Proxy-Authorization"), "uri")).toBe("sip:ann@127.0.0.1;transport=tcp");
    core.respond(second, "488 Not Acceptable Here");
    expect((await again).status).toBe(488);
  });

  it("gives the hash of its user name where the server takes that (RFC 7616 §3.4.4), and the same response", async () => {
    await using core = await RawCore.listen();
    const { account } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [sha("1", ", userhash=true")]);
    const given = header(await core.next("REGISTER"), "Authorization");
    expect(given).toMatch(/userhash=true/);
    expect(parameter(given, "username")).toBe(sha256("bob:example.net"));
    const [nc, cnonce] = [parameter(given, "nc"), parameter(given, "cnonce")];
    const ha2 = sha256("REGISTER:sip:example.net");
    const response = sha256(`${sha256("bob:example.net:secret")}:1:${nc}:${cnonce}:auth:${ha2}`);
    expect(parameter(given, "response")).toBe(response);
  });

  it("refuses to sign in with less than the account allows", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, minAlgorithm: "SHA-256" });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("1", ", algorithm=MD5")]);
    expect((await state("rejected")).reason?.code).toBe("INLET_AUTH_TOO_WEAK");
    expect(registers(core)).toHaveLength(1);
  });
});

/** 3GPP TS 35.208 §4.3, test set 1. */
const SIM = { k: "465b5ce8b199b49faa5f0a2ee238a6bc", opc: "cd63cb71954a9f4e48a5994e37a02baf" };
const RES = "a54211d5e3ba50bf";
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const RAND = "23553cbe9637a89d218ae64dae47bf35";
/** What that SIM's network puts beside RAND for sequence number ff9bb4d0b607, and for the next of its series. */
const AUTN = "55f328b43577b9b94a9ffac354dfafb3";
const NEXT_AUTN = "55f328b43557b9b9bd3ec61a69aa80ed";
/** Made by somebody who does not know K. */
const WRONG_AUTN = AUTN.replace(/.$/, "0");

const akaChallenge = (autn: string): string =>
  `WWW-Authenticate: Digest realm="example.net", nonce="${Buffer.from(RAND + autn, "hex").toString("base64")}", algorithm=AKAv1-MD5, qop="auth"`;

describe("an account with a SIM (RFC 3310)", () => {
  const aka = { aka: SIM, user: "bob@private.example.net" };

  it("names itself at once, and signs in with what the SIM makes of the challenge", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...aka });
    account.start();
    const first = await core.next("REGISTER");
    expect(header(first, "Authorization")).toBe(
      'Digest username="bob@private.example.net", realm="example.net", nonce="", uri="sip:example.net", response=""',
    );
    core.respond(first, "401 Unauthorized", [akaChallenge(AUTN)]);
    const answer = await core.next("REGISTER");
    const given = header(answer, "Authorization");
    const md5 = (...pieces: (string | Uint8Array)[]): string =>
      pieces.reduce((hash, piece) => hash.update(piece), createHash("md5")).digest("hex");
    const [n, nc, cnonce] = ["nonce", "nc", "cnonce"].map((name) => parameter(given, name));
    const ha1 = md5("bob@private.example.net:example.net:", hex(RES));
    expect(parameter(given, "response")).toBe(
      md5(`${ha1}:${n}:${nc}:${cnonce}:auth:${md5("REGISTER:sip:example.net")}`),
    );
    core.respond(answer, "200 OK", [granted(answer)]);
    await state("registered");
    expect(header(await core.next("REGISTER"), "Authorization")).toMatch(/nc=00000002/);
  });

  it("answers a network that does not know its key with an empty response, and leaves it at the second time", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...aka });
    account.start();
    for (let i = 0; i < 3; i++) {
      core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(WRONG_AUTN)]);
    }
    expect((await state("rejected")).reason?.code).toBe("INLET_AUTH_SERVER_UNPROVEN");
    expect(registers(core)).toHaveLength(3);
    for (const register of registers(core)) {
      expect(header(register, "Authorization")).toMatch(/response=""/);
      expect(header(register, "Authorization")).not.toMatch(/auts|qop/);
    }
  });

  it("answers an old challenge with auts, and the one that follows with its response", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...aka, aka: { ...SIM, sqn: "ff9bb4d0b607" } });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(AUTN)]);
    const resync = await core.next("REGISTER");
    expect(Buffer.from(parameter(header(resync, "Authorization"), "auts"), "base64")).toHaveLength(14);
    core.respond(resync, "401 Unauthorized", [akaChallenge(NEXT_AUTN)]);
    const answer = await core.next("REGISTER");
    expect(header(answer, "Authorization")).toMatch(/response="[0-9a-f]{32}"/);
    expect(header(answer, "Authorization")).not.toMatch(/auts/);
    core.respond(answer, "200 OK", [granted(answer)]);
    await state("registered");
  });

  it("what the SIM has taken is told, so that an old challenge stays old over a restart", async () => {
    await using core = await RawCore.listen();
    let kept = "000000000000";
    const taken = (sqn: string): void => {
      kept = sqn;
    };
    const start = () => watch({ registrar: core.uri, ...aka, aka: { ...SIM, sqn: kept, taken } });
    const first = start();
    first.account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(AUTN)]);
    expect(header(await core.next("REGISTER"), "Authorization")).not.toMatch(/auts/);
    expect(kept).toBe("ff9bb4d0b607");
    first.account.dispose();
    start().account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(AUTN)]);
    expect(header(await core.next("REGISTER"), "Authorization")).toMatch(/auts=/);
  });

  it("R11: neither the keys nor what is made of them is in a log, an error, a view or on the wire", async () => {
    await using core = await RawCore.listen();
    const traced: string[] = [];
    const { account, state, views, logged } = watch(
      { registrar: core.uri, ...aka, password: "correct horse" },
      undefined,
      {
        trace: () => (message) =>
          void traced.push(JSON.stringify(message), Buffer.from(message.head).toString("latin1")),
      },
    );
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(AUTN)]);
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [akaChallenge(WRONG_AUTN)]);
    await state("rejected");
    const everything = [...logged, ...traced, ...core.received, JSON.stringify(views)].join("\n");
    expect(traced.length).toBeGreaterThan(0);
    for (const secret of [SIM.k, SIM.opc, RES, "b40ba9a3c58b2a05bbf0d987b21bf8cb", "correct horse"]) {
      for (const form of [
        secret,
        Buffer.from(secret, "hex").toString("base64"),
        Buffer.from(secret, "hex").toString("latin1"),
      ]) {
        if (form !== "") expect(everything.toLowerCase()).not.toContain(form.toLowerCase());
      }
    }
  });
});
