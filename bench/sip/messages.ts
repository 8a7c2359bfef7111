/** What a peer sends: ordinary requests, and heads made to cost as much as they can. */

export const inviteText = (n: number, uri = "sip:bob@127.0.0.1:5070;transport=tcp"): string => {
  const sdp = [
    ...["v=0", "o=anna 2890844526 2890844526 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
    ...["m=message 7654 TCP/MSRP *", "a=sendonly", "a=accept-types:*", "a=path:msrp://127.0.0.1:7654/jshA7we;tcp"],
    'a=file-selector:name:"picture.jpg" type:image/jpeg size:4092 hash:sha-1:72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E',
    ...[`a=file-transfer-id:${n}`, "a=file-disposition:attachment", ""],
  ].join("\r\n");
  return request("INVITE", n, uri, ["Contact: <sip:anna@127.0.0.1:5060>", "Content-Type: application/sdp"], sdp);
};

export const messageText = (n: number, uri: string): string =>
  request("MESSAGE", n, uri, ["Content-Type: text/plain"], `Message ${n}: the weather stays as it is.`);

function request(method: string, n: number, uri: string, lines: readonly string[], body: string): string {
  const id = `${method}-${n}-${"x".repeat(20)}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-${id}`,
    "Via: SIP/2.0/TCP 192.0.2.10:40001;branch=z9hG4bKnashds8;received=192.0.2.10",
    "Record-Route: <sip:127.0.0.1:5060;transport=tcp;lr>",
    "Max-Forwards: 69",
    'From: "Anna Example" <sip:anna@example.net>;tag=1928301774',
    "To: <sip:bob@example.net>",
    `Call-ID: ${id}@192.0.2.10`,
    `CSeq: 314159 ${method}`,
    "P-Asserted-Identity: <sip:anna@example.net>",
    'Accept-Contact: *;+g.oma.lcsi.sip-push="news"',
    "Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, NOTIFY, OPTIONS",
    "User-Agent: Bench/1.0",
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

const SIZE = 64 * 1024;

/** Streams of 64 KB, by what is repeated in them. */
export const hostileHeads = (): readonly (readonly [string, Buffer])[] => {
  const start = "INVITE sip:bob@example.net SIP/2.0\r\n";
  const rest = "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
  const filled = (field: string, piece: string): Buffer => {
    const room = SIZE - start.length - rest.length - field.length - 2;
    return Buffer.from(`${start}${field}${piece.repeat(Math.floor(room / piece.length))}\r\n${rest}`);
  };
  const via = "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx";
  return [
    ["one line", filled("X: ", "x")],
    ["commas", filled(`${via}, `, ",")],
    ["parameters", filled(via, ";a=b")],
    ["quotes", filled(`${via};a=`, '"')],
    ["backslashes", filled(`${via}\r\nContact: "`, "\\")],
    ["brackets", filled(`${via}\r\nContact: `, "<")],
    ["blanks", filled(`${via}\r\nSubject:`, " ")],
    ["folds", filled(`${via}\r\nSubject: x`, "\r\n x")],
    ["headers", filled(`${via}\r\nX: x`, "\r\nX: x")],
    ["credentials", filled(`${via}\r\nAuthorization: Digest `, 'a="\\"",')],
  ];
};
