import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { type IncomingInvite, openFlow } from "@inlet/agent-core/sip";
import { headerValue, headerValues, SipFramer, type SipMessage } from "@inlet/agent-core/wire/sip";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConnectedAgent, connectAgent } from "./connected-agent.ts";
import type { Provider } from "./provider.ts";
import { ANN, BOB, openSockets, startTestProvider } from "./testing.ts";

let before: number;
let provider: Provider;
const raw: Raw[] = [];
const agents: ConnectedAgent[] = [];

/** A client written out by hand. */
class Raw {
  readonly socket: Socket;
  readonly #framer = new SipFramer();
  readonly #messages: SipMessage[] = [];
  #wake = (): void => undefined;

  constructor(address: string) {
    const [host = "", port = ""] = address.split(":");
    this.socket = connect({ host, port: Number(port) });
    this.socket.on("data", (bytes) => {
      for (const framed of this.#framer.push(bytes)) if (framed.kind === "message") this.#messages.push(framed.message);
      this.#wake();
    });
    raw.push(this);
  }

  send(start: string, ...headers: string[]): void {
    const method = start.split(" ")[0] ?? "";
    const lines = [`${start} SIP/2.0`, ...defaults(method, headers), ...headers, "Content-Length: 0", "", ""];
    this.socket.write(lines.join("\r\n"));
  }

  async next(): Promise<SipMessage> {
    while (this.#messages.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const [message] = this.#messages.splice(0, 1);
    if (message === undefined) throw new Error("unreachable");
    return message;
  }

  async answer(start: string, ...headers: string[]): Promise<string> {
    this.send(start, ...headers);
    const message = await this.next();
    return message.kind === "response" ? `${message.status}` : message.method;
  }
}

let sequence = 0;
function defaults(method: string, given: readonly string[]): string[] {
  const lines = [
    `Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${sequence++}`,
    "Max-Forwards: 70",
    "From: <sip:ann@example.net>;tag=1",
    "To: <sip:bob@example.net>",
    "Call-ID: raw",
    `CSeq: 1 ${method}`,
  ];
  const names = new Set(given.map((line) => line.split(":")[0]));
  return lines.filter((line) => !names.has(line.split(":")[0]));
}

const agent = async (user: typeof BOB, handlers = {}): Promise<ConnectedAgent> => {
  const options = { ...user, registrar: provider.registrar, handlers, log: silentLog, clock: systemClock };
  const connected = await connectAgent(options);
  agents.push(connected);
  return connected;
};

const register = async (user: typeof BOB, handlers = {}): Promise<ConnectedAgent> => {
  const connected = await agent(user, handlers);
  const { status } = await connected.userAgent.request({
    method: "REGISTER",
    uri: "sip:example.net",
    headers: [{ name: "contact", value: connected.userAgent.contact }],
  });
  expect(status).toBe(200);
  return connected;
};

beforeEach(async () => {
  before = await openSockets();
  provider = await startTestProvider();
});

afterEach(async () => {
  for (const { socket } of raw.splice(0)) socket.destroy();
  for (const connected of agents.splice(0)) connected[Symbol.dispose]();
  await provider.stop();
  expect(await openSockets()).toBe(before);
});

describe("the server", () => {
  it("tells what it is, and what it does not do", async () => {
    const client = new Raw(provider.address);
    client.send("OPTIONS sip:example.net", "To: <sip:example.net>");
    const answer = await client.next();
    expect(headerValues(answer, "allow")).toContain("REFER");
    expect(headerValue(answer, "allow-events")).toBe("dcd-channels");
    expect(await client.answer(`OPTIONS sip:${provider.address}`, "Max-Forwards: 0")).toBe("200");
    expect(await client.answer("MESSAGE sip:example.net")).toBe("405");
  });

  it("challenges who has not signed in, whatever is asked, and takes the ACK to that itself", async () => {
    await register(BOB, { requests: { ACK: () => expect.unreachable() } });
    const client = new Raw(provider.address);
    client.send("INVITE sip:bob@example.net", "Contact: <sip:ann@127.0.0.1:9>");
    const challenge = await client.next();
    expect(challenge).toMatchObject({ kind: "response", status: 407 });
    expect(headerValues(challenge, "proxy-authenticate")).toHaveLength(2);
    client.send("ACK sip:bob@example.net", `To: ${headerValue(challenge, "to")}`);
    expect(await client.answer("MESSAGE sip:bob@example.net")).toBe("407");
    expect(await client.answer("MESSAGE sip:nobody@example.net")).toBe("407");
    expect(await client.answer("CANCEL sip:bob@example.net")).toBe("481");
    expect(await client.answer("BYE sip:bob@example.net", "To: <sip:bob@example.net>;tag=x")).toBe("407");
    expect(await client.answer("MESSAGE sip:bob@example.net", "Max-Forwards: 0")).toBe("483");
    expect(await client.answer("MESSAGE sip:bob@example.net", "Proxy-Require: magic")).toBe("420");
    expect(await client.answer("MESSAGE sip:bob@example.net", "Max-Forwards: many")).toBe("400");
  });

  it("hands on what a signed-in user sends, as theirs, and nothing in another's name", async () => {
    const got: string[] = [];
    await register(BOB, {
      requests: {
        MESSAGE: (request: { request: SipMessage; respond(status: number): void }) => {
          got.push(headerValue(request.request, "p-asserted-identity") ?? "");
          request.respond(200);
        },
      },
    });
    const ann = await agent(ANN);
    const send = (uri: string, from?: { uri: string }) =>
      ann.userAgent.request({ method: "MESSAGE", uri, to: uri, ...(from && { from }) });
    expect((await send(BOB.aor)).status).toBe(200);
    expect(got).toEqual([`<${ANN.aor}>`]);
    expect((await send(BOB.aor, { uri: BOB.aor })).status).toBe(403);
    expect((await send(BOB.aor, { uri: "sip:channel.news@example.net" })).status).toBe(403);
    expect((await send(BOB.aor, { uri: "sip:ann@elsewhere.example" })).status).toBe(403);
    expect((await send("sip:nobody@example.net")).status).toBe(404);
    expect((await send(ANN.aor)).status).toBe(480);
    expect((await send("sip:somebody@elsewhere.example")).status).toBe(404);
  });

  it("does not let a service password be guessed into another's name", async () => {
    const stranger = await agent({ aor: "sip:inlet-service@example.net", name: "inlet-service", password: "guessed" });
    const answer = await stranger.userAgent.request({ method: "MESSAGE", uri: BOB.aor, to: BOB.aor });
    expect(answer.status).toBe(407);
  });

  it("finds the other end of a dialog after one end came back on a new connection", async () => {
    const ended = Promise.withResolvers<string>();
    await register(BOB, {
      invite: (invite: IncomingInvite) =>
        invite.accept({ contentType: "application/sdp", content: "yes" }, {}, { ended: (how) => ended.resolve(how) }),
    });
    const ann = await register(ANN);
    const { userAgent } = ann;
    const { result } = userAgent.invite({
      uri: BOB.aor,
      to: BOB.aor,
      body: { contentType: "application/sdp", content: "?" },
    });
    const answer = await result;
    if (!answer.accepted) throw new Error(`${answer.response.status}`);

    const [host = "", port = ""] = provider.address.split(":");
    const options = { log: silentLog, clock: systemClock };
    const connection = await openFlow({ protocol: "TCP", host, port: Number(port), timeout: 5_000 }, options);
    try {
      connection.start({ message: (message) => userAgent.receive(message), closed: () => undefined }, false);
      userAgent.connection = connection;
      const headers = [{ name: "contact", value: userAgent.contact }];
      expect((await userAgent.request({ method: "REGISTER", uri: "sip:example.net", headers })).status).toBe(200);
      answer.session.bye();
      expect(await ended.promise).toBe("bye");
    } finally {
      connection.close();
    }
  });

  it("closes a connection that breaks the framing, and only that", async () => {
    const bob = await register(BOB);
    const client = new Raw(provider.address);
    client.socket.write(`${"x".repeat(70_000)}\r\n\r\n`);
    await once(client.socket, "close");
    const { status } = await bob.userAgent.request({ method: "MESSAGE", uri: ANN.aor, to: ANN.aor });
    expect(status).toBe(480);
  });

  it("answers a damaged request and goes on with the connection", async () => {
    const client = new Raw(provider.address);
    expect(await client.answer("MESSAGE sip:bob@example.net", "Route: <sip:unclosed")).toMatch(/400|407/);
    expect(await client.answer("MESSAGE mailto:bob@example.net")).toMatch(/407|416/);
    expect(await client.answer("REGISTER sip:example.net", "Contact: <sip:")).toMatch(/400|401/);
    expect(await client.answer("OPTIONS sip:example.net")).toBe("200");
  });

  it("drops responses that nobody waits for", async () => {
    const client = new Raw(provider.address);
    const vias = [`Via: SIP/2.0/TCP ${provider.address};branch=z9hG4bKx;inlet-flow=abc`, "Via: SIP/2.0/TCP a.invalid"];
    const rest = ["From: <sip:a@b>;tag=1", "To: <sip:b@b>;tag=2", "Call-ID: 1", "CSeq: 1 INVITE"];
    client.socket.write([`SIP/2.0 200 OK`, ...vias, ...rest, "Content-Length: 0", "", ""].join("\r\n"));
    expect(await client.answer("OPTIONS sip:example.net")).toBe("200");
  });

  it("says that its address is taken, and which setup makes no sense", async () => {
    const [host = "", port = ""] = provider.address.split(":");
    const taken = startTestProvider({ listen: { host, port: Number(port) } });
    await expect(taken).rejects.toMatchObject({ code: "INLET_PROVIDER_ADDRESS" });
    const users = [BOB, { ...ANN, name: "bob" }];
    await expect(startTestProvider({ users })).rejects.toMatchObject({ code: "INLET_PROVIDER_SETUP" });
    const channels = [{ id: "a b", name: "x" }];
    await expect(startTestProvider({ channels })).rejects.toMatchObject({ code: "INLET_PROVIDER_SETUP" });
  });
});
