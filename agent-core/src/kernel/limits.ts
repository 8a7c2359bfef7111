/**
 * Every bound on what a peer, a file or a UI can make Inlet use: one name, one default, the error where there is one. Each is
 * shown by a test whose title begins with its name; docs/limits.md lists them, made from here. Octets and milliseconds.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIMITS = {
  // SIP
  /** One start line or header line. INLET_SIP_LINE_TOO_LONG */
  sipLine: 16 * KiB,
  /** All header lines of one message. INLET_SIP_HEADERS_TOO_LARGE */
  sipHeaders: 64 * KiB,
  /** Header fields of one message. INLET_SIP_TOO_MANY_HEADERS */
  sipHeaderCount: 256,
  /** The body of one message. INLET_SIP_BODY_TOO_LARGE */
  sipBody: MiB,
  /** A request larger than this goes over TCP instead of UDP (RFC 3261 §18.1.1). */
  sipDatagram: 1300,
  /** Quiet time after which an incomplete message ends its connection. INLET_SIP_TIMEOUT */
  sipMessageTimeout: 32 * SECOND,
  /** What may wait to be sent to a server that does not read, before its connection ends. INLET_SIP_TIMEOUT */
  sipUnsent: 4 * MiB,
  /** Requests that were refused and that nobody has acknowledged; beyond, the oldest is forgotten (RFC 3261 §8.2.7). */
  sipRefused: 128,
  /** Requests other than INVITE that were granted and may be repeated; beyond, the oldest is forgotten. */
  sipGranted: 8192,
  /** Dialogs that one INVITE of ours may open before it is answered; what comes from further ones is not heard. */
  sipEarlyDialogs: 32,
  /** Realms whose challenges are remembered; beyond, the oldest is asked for anew. */
  sipRealms: 16,
  /** Answers of one request to challenges, over all realms. INLET_AUTH_REJECTED */
  sipAnswers: 4,
  /** Servers of one domain that are tried. */
  sipServers: 16,
  /** Addresses of one server that are tried. */
  sipAddresses: 8,
  /** Finding them by DNS, altogether. INLET_SIP_NOT_FOUND */
  sipLocate: 10 * SECOND,

  // Bodies
  /** One line of a session description. INLET_SDP_INVALID */
  sdpLine: 8 * KiB,
  /** Lines of one session description. INLET_SDP_INVALID */
  sdpLines: 2000,
  /** Its m-lines, each of them a file. INLET_SDP_INVALID */
  sdpMedia: 64,
  /** URIs of one MSRP path: the session's own and its relays. INLET_SDP_INVALID */
  msrpPathHops: 16,
  /** Parts of one multipart body. INLET_MULTIPART_INVALID */
  multipartParts: 128,
  /** Header block of one part of a multipart body. INLET_MULTIPART_INVALID */
  multipartHeaders: 16 * KiB,
  /** Wrappers of a message's body inside each other; what is further inside stays as it came. */
  messageDepth: 8,
  /** Header block of a message/cpim wrapper. INLET_CPIM_INVALID */
  cpimHeaders: 64 * KiB,
  /** A picture that stands beside an offered file; larger ones are left out (RFC 5547 §8.8). */
  fileIcon: 64 * KiB,
  /** One XML document. There is no DOCTYPE, and no entity but those of XML itself. INLET_XML_INVALID */
  xmlBytes: MiB,
  /** Its elements inside each other. INLET_XML_INVALID */
  xmlDepth: 64,
  /** Attributes of one element. INLET_XML_INVALID */
  xmlAttributes: 64,
  /** Elements of one XML document. INLET_XML_INVALID */
  xmlElements: 50_000,
  /** Channels of one list, however many documents it came in. INLET_XML_INVALID */
  channels: 10_000,
  /** Addresses and contacts that a registrar tells of, however many documents it took. INLET_XML_INVALID */
  registrations: 1000,

  // MSRP
  /** Header block of one chunk. INLET_MSRP_HEADERS_TOO_LARGE */
  msrpHeaders: 8 * KiB,
  /** Its fields. INLET_MSRP_HEADERS_TOO_LARGE */
  msrpHeaderCount: 64,
  /** Its start line. INLET_MSRP_HEADERS_TOO_LARGE */
  msrpStartLine: 512,
  /** Separate pieces that one message may stand in while it is received. INLET_MSRP_TOO_MANY_PIECES */
  msrpRanges: 1024,
  /** Unfinished messages of one session, and as many ended ones that are remembered. INLET_MSRP_TOO_MANY_PIECES */
  msrpMessages: 16,
  /** What a sender may go on sending after it was refused, before its connection is cut. INLET_MSRP_STOPPED */
  msrpDrain: 64 * MiB,
  /** Wait for the first request on a new connection. INLET_MSRP_TIMEOUT */
  msrpFirstRequest: 30 * SECOND,
  /** Wait for the end of a TLS handshake. INLET_MSRP_TIMEOUT */
  msrpHandshake: 10 * SECOND,
  /** Wait for the response to a request (RFC 4975 §7.1.1). INLET_MSRP_TIMEOUT */
  msrpTransaction: 30 * SECOND,
  /** Connections to the listener at once; one that no session uses yet makes room. INLET_MSRP_TOO_MANY_CONNECTIONS */
  msrpConnections: 512,
  /** Those of one address that no session uses yet; the oldest makes room. INLET_MSRP_TOO_MANY_CONNECTIONS */
  msrpUnclaimed: 256,
  /** Wait for a sender that was lost in the middle of a file to connect again. INLET_MSRP_CONNECTION_LOST */
  msrpReturn: 15 * SECOND,
  /** Wait for a relay that was lost in the middle of a transfer, and for the path by it. INLET_MSRP_CONNECTION_LOST */
  relayReturn: 30 * SECOND,
  /** Quiet time on a transfer before it counts as stalled and ends. INLET_TRANSFER_STALLED */
  transferStall: 2 * MINUTE,

  // Offers
  /** Offers that wait for a decision; 486 beyond. INLET_TOO_MANY_OFFERS */
  openOffers: 200,
  /** Files of all offers that wait or are received; 486 beyond. INLET_TOO_MANY_OFFERS */
  openFiles: 1024,
  /** Messages and offers of one sender at once; all whom nobody vouches for are one. INLET_TOO_MANY_PUSHES */
  pushBurst: 20_000,
  /** How many more of them each second. INLET_TOO_MANY_PUSHES */
  pushRate: 200,
  /** Senders of whom it is remembered how much they pushed. */
  pushSenders: 1024,
  /** Time for a decision before an offer expires with 480; a proxy's timer C is above three minutes. INLET_OFFER_EXPIRED */
  offerDecision: 170 * SECOND,
  /** Time for the receiver of an offer of ours, and whoever stands between, to answer it. INLET_SEND_UNANSWERED */
  sendDecision: 600 * SECOND,
  /** Wait for the sender's BYE after its last file has ended; then Inlet sends it. */
  releaseGrace: 5 * SECOND,
  /** The same while Inlet stops. */
  stopGrace: SECOND,
  /** Rules of a person. INLET_TOO_MANY_RULES */
  rules: 200,
  /** How far back a rule is rehearsed. */
  rehearsalAge: 90 * DAY,
  /** Offers that it is rehearsed against. */
  rehearsalOffers: 2000,
  /** Files that are named by it. */
  rehearsalFiles: 100,
  /** Text of one message that is shown; the whole is kept. */
  messageText: 64 * KiB,

  // Links
  /** Links of one message that are offered. INLET_TOO_MANY_OFFERS */
  linksOfMessage: 16,
  /** Offers of links that wait for a decision; 486 beyond. INLET_TOO_MANY_OFFERS */
  openLinks: 100,
  /** Files behind links that are fetched at the same time; others wait for their turn. */
  linksAtOnce: 8,
  /** Steps that lead to a file. INLET_LINK_REDIRECTS */
  linkRedirects: 3,
  /** Header block of a server's answer. INLET_LINK_UNREACHABLE */
  linkHeaders: 16 * KiB,
  /** Wait for it. INLET_LINK_UNREACHABLE */
  linkResponse: 30 * SECOND,
  /** A file of which nobody said how large it is. INLET_TRANSFER_TOO_LARGE */
  linkOctets: GiB,
  /** Attempts to fetch one file. */
  linkAttempts: 5,
  /** Time to decide about a link. INLET_OFFER_EXPIRED */
  linkDecision: 7 * DAY,
  /** Time to fetch what lies behind it. INLET_TRANSFER_STALLED */
  linkTransfer: 12 * HOUR,
  /** Connections to a sender that serves its links itself; those beyond are cut. */
  linkGuests: 256,

  // Files
  /** A file name on disk, in octets of UTF-8; longer ones are cut. */
  fileName: 200,
  /** Separate pieces of one file that wait for what lies between them. INLET_TRANSFER_SCATTERED */
  landingRanges: 65_536,
  /** How long parts of files are kept whose transfer broke. */
  partialAge: 7 * DAY,
  /** How many of them; the oldest go first. */
  partialCount: 100,
  /** Their octets together; the oldest go first. */
  partialOctets: 20 * GiB,
  /** Octets that a running transfer is further before that is noted. */
  partialStep: MiB,
  /** Pause between two notes of it. */
  partialPause: SECOND,
  /** Notes of one file. */
  partialCheckpoints: 1024,
  /** How long content is kept aside whose hash differs. */
  quarantineAge: 7 * DAY,
  /** How much of it; the oldest goes first. */
  quarantineOctets: 5 * GiB,
  /** Wait of what the disk did not let be noted of an offer, before it is tried again. */
  noteRetry: SECOND,
  /** How often it is looked whether the folder can be used. */
  folderLook: 2 * SECOND,
  /** A full disk: pause between two attempts to go on. */
  diskRetry: SECOND,
  /** How long it is waited for. INLET_DISK_FULL */
  diskWait: HOUR,
  /** The same while a sender waits for its last answer. INLET_DISK_FULL */
  diskWaitAtEnd: 20 * SECOND,
  /** A database above this that was closed in order is looked through after the start, not before. */
  storeCheckedAtOnce: 64 * MiB,
  /** File descriptors that neither files that are received nor their connections take; each have a third of the others. INLET_TOO_MANY_TRANSFERS */
  descriptorReserve: 48,
  /** Rows of one page of a query. */
  page: 200,

  // User interfaces
  /** One message from a user interface, one line of JSON. INLET_COMMAND_INVALID */
  uiMessage: 256 * KiB,
  /** Commands of one user interface that run at the same time. INLET_TOO_MANY_COMMANDS */
  uiCommands: 256,
  /** User interfaces connected at once over the loopback web host. INLET_UI_TOO_MANY */
  uiConnections: 16,
  /** Connections of any kind to that host; further ones are closed. */
  uiSockets: 256,
  /** What may wait for a user interface that does not read; it is cut off beyond (WebSocket 1013). */
  uiBacklog: 16 * MiB,

  // Trace
  /** Text of one message. */
  traceText: 32 * KiB,
  /** Messages that are held to look at. */
  traceRecords: 10_000,
  /** Their octets. */
  traceOctets: 8 * MiB,
  /** One of its two files. */
  traceFile: 4 * MiB,
  /** What of it may wait for the disk; the oldest is given up beyond. */
  traceWaiting: 2 * MiB,

  // Stopping
  /** Longest a stop may take before what is left is cut off. */
  stop: 5 * SECOND,
} as const;
