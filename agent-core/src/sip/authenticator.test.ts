import { expect, it } from "vitest";
import { LIMITS } from "../kernel/index.ts";
import { parseMessage, type SipRequest } from "../wire/sip/index.ts";
import { Authenticator } from "./authenticator.ts";
import { makeResponse } from "./response.ts";

it("sipRealms: a core that names ever-new realms fills neither the memory nor the requests", () => {
  const authenticator = new Authenticator({ user: "bob", password: "secret" }, "example.net");
  const text =
    "MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE";
  const request = parseMessage(Buffer.from(text)) as SipRequest;
  for (let realm = 0; realm < 3 * LIMITS.sipRealms; realm++) {
    const value = `Digest realm="r${realm}", nonce="n", qop="auth"`;
    const response = makeResponse(request, 401, "t", { headers: [{ name: "www-authenticate", value }] });
    expect(authenticator.challenged(response, new Map())).toBe("retry");
  }
  const { headers } = authenticator.sign(request);
  expect(headers).toHaveLength(LIMITS.sipRealms);
  expect(headers.at(-1)?.value).toContain(`realm="r${3 * LIMITS.sipRealms - 1}"`);
});
