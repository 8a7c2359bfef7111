/** Accounts against a core written by hand that misbehaves in every way the standards and the attack list know. */
import { afterEach, describe, expect, it } from "vitest";
import { InletError } from "../kernel/index.ts";
import { header, headers, RawCore } from "../testing/index.ts";
import { disposeAccounts, nonce, watch } from "./testing.ts";

afterEach(disposeAccounts);

describe("an account", () => {
  it("registers with its feature tags, refreshes before the end, and unregisters at its stop", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    const first = await core.register(40);
    expect(first).toMatch(/^REGISTER sip:example\.net SIP\/2\.0\r\n/);
    expect(header(first, "Contact")).toMatch(
      /^<sip:[^@]+@127\.0\.0\.1:\d+;transport=tcp>;\+g\.oma\.lcsi\.sip-push;\+sip\.instance="<urn:uuid:/,
    );
    expect(header(first, "Allow")).toBe("INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, NOTIFY, OPTIONS");
    await state("registered");
    const refresh = await core.next("REGISTER");
    expect(header(refresh, "Call-ID")).toBe(header(first, "Call-ID"));
    expect(header(refresh, "CSeq")).toBe("2 REGISTER");
    core.respond(refresh, "200 OK", [`Contact: ${header(refresh, "Contact")};expires=3600`]);
    await state("registered");
    const stopped = account.stop();
    const last = await core.next("REGISTER");
    expect(header(last, "Expires")).toBe("0");
    core.respond(last, "200 OK");
    await stopped;
    await core.disconnected();
  });

  it("answers the strongest of several challenges, and uses the nonce again with its count", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    const challenged = await core.next("REGISTER");
    expect(header(challenged, "Authorization")).toBeUndefined();
    core.respond(challenged, "401 Unauthorized", [
      nonce("n-md5", ", algorithm=MD5"),
      nonce("n-sha", ", algorithm=SHA-256"),
      nonce("n-x", ", algorithm=UNKNOWN"),
    ]);
    const answered = await core.next("REGISTER");
    expect(header(answered, "Authorization")).toMatch(
      /nonce="n-sha".*response="[0-9a-f]{64}".*algorithm=SHA-256.*nc=00000001/,
    );
    core.respond(answered, "200 OK", [`Contact: ${header(answered, "Contact")};expires=40`]);
    await state("registered");
    expect(header(await core.next("REGISTER"), "Authorization")).toMatch(/nonce="n-sha".*nc=00000002/);
  });

  it("S17: ever-new nonces are answered once, then it says that the password was refused", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    for (const n of ["1", "2"]) core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce(n)]);
    expect(await state("rejected")).toMatchObject({ reason: { code: "INLET_AUTH_REJECTED" } });
    await core.disconnected();
    expect(core.received.filter((m) => m.startsWith("REGISTER"))).toHaveLength(2);
  });

  it("S17: a stale nonce is answered anew, once; the password is not to blame, and it is tried again later", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("1")]);
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("2", ", stale=true")]);
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("3", ", stale=true")]);
    expect(await state("lost")).toMatchObject({ reason: { code: "INLET_REGISTRATION_REJECTED" } });
    expect(core.received.filter((m) => m.startsWith("REGISTER"))).toHaveLength(3);
    await core.register();
    await state("registered");
  });

  it.each([
    ["an unknown algorithm", [nonce("1", ", algorithm=ROT13")], "INLET_AUTH_UNSUPPORTED"],
    ["another scheme", ['WWW-Authenticate: Bearer realm="x"'], "INLET_AUTH_UNSUPPORTED"],
    ["no challenge", [], "INLET_AUTH_UNSUPPORTED"],
    ["a challenge that cannot be read", ['WWW-Authenticate: Digest realm="x, nonce=1'], "INLET_AUTH_UNSUPPORTED"],
  ])("S17: %s ends in a clear error", async (_, lines, code) => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", lines);
    expect(await state("rejected")).toMatchObject({ reason: { code } });
  });

  it("S17: without qop the old form of the response is given", async () => {
    await using core = await RawCore.listen();
    const { account } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [
      'WWW-Authenticate: Digest realm="example.net", nonce="1", opaque="o"',
    ]);
    const answer = header(await core.next("REGISTER"), "Authorization") ?? "";
    expect(answer).not.toMatch(/qop|nc=/);
    expect(answer).toMatch(/opaque="o"/);
  });

  it("423 is obeyed", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    core.respond(await core.next("REGISTER"), "423 Interval Too Brief", ["Min-Expires: 7200"]);
    const second = await core.next("REGISTER");
    expect(header(second, "Expires")).toBe("7200");
    core.respond(second, "200 OK", [`Contact: ${header(second, "Contact")};expires=7200`]);
    await state("registered");
  });

  it.each(["1000000000", "abc", "0", ""])(
    "S19: 503 with Retry-After %j is tried again, or waited for within bounds",
    async (value) => {
      await using core = await RawCore.listen();
      const { account, state } = watch({ registrar: core.uri });
      account.start();
      core.respond(
        await core.next("REGISTER"),
        "503 Service Unavailable",
        value === "" ? [] : [`Retry-After: ${value}`],
      );
      const lost = await state("lost");
      expect(lost.reason?.code).toBe("INLET_REGISTRATION_REJECTED");
      expect(Date.parse(lost.retryAt ?? "") - Date.now()).toBeLessThanOrEqual(1.1 * 3_600_000);
      account.reconnect();
      await core.register();
      await state("registered");
    },
  );

  it("a 200 without Contact, with a Contact without expires, or with another port is a registration", async () => {
    for (const contact of [
      [],
      ["Contact: <sip:someone@else>;expires=5"],
      ["Contact: $same"],
      ["Contact: <$uri:1>;expires=60"],
    ]) {
      await using core = await RawCore.listen();
      const { account, state } = watch({ registrar: core.uri });
      account.start();
      const request = await core.next("REGISTER");
      const own = header(request, "Contact") ?? "";
      const uri = /<(sip:[^:]+@[^:]+):/.exec(own)?.[1] ?? "";
      core.respond(request, "200 OK", [
        ...contact.map((line) => line.replace("$same", own).replace("$uri", uri)),
        "Expires: 600",
      ]);
      const view = await state("registered");
      const left = (Date.parse(view.expiresAt ?? "") - Date.now()) / 1000;
      expect(left).toBeGreaterThan(contact[0]?.includes("$uri") ? 50 : 590);
      account.dispose();
    }
  });

  it("T4: a cut connection is found at once, and the registration stands again on the next", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.register();
    await state("registered");
    core.cut();
    expect(await state("lost")).toMatchObject({ reason: { code: "INLET_SIP_CONNECTION_LOST" } });
    await core.register();
    await state("registered");
    expect(core.connections).toBe(2);
  });

  it("T9: a server that answers something else than SIP is left, with a reason, and tried again", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri });
    account.start();
    await core.next("REGISTER");
    core.send("HTTP/1.1 302 Found\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n");
    expect((await state("lost")).reason?.code).toBe("INLET_SIP_OTHER_PROTOCOL");
    await core.register();
    await state("registered");
  });

  it("nobody listening is told as such, and tried until somebody does", async () => {
    const first = await RawCore.listen();
    const { port, uri } = first;
    await first[Symbol.asyncDispose]();
    const { account, state } = watch({ registrar: uri });
    account.start();
    expect((await state("lost")).reason?.code).toBe("INLET_SIP_CONNECTION_FAILED");
    await using core = await RawCore.listen(port);
    await core.register();
    await state("registered");
  });

  it("a stop in any state ends at once", async () => {
    await using core = await RawCore.listen();
    for (const prepare of ["idle", "connecting", "registering", "rejected"]) {
      const { account, state } = watch({ registrar: core.uri });
      if (prepare !== "idle") account.start();
      if (prepare === "registering") await core.next("REGISTER");
      if (prepare === "rejected") {
        core.respond(await core.next("REGISTER"), "403 Forbidden");
        await state("rejected");
      }
      await account.stop();
      expect(account.view.state).toBe("unregistered");
    }
    await core.disconnected();
  });

  it("a setting that cannot be used is refused before anything is opened", () => {
    expect(() => watch({ registrar: "sip:127.0.0.1;transport=sctp" })).toThrow(InletError);
    expect(() => watch({ registrar: "127.0.0.1" })).toThrow(InletError);
    expect(() => watch({ registrar: "sip:h", aor: "bob" })).toThrow(InletError);
  });

  it("R11: the password is in nothing that is sent", async () => {
    await using core = await RawCore.listen();
    const { account, state } = watch({ registrar: core.uri, password: "correct horse" });
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("1")]);
    await core.register();
    await state("registered");
    expect(core.received.join("")).not.toContain("correct horse");
    expect(headers(core.received.join(""), "Authorization")).toHaveLength(1);
  });
});
