/** RFC 3329 against a core written by hand: what is offered, chosen, sent back, and refused. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { echo, header, headers, makeCertificates, RawCore } from "../testing/index.ts";
import { disposeAccounts, nonce, watch } from "./testing.ts";

afterEach(disposeAccounts);

const REQUIRED = "494 Security Agreement Required";
const both = { securityAgreement: ["tls", "digest"] } as const;
const digest = { securityAgreement: ["digest"] } as const;

describe("security agreement", () => {
  it("is not asked for unless it is wanted", async () => {
    await using core = await RawCore.listen();
    watch({ registrar: core.uri }).account.start();
    expect(await core.next("REGISTER")).not.toMatch(/sec-agree|^Security-/im);
  });

  it("S: the server's list goes back as it came, with every request from then on", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...digest });
    account.start();
    const first = await core.next("REGISTER");
    expect(header(first, "Security-Client")).toBe("digest;q=1.0");
    expect([header(first, "Require"), header(first, "Proxy-Require")]).toEqual(["sec-agree", "sec-agree"]);
    const lines = ["ipsec-3gpp; q=0.9;alg=hmac-sha-1-96, DIGEST;Q=0.2 ;d-alg=SHA-256", 'tls;q=0.1;x="a,b"'];
    core.respond(
      first,
      REQUIRED,
      lines.map((line) => `Security-Server: ${line}`),
    );
    const second = await core.next("REGISTER");
    expect(headers(second, "Security-Verify")).toEqual(lines);
    core.respond(second, "401 Unauthorized", [nonce("1", ", algorithm=SHA-256")]);
    const third = await core.next("REGISTER");
    expect(headers(third, "Security-Verify")).toEqual(lines);
    expect(header(third, "Authorization")).toMatch(/algorithm=SHA-256/);
    core.respond(third, "200 OK", [`Contact: ${header(third, "Contact")};expires=600`]);
    await state("registered");
    void account.userAgent.request({ method: "MESSAGE", uri: "sip:ann@example.net" });
    const message = await core.next("MESSAGE");
    expect(headers(message, "Security-Verify")).toEqual(lines);
    expect(header(message, "Proxy-Require")).toBe("sec-agree");
    core.respond(message, "200 OK");
  });

  it("a list beside a challenge, as IMS sends it, is taken too; so is a challenge in a 494", async () => {
    for (const status of ["401 Unauthorized", REQUIRED]) {
      await using core = await RawCore.listen();
      const { account } = watch({ registrar: core.uri, ...digest });
      account.start();
      core.respond(await core.next("REGISTER"), status, ["Security-Server: digest;q=0.5", nonce("1")]);
      const answer = await core.next("REGISTER");
      expect(header(answer, "Security-Verify")).toBe("digest;q=0.5");
      expect(header(answer, "Authorization")).toMatch(/nonce="1"/);
    }
  });

  it("a list that somebody weakened is found out by the server: its second 494 ends it, with a clear error", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...digest });
    account.start();
    core.respond(await core.next("REGISTER"), REQUIRED, ["Security-Server: digest;q=0.1"]);
    core.respond(await core.next("REGISTER"), REQUIRED, ["Security-Server: tls;q=0.9, digest;q=0.1"]);
    expect((await state("rejected")).reason?.code).toBe("INLET_SECURITY_AGREEMENT");
    expect(core.received.filter((message) => message.startsWith("REGISTER"))).toHaveLength(2);
  });

  it.each([
    ["nothing of ours", ["Security-Server: ipsec-ike;q=0.9"]],
    ["no list", []],
    ["a list that cannot be read", ['Security-Server: digest;x="']],
    ["a list without end", [`Security-Server: digest;x=${"x".repeat(3000)}`]],
    ["digest with an algorithm nobody knows", ["Security-Server: digest;d-alg=ROT13"]],
  ])("%s in a 494 is a clear error", async (_, lines) => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, ...digest });
    account.start();
    core.respond(await core.next("REGISTER"), REQUIRED, lines);
    expect((await state("rejected")).reason?.code).toBe("INLET_SECURITY_AGREEMENT");
  });

  it("TLS that was agreed on is opened before anything more is said", async () => {
    await using core = await RawCore.listen(0, "127.0.0.44");
    // Where a domain given as an address serves sips (RFC 3263 §4.2).
    const secure = createServer((socket) => socket.on("error", () => undefined)).listen(5061, "127.0.0.44");
    try {
      const { account } = watch({ registrar: core.uri, ...both });
      account.start();
      const first = await core.next("REGISTER");
      expect(header(first, "Security-Client")).toBe("tls;q=1.0, digest;q=0.9");
      const connected = once(secure, "connection");
      core.respond(first, REQUIRED, ["Security-Server: digest;q=0.1, tls;q=0.2"]);
      const [socket] = await connected;
      const [hello] = await once(socket, "data");
      // A TLS handshake record (RFC 8446 §5.1).
      expect((hello as Buffer)[0]).toBe(22);
      await core.disconnected();
      expect(core.received.filter((message) => message.startsWith("REGISTER"))).toHaveLength(1);
      socket.destroy();
    } finally {
      secure.close();
    }
  });

  it("over the TLS that was agreed on the account registers with the server's list, and stays there", async () => {
    await using core = await RawCore.listen(0, "127.0.0.45");
    using certificates = makeCertificates({ names: "IP:127.0.0.45" });
    const { key, cert, ca } = certificates;
    const heard: string[] = [];
    const secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        const request = data.toString("latin1");
        heard.push(request);
        const contact = `Contact: ${header(request, "Contact")};expires=600`;
        const lines = ["SIP/2.0 200 OK", ...echo(request), contact, "Content-Length: 0", "", ""];
        socket.write(lines.join("\r\n"));
      });
    }).listen(5061, "127.0.0.45");
    try {
      const tls = { ca: readFileSync(ca, "utf8") };
      const { account, state } = watch({ registrar: core.uri, ...both, tls });
      account.start();
      const list = "tls;q=0.2, digest;q=0.1";
      core.respond(await core.next("REGISTER"), REQUIRED, [`Security-Server: ${list}`]);
      await state("registered");
      expect(headers(heard[0] ?? "", "Security-Verify")).toEqual([list]);
      expect(header(heard[0] ?? "", "Via")).toMatch(/^SIP\/2\.0\/TLS /);
      expect(account.userAgent.contactUri).toMatch(/;transport=tls$/);
      expect(core.received.filter((message) => message.startsWith("REGISTER"))).toHaveLength(1);
      account.dispose();
    } finally {
      secure.close();
    }
  });
});
