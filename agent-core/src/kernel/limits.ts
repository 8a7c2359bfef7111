/**
 * Every bound on what a peer, a file or a UI can make Inlet use: one name, one default, one error each.
 * Sizes in octets, times in milliseconds.
 */
export const LIMITS = {
  /** One SIP start line or header line. INLET_SIP_LINE_TOO_LONG */
  sipLine: 16 * 1024,
  /** All header lines of one SIP message. INLET_SIP_HEADERS_TOO_LARGE */
  sipHeaders: 64 * 1024,
  /** Header fields of one SIP message. INLET_SIP_TOO_MANY_HEADERS */
  sipHeaderCount: 256,
  /** The body of one SIP message. INLET_SIP_BODY_TOO_LARGE */
  sipBody: 1024 * 1024,
  /** A request larger than this goes over TCP instead of UDP (RFC 3261 §18.1.1). */
  sipDatagram: 1300,
  /** Quiet time after which an incomplete SIP message ends its connection. INLET_SIP_TIMEOUT */
  sipMessageTimeout: 32_000,
  /** What may wait to be sent to a server that does not read, before its connection ends. INLET_SIP_TIMEOUT */
  sipUnsent: 4 * 1024 * 1024,
  /** SDP: size of one line, number of lines, number of m-lines. INLET_SDP_INVALID */
  sdpLine: 8 * 1024,
  sdpLines: 2_000,
  sdpMedia: 64,
  /** URIs of one MSRP path: the session's own and its relays. INLET_SDP_INVALID */
  msrpPathHops: 16,
  /** Parts of one multipart body. INLET_MULTIPART_INVALID */
  multipartParts: 128,
  /** Wrappers of a message's body inside each other; what is further inside stays as it came. */
  messageDepth: 8,
  /** Header block of one part of a multipart body. INLET_MULTIPART_INVALID */
  multipartHeaders: 16 * 1024,
  /** Header block of a message/cpim wrapper. INLET_CPIM_INVALID */
  cpimHeaders: 64 * 1024,
  /** A picture that stands beside an offered file; larger ones are left out (RFC 5547 §8.8). */
  fileIcon: 64 * 1024,
  /** XML documents: size, depth, attributes of one element. INLET_XML_INVALID */
  xmlBytes: 1024 * 1024,
  xmlDepth: 64,
  xmlAttributes: 64,
  /** Elements of one XML document. INLET_XML_INVALID */
  xmlElements: 50_000,
  /** Channels of one list. INLET_XML_INVALID */
  channels: 10_000,
  /** MSRP: header block of one chunk, its fields, its start line. INLET_MSRP_HEADERS_TOO_LARGE */
  msrpHeaders: 8 * 1024,
  msrpHeaderCount: 64,
  msrpStartLine: 512,
  /** Separate pieces that one message may stand in while it is received. INLET_MSRP_TOO_MANY_PIECES */
  msrpRanges: 1024,
  /** Unfinished messages of one MSRP session, and as many ended ones that are remembered. INLET_MSRP_TOO_MANY_PIECES */
  msrpMessages: 16,
  /** What a sender may go on sending after it was refused, before its connection is cut. INLET_MSRP_STOPPED */
  msrpDrain: 64 * 1024 * 1024,
  /** Wait for the first request on a new MSRP connection. INLET_MSRP_TIMEOUT */
  msrpFirstRequest: 30_000,
  /** Wait for the end of a TLS handshake on an MSRP connection. INLET_MSRP_TIMEOUT */
  msrpHandshake: 10_000,
  /** Wait for the response to an MSRP request (RFC 4975 §7.1.1). INLET_MSRP_TIMEOUT */
  msrpTransaction: 30_000,
  /** Quiet time on a transfer before it counts as stalled and ends. INLET_TRANSFER_STALLED */
  transferStall: 120_000,
  /** Connections to the MSRP listener at once; one that no session uses yet makes room. INLET_MSRP_TOO_MANY_CONNECTIONS */
  msrpConnections: 512,
  /** Those of one address that no session uses yet; the oldest makes room. INLET_MSRP_TOO_MANY_CONNECTIONS */
  msrpUnclaimed: 256,
  /** Requests that were refused and that nobody has acknowledged; beyond, the oldest is forgotten (RFC 3261 §8.2.7). */
  sipRefused: 128,
  /** Requests other than INVITE that were granted and may be repeated; beyond, the oldest is forgotten. */
  sipGranted: 8192,
  /** Offers that wait for a decision. 486 beyond. INLET_TOO_MANY_OFFERS */
  openOffers: 200,
  /** Rules of a person. INLET_TOO_MANY_RULES */
  rules: 200,
  /** How far back a rule is rehearsed: time, offers, and files that are named. */
  rehearsalAge: 90 * 24 * 3_600_000,
  rehearsalOffers: 2_000,
  rehearsalFiles: 100,
  /** Time for a decision before an offer expires with 480; a proxy's timer C is above three minutes. */
  offerDecision: 170_000,
  /** Wait for the sender's BYE after its last file has ended; then Inlet sends it. */
  releaseGrace: 5_000,
  /** The same while Inlet stops. */
  stopGrace: 1_000,
  /** Wait of what the disk did not let be noted of an offer, before it is tried again. */
  noteRetry: 1_000,
  /** A file name on disk, in octets of UTF-8. */
  fileName: 200,
  /** Separate pieces of one file that wait for what lies between them. INLET_TRANSFER_SCATTERED */
  landingRanges: 65_536,
  /** Parts of files whose transfer broke: how long they are kept, how many, and their octets together; the oldest go first. */
  partialAge: 7 * 24 * 3_600_000,
  partialCount: 100,
  partialOctets: 20 * 1024 * 1024 * 1024,
  /** What is kept aside because its hash differs: how long, and how much of it; the oldest goes first. */
  quarantineAge: 7 * 24 * 3_600_000,
  quarantineOctets: 5 * 1024 * 1024 * 1024,
  /** What of a running transfer is noted: not before so many octets more, not before so long, at most so often for a file. */
  partialStep: 1024 * 1024,
  partialPause: 1_000,
  partialCheckpoints: 1024,
  /** A full disk: pause between two attempts to go on, for how long, and while a sender waits for its last answer. INLET_DISK_FULL */
  diskRetry: 1_000,
  diskWait: 3_600_000,
  diskWaitAtEnd: 20_000,
  /** Text of one message that is shown; the whole is kept. */
  messageText: 64 * 1024,
  /** Content behind a link: steps to it, headers of an answer, wait for one, octets where nobody said how many, attempts. */
  linkRedirects: 3,
  linkHeaders: 16 * 1024,
  linkResponse: 30_000,
  linkOctets: 1024 * 1024 * 1024,
  linkAttempts: 5,
  /** Links of one message, and offers of links that wait for a decision. INLET_TOO_MANY_OFFERS */
  linksOfMessage: 16,
  /** Files behind links that are fetched at the same time; others wait for their turn. */
  linksAtOnce: 8,
  openLinks: 100,
  /** Time to decide about a link, and to fetch what lies behind it. INLET_OFFER_EXPIRED, INLET_TRANSFER_STALLED */
  linkDecision: 7 * 24 * 3_600_000,
  linkTransfer: 12 * 3_600_000,
  /** Rows of one page of a query. */
  page: 200,
  /** One message from a user interface. INLET_COMMAND_INVALID */
  uiMessage: 256 * 1024,
  /** Commands of one user interface that run at the same time. INLET_TOO_MANY_COMMANDS */
  uiCommands: 256,
  /** User interfaces connected at once over the loopback web host. INLET_UI_TOO_MANY */
  uiConnections: 16,
  /** What may wait for a user interface that does not read; it is cut off beyond (WebSocket 1013). */
  uiBacklog: 16 * 1024 * 1024,
  /** The recorded exchange: text of one message, messages that are held to look at, their octets, one of its two files. */
  traceText: 32 * 1024,
  traceRecords: 10_000,
  traceOctets: 8 * 1024 * 1024,
  traceFile: 4 * 1024 * 1024,
  /** What of it may wait for the disk; the oldest is given up beyond. */
  traceWaiting: 2 * 1024 * 1024,
  /** Longest a stop may take before what is left is cut off. */
  stop: 5_000,
} as const;
