/**
 * OpenSSL's own programs at the other end of encrypted MSRP: a TLS that is not Node's. `s_client` comes to us with a
 * certificate, `s_server` waits for us with one.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { type MessageSink, MsrpListener, makeIdentity } from "@inlet/agent-core/msrp";
import { type Certificates, makeCertificates, rawSend } from "@inlet/agent-core/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "./free-port.ts";

const missing = spawnSync("openssl", ["version"]).status !== 0;
if (missing) console.log("left out: encrypted MSRP with openssl (it is not installed)");

describe.skipIf(missing)("openssl as a peer over TLS", () => {
  let own: Certificates;
  let fingerprints: { readonly algorithm: string; readonly value: string }[];
  beforeAll(() => {
    own = makeCertificates();
    fingerprints = [{ algorithm: "sha-256", value: new X509Certificate(readFileSync(own.cert)).fingerprint256 }];
  });
  afterAll(() => own[Symbol.dispose]());
  const from = "msrps://127.0.0.1:9/openssl;tcp";

  function run(
    ...args: readonly string[]
  ): ChildProcessWithoutNullStreams & { readonly said: (wanted: RegExp) => Promise<string> } {
    const child = spawn("openssl", args);
    onTestFinished(() => void child.kill("SIGKILL"));
    let text = "";
    const said = async (wanted: RegExp): Promise<string> => {
      while (!wanted.test(text)) {
        const [data] = await once(child.stdout, "data");
        text += `${data}`;
      }
      return text;
    };
    child.stdin.on("error", () => undefined);
    return Object.assign(child, { said });
  }

  async function listening(): Promise<MsrpListener> {
    const identity = makeIdentity(Date.now());
    const listener = await MsrpListener.listen({
      host: "127.0.0.1",
      port: 0,
      clock: systemClock,
      log: silentLog,
      identity,
    });
    onTestFinished(() => listener.close());
    return listener;
  }

  function keeping(kept: Buffer[]): () => MessageSink {
    return () => ({
      write: (_, bytes) => void kept.push(Buffer.from(bytes)),
      complete: () => Promise.resolve(),
      abort: () => undefined,
    });
  }

  it.each([
    ["-tls1_2", "named", true],
    ["-tls1_3", "named", true],
    ["-tls1_3", "not named", false],
  ])("s_client %s sends to us, its certificate %s", async (version, _, proven) => {
    const listener = await listening();
    const kept: Buffer[] = [];
    const secure = { fingerprints: proven ? fingerprints : [] };
    const session = listener.expect({ acceptTypes: ["*"], secure, onMessage: keeping(kept) });
    const { path } = session;
    const shown = ["-cert", own.cert, "-key", own.key];
    const client = run("s_client", "-quiet", version, "-connect", `127.0.0.1:${listener.port}`, ...shown);
    client.stdin.write(rawSend({ to: path, from, content: "from openssl" }));
    expect(await client.said(/REPORT[\s\S]*\$\r?\n$/)).toMatch(/^MSRP raw1 200 OK/);
    expect(Buffer.concat(kept).toString()).toBe("from openssl");
    expect(session.proven).toBe(proven);
  });

  it("s_client with another certificate is refused", async () => {
    const listener = await listening();
    const secure = { fingerprints: [makeIdentity(Date.now()).fingerprint] };
    const kept: Buffer[] = [];
    const { path } = listener.expect({ acceptTypes: ["*"], secure, onMessage: keeping(kept) });
    const shown = ["-cert", own.cert, "-key", own.key];
    const client = run("s_client", "-quiet", "-connect", `127.0.0.1:${listener.port}`, ...shown);
    client.stdin.write(rawSend({ to: path, from, content: "from openssl" }));
    await client.said(/^MSRP raw1 403 /);
    expect(kept).toEqual([]);
  });

  it.each([
    ["named", true],
    ["not named", false],
  ])("s_server is connected to, its certificate %s, and is told which session it is", async (_, proven) => {
    const listener = await listening();
    const secure = { fingerprints: proven ? fingerprints : [] };
    const session = listener.expect({ acceptTypes: ["*"], secure, onMessage: keeping([]) });
    const port = await freePort();
    const server = run(
      "s_server",
      "-quiet",
      "-accept",
      `127.0.0.1:${port}`,
      "-cert",
      own.cert,
      "-key",
      own.key,
      "-Verify",
      "1",
    );
    const to = `msrps://127.0.0.1:${port}/waits;tcp`;
    let connected: Promise<void> | undefined;
    // It does not say when it listens.
    for (let i = 0; connected === undefined && i < 100; i++) {
      const attempt = session.connect([to]);
      const outcome = await Promise.race([
        attempt.then(
          () => "answered",
          (error: { code: string }) => error.code,
        ),
        server.said(/MSRP \S+ SEND[\s\S]*\$\r?\n/).then(() => "asked"),
      ]);
      if (outcome === "asked") connected = attempt;
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [, id, paths] = /MSRP (\S+) SEND\r?\nTo-Path: (\S+)/.exec(await server.said(/SEND/)) ?? [];
    expect(paths).toBe(to);
    server.stdin.write(`MSRP ${id} 200 OK\r\nTo-Path: ${session.path}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
    await connected;
    expect(session.proven).toBe(proven);
  });
});
