import { createHash } from "node:crypto";
import { ManualClock } from "@inlet/agent-core/kernel";
import type { SipConnection } from "@inlet/agent-core/sip";
import { type DigestChallenge, parseChallenges, parseMessage, type SipRequest } from "@inlet/agent-core/wire/sip";
import { beforeEach, describe, expect, it } from "vitest";
import { DigestGate, NONCE_LIFETIME } from "./digest-gate.ts";
import { Flow } from "./flow.ts";
import type { LocalAnswer } from "./local-response.ts";
import { MAX_EXPIRES, MIN_EXPIRES, Registrar } from "./registrar.ts";

const CONTACT = "<sip:x8@192.0.2.7:40000;transport=tcp>";
const URI = "sip:example.net";

let clock: ManualClock;
let registrar: Registrar;
let flow: Flow;
let registered: string[];

const newFlow = (): Flow => new Flow({} as SipConnection);

beforeEach(() => {
  clock = new ManualClock();
  registered = [];
  const users = new Map([
    ["bob", "builds it"],
    ["ann", "sends it"],
  ]);
  const gate = new DigestGate({ realm: "example.net", users, clock });
  registrar = new Registrar({ domain: "example.net", gate, clock, registered: (user) => registered.push(user) });
  flow = newFlow();
});

interface Register {
  readonly to?: string;
  readonly contact?: string;
  readonly headers?: readonly string[];
  readonly flow?: Flow;
}

function request({ to = "sip:bob@example.net", contact, headers = [] }: Register, more: readonly string[]): SipRequest {
  const lines = [
    `REGISTER ${URI} SIP/2.0`,
    "Via: SIP/2.0/TCP 192.0.2.7:40000;branch=z9hG4bK1",
    "Max-Forwards: 70",
    `From: <${to}>;tag=1`,
    `To: <${to}>`,
    "Call-ID: r1",
    "CSeq: 1 REGISTER",
    ...(contact === undefined ? [] : [`Contact: ${contact}`]),
    ...headers,
    ...more,
  ];
  const message = parseMessage(Buffer.from(lines.join("\r\n")));
  if (message.kind !== "request") throw new Error("not a request");
  return message;
}

const values = (answer: LocalAnswer, name: string): string[] =>
  (answer.headers ?? []).filter((header) => header.name === name).map(({ value }) => value);

const attempt = (register: Register, ...more: string[]): LocalAnswer =>
  registrar.register(request(register, more), register.flow ?? flow);

const challenges = (answer: LocalAnswer): DigestChallenge[] =>
  values(answer, "www-authenticate").flatMap(parseChallenges);

/** Credentials written out by the book (RFC 7616 §3.4.1), not by the code under test. */
function authorization(nonce: string, algorithm: "MD5" | "SHA-256", user: string, password: string, nc = 1): string {
  const hash = (text: string): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const ha1 = hash(`${user}:example.net:${password}`);
  const nonceCount = nc.toString(16).padStart(8, "0");
  const response = hash(`${ha1}:${nonce}:${nonceCount}:c1:auth:${hash(`REGISTER:${URI}`)}`);
  return `Authorization: Digest username="${user}", realm="example.net", nonce="${nonce}", uri="${URI}", response="${response}", algorithm=${algorithm}, cnonce="c1", qop=auth, nc=${nonceCount}`;
}

const nonceOf = (answer: LocalAnswer): string => challenges(answer)[0]?.nonce ?? "";

/** Challenge and answer. */
const register = (options: Register, user = "bob", password = "builds it"): LocalAnswer =>
  attempt(options, authorization(nonceOf(attempt(options)), "SHA-256", user, password));

describe("the registrar", () => {
  it("challenges with SHA-256 and MD5, in two headers, and takes either", () => {
    const challenged = attempt({ contact: CONTACT });
    expect(challenged.status).toBe(401);
    expect(challenges(challenged)).toMatchObject([
      { realm: "example.net", algorithm: "SHA-256", qop: ["auth"], stale: false },
      { realm: "example.net", algorithm: "MD5", qop: ["auth"], stale: false },
    ]);
    for (const algorithm of ["SHA-256", "MD5"] as const) {
      const nonce = nonceOf(attempt({ contact: CONTACT }));
      const line = authorization(nonce, algorithm, "bob", "builds it");
      expect(attempt({ contact: CONTACT }, line).status).toBe(200);
    }
    expect(flow.user).toBe("bob");
    expect(registrar.lookup("bob")?.flow).toBe(flow);
  });

  it("challenges again at a wrong password, without stale", () => {
    const answer = register({ contact: CONTACT }, "bob", "guessed");
    expect(answer.status).toBe(401);
    expect(challenges(answer)[0]?.stale).toBe(false);
    expect(flow.user).toBeUndefined();
    expect(registrar.lookup("bob")).toBeUndefined();
  });

  it("says stale for right credentials over an old nonce, one used twice, and one it never made", () => {
    const nonce = nonceOf(attempt({ contact: CONTACT }));
    const once = authorization(nonce, "MD5", "bob", "builds it", 2);
    expect(attempt({ contact: CONTACT }, once).status).toBe(200);
    const replayed = attempt({ contact: CONTACT }, once);
    expect([replayed.status, challenges(replayed)[0]?.stale]).toEqual([401, true]);
    expect(attempt({ contact: CONTACT }, authorization(nonce, "MD5", "bob", "builds it", 3)).status).toBe(200);
    const foreign = attempt({ contact: CONTACT }, authorization("1.abc.def", "MD5", "bob", "builds it"));
    expect(challenges(foreign)[0]?.stale).toBe(true);
    clock.advance(NONCE_LIFETIME);
    const old = attempt({ contact: CONTACT }, authorization(nonce, "MD5", "bob", "builds it", 4));
    expect([old.status, challenges(old)[0]?.stale]).toEqual([401, true]);
  });

  it.each([
    ["another scheme", "Authorization: Basic Ym9i"],
    ["damaged credentials", "Authorization: Digest username="],
    ["another realm", 'Authorization: Digest username="bob", realm="x", nonce="1", uri="sip:x", response="1"'],
    [
      "no qop",
      'Authorization: Digest username="bob", realm="example.net", nonce="1", uri="sip:example.net", response="1"',
    ],
  ])("challenges at %s", (_, line) => {
    expect(attempt({ contact: CONTACT }, line).status).toBe(401);
  });

  it("refuses an unknown user, and one user's registration of another", () => {
    expect(register({ to: "sip:eve@example.net", contact: CONTACT }, "eve", "x").status).toBe(403);
    expect(register({ contact: CONTACT }, "ann", "sends it").status).toBe(403);
    expect(attempt({ to: "sip:bob@example.com", contact: CONTACT }).status).toBe(404);
    expect(register({ contact: CONTACT }).status).toBe(200);
    // A connection belongs to whom it belonged first.
    expect(register({ to: "sip:ann@example.net", contact: CONTACT }, "ann", "sends it").status).toBe(403);
  });

  it("lists every binding with the time it has left", () => {
    expect(values(register({ contact: `${CONTACT};+g.x="<a>"`, headers: ["Expires: 100"] }), "contact")).toEqual([
      `${CONTACT};+g.x="<a>";expires=100`,
    ]);
    clock.advance(40_000);
    expect(values(register({}), "contact")).toEqual([`${CONTACT};+g.x="<a>";expires=60`]);
    const second = register({ contact: "<sip:x9@192.0.2.8>;expires=90" });
    expect(values(second, "contact").map((value) => value.slice(0, 8))).toEqual(["<sip:x8@", "<sip:x9@"]);
    expect(registrar.lookup("bob")?.contact.uri.user).toBe("x9");
    expect(registered).toEqual(["bob", "bob"]);
  });

  it("grants no more than it gives, and asks for more where too little is asked", () => {
    expect(values(register({ contact: CONTACT, headers: ["Expires: 99999999999"] }), "contact")).toEqual([
      `${CONTACT};expires=${MAX_EXPIRES}`,
    ]);
    const brief = register({ contact: CONTACT, headers: [`Expires: ${MIN_EXPIRES - 1}`] });
    expect([brief.status, values(brief, "min-expires")]).toEqual([423, [`${MIN_EXPIRES}`]]);
    expect(() => register({ contact: CONTACT, headers: ["Expires: soon"] })).toThrow(/expires/);
  });

  it("forgets a binding at expires 0, all of them at *, and what has expired or lost its connection", () => {
    register({ contact: CONTACT });
    expect(values(register({ contact: `${CONTACT};expires=0` }), "contact")).toEqual([]);
    register({ contact: `${CONTACT}, <sip:x9@192.0.2.8>` });
    expect(register({ contact: "*" }).status).toBe(400);
    expect(register({ contact: "*", headers: ["Expires: 0"] }).status).toBe(200);
    expect(registrar.lookup("bob")).toBeUndefined();
    register({ contact: CONTACT, headers: ["Expires: 60"] });
    clock.advance(60_000);
    expect(registrar.lookup("bob")).toBeUndefined();
    expect(
      registrar.byContact({ scheme: "sip", user: "x8", host: "192.0.2.7", parameters: new Map() }),
    ).toBeUndefined();
    register({ contact: CONTACT });
    registrar.drop(flow);
    expect(registrar.lookup("bob")).toBeUndefined();
  });

  it("refuses a Contact that is no SIP address", () => {
    expect(register({ contact: "<mailto:bob@example.net>" }).status).toBe(400);
  });

  it("keeps a bounded number of bindings for one user", () => {
    for (let i = 0; i < 40; i++) register({ contact: `<sip:d${i}@192.0.2.8>`, flow: newFlow() });
    expect(values(register({}), "contact")).toHaveLength(16);
  });
});
