/**
 * The catalogue of expected failures. A code is stable: people script against it, tests match on it, nothing
 * matches on text. Bugs are ordinary exceptions and are not in here.
 */

export type ErrorLayer =
  | "kernel"
  | "sip"
  | "sdp"
  | "wire"
  | "msrp"
  | "store"
  | "push"
  | "dcd"
  | "account"
  | "contract"
  | "host";

interface Entry {
  readonly layer: ErrorLayer;
  /** What a person reads: what happened and the one thing they can do. */
  readonly text: string;
  /** Trying the same again can help. */
  readonly retryable?: boolean;
  /** The SIP status a peer sees for it. */
  readonly sip?: number;
  /** The MSRP status a peer sees for it. */
  readonly msrp?: number;
}

const catalogue = {
  // SIP: framing and messages
  INLET_SIP_SYNTAX: { layer: "sip", text: "A SIP message could not be understood and was refused.", sip: 400 },
  INLET_SIP_VERSION: { layer: "sip", text: "A peer speaks another version of SIP.", sip: 505 },
  INLET_SIP_LINE_TOO_LONG: { layer: "sip", text: "A SIP message has a line that is too long.", sip: 400 },
  INLET_SIP_HEADERS_TOO_LARGE: { layer: "sip", text: "The headers of a SIP message are too large.", sip: 400 },
  INLET_SIP_TOO_MANY_HEADERS: { layer: "sip", text: "A SIP message has too many headers.", sip: 400 },
  INLET_SIP_BODY_TOO_LARGE: { layer: "sip", text: "The body of a SIP message is too large.", sip: 413 },
  INLET_SIP_CONTENT_LENGTH: { layer: "sip", text: "A SIP message states no usable length.", sip: 400 },
  INLET_SIP_TIMEOUT: {
    layer: "sip",
    text: "The server did not answer in time.",
    retryable: true,
  },
  INLET_SIP_CONNECTION_FAILED: {
    layer: "sip",
    text: "The server cannot be reached. Check the address and the network.",
    retryable: true,
  },
  INLET_SIP_CONNECTION_LOST: {
    layer: "sip",
    text: "The connection to the server was lost.",
    retryable: true,
  },
  INLET_SIP_TRANSPORT_UNSUPPORTED: { layer: "sip", text: "There is no such transport. Use udp, tcp, tls, ws or wss." },
  INLET_SIP_NOT_FOUND: {
    layer: "sip",
    text: "The server's name leads nowhere. Check the address, or give the server by hand.",
    retryable: true,
  },
  INLET_SIP_OTHER_PROTOCOL: {
    layer: "sip",
    text: "What answers there is no SIP server: a network's sign-in page, or another program. Open a web page to sign in to the network, or check the server's address and port.",
  },
  INLET_SIP_CERTIFICATE: {
    layer: "sip",
    text: "The server's certificate is not to be trusted, so no connection was made. Check the server's name or its authority.",
  },
  INLET_SIP_URI: {
    layer: "sip",
    text: "This is not a SIP address. It should look like sip:name@example.net.",
    sip: 400,
  },
  // Account
  INLET_AUTH_REJECTED: { layer: "account", text: "The server did not accept the user name or password. Check them." },
  INLET_AUTH_UNSUPPORTED: {
    layer: "account",
    text: "The server asks for a way of signing in that Inlet does not know.",
  },
  INLET_AUTH_TOO_WEAK: {
    layer: "account",
    text: "The server offers only ways of signing in that are weaker than this account allows.",
  },
  INLET_AUTH_SERVER_UNPROVEN: {
    layer: "account",
    text: "The server could not prove that it knows the account's secret, so it is not trusted.",
  },
  INLET_AKA_KEYS: {
    layer: "account",
    text: "The SIM's keys cannot be used. K and OP or OPc are 32 hexadecimal digits, SQN is 12.",
  },
  INLET_SECURITY_AGREEMENT: {
    layer: "account",
    text: "Inlet and the server could not agree on how to secure the connection, or somebody on the way interfered.",
  },
  INLET_REGISTRATION_REJECTED: { layer: "account", text: "The server refused the registration." },
  INLET_NETWORK_DOWN: {
    layer: "account",
    text: "This computer has no network. Inlet connects by itself as soon as there is one.",
    retryable: true,
  },
  INLET_SUSPENDED: {
    layer: "account",
    text: "This computer was asleep. Inlet connects again by itself.",
    retryable: true,
  },
  INLET_ACCOUNT_UNKNOWN: { layer: "account", text: "There is no such account." },
  INLET_ACCOUNT_OFFLINE: {
    layer: "account",
    text: "This account is not connected. Try again when it is.",
    retryable: true,
  },
  // Bodies
  INLET_SDP_INVALID: { layer: "sdp", text: "An offer, or the answer to one, could not be understood.", sip: 488 },
  INLET_SDP_NO_ACCEPTABLE_MEDIA: { layer: "sdp", text: "This is nothing that Inlet can receive.", sip: 488 },
  INLET_SDP_TYPES_UNSUPPORTED: {
    layer: "sdp",
    text: "An offer holds nothing but types of content that are not taken here.",
    sip: 488,
  },
  INLET_MULTIPART_INVALID: { layer: "wire", text: "A message with several parts is damaged.", sip: 400 },
  INLET_CPIM_INVALID: { layer: "wire", text: "The envelope of a message is damaged.", sip: 400, msrp: 400 },
  INLET_XML_INVALID: { layer: "wire", text: "A document from the server is damaged or not allowed.", sip: 400 },
  // Content that is named by its address
  INLET_LINK_INVALID: { layer: "wire", text: "A message names content in a way that makes no sense.", sip: 400 },
  INLET_LINK_SCHEME: {
    layer: "push",
    text: "The link is not encrypted. Ask for one that begins with https, or allow http in the settings.",
    sip: 488,
  },
  INLET_LINK_INTERNAL: {
    layer: "push",
    text: "The link leads into this computer or its own network, where Inlet does not go for others.",
    sip: 488,
  },
  INLET_LINK_EXPIRED: { layer: "push", text: "The link has expired. Ask the sender for a new one.", sip: 488 },
  INLET_LINK_UNREACHABLE: {
    layer: "push",
    text: "The server that holds the file cannot be reached, or broke off.",
    retryable: true,
  },
  INLET_LINK_CERTIFICATE: {
    layer: "push",
    text: "The server that holds the file cannot prove who it is, so nothing was fetched from it.",
  },
  INLET_LINK_REFUSED: { layer: "push", text: "The server that holds the file does not give it out." },
  INLET_LINK_REDIRECTS: { layer: "push", text: "The link leads from one place to the next and to no file." },
  INLET_LINK_CODED: { layer: "push", text: "The server sent the file compressed, which nobody had asked for." },
  INLET_BODY_TYPE_UNSUPPORTED: { layer: "push", text: "A message came in a form that Inlet does not take.", sip: 415 },
  // MSRP
  INLET_MSRP_SYNTAX: {
    layer: "msrp",
    text: "The sender broke the transfer protocol; the connection was closed.",
    msrp: 400,
  },
  INLET_MSRP_HEADERS_TOO_LARGE: {
    layer: "msrp",
    text: "The sender sent too much header; the connection was closed.",
    msrp: 400,
  },
  INLET_MSRP_RANGE: { layer: "msrp", text: "The sender's byte range makes no sense.", msrp: 400 },
  INLET_MSRP_NO_SESSION: { layer: "msrp", text: "The sender spoke of a transfer that does not exist.", msrp: 481 },
  INLET_MSRP_SESSION_IN_USE: { layer: "msrp", text: "This transfer already has a connection.", msrp: 506 },
  INLET_MSRP_TYPE_UNSUPPORTED: { layer: "msrp", text: "The sender sent another type than agreed.", msrp: 415 },
  INLET_MSRP_METHOD_UNKNOWN: { layer: "msrp", text: "The sender asked for something Inlet does not do.", msrp: 501 },
  INLET_MSRP_TOO_MANY_PIECES: {
    layer: "msrp",
    text: "The sender sends too many separate pieces at once.",
    msrp: 413,
  },
  INLET_MSRP_STOPPED: { layer: "msrp", text: "The receiver wants no more of this file.", msrp: 413 },
  INLET_MSRP_TIMEOUT: { layer: "msrp", text: "The other side did not answer in time.", retryable: true, msrp: 408 },
  INLET_MSRP_CONNECTION_FAILED: {
    layer: "msrp",
    text: "The transfer's connection could not be made.",
    retryable: true,
  },
  INLET_MSRP_CONNECTION_LOST: { layer: "msrp", text: "The transfer's connection was lost.", retryable: true },
  INLET_MSRP_CERTIFICATE: {
    layer: "msrp",
    text: "The other side of an encrypted transfer is not who it should be (its certificate is not the one that was agreed), so nothing was transferred.",
    msrp: 403,
  },
  INLET_MSRP_REFUSED: { layer: "msrp", text: "The other side refused the data." },
  INLET_MSRP_TOO_MANY_CONNECTIONS: { layer: "msrp", text: "Too many connections at once." },
  // Push
  INLET_OFFER_UNKNOWN: { layer: "push", text: "This offer does not exist any more." },
  INLET_OFFER_WITHDRAWN: { layer: "push", text: "The sender withdrew the offer." },
  INLET_OFFER_ELSEWHERE: { layer: "push", text: "Another device of yours answered this offer." },
  INLET_OFFER_REJECTED: { layer: "push", text: "You rejected the offer.", sip: 603 },
  INLET_OFFER_RULED_OUT: { layer: "push", text: "A rule or a setting of yours rejected this.", sip: 603 },
  INLET_OFFER_UNTRUSTED: {
    layer: "push",
    text: "Configuration is taken only from senders whom a rule names and your provider vouches for.",
    sip: 403,
  },
  INLET_OFFER_HELD: { layer: "push", text: "This very file was here already, so it was not fetched again.", sip: 488 },
  INLET_OFFER_EXPIRED: { layer: "push", text: "Nobody decided in time, so the offer ended.", sip: 480 },
  INLET_TOO_MANY_OFFERS: { layer: "push", text: "Too many offers wait for a decision.", sip: 486 },
  INLET_TOO_MANY_PUSHES: {
    layer: "push",
    text: "A sender pushes more than Inlet takes at once.",
    retryable: true,
    sip: 480,
  },
  INLET_TOO_MANY_TRANSFERS: {
    layer: "push",
    text: "More files are on their way than the system lets Inlet have open. Ask the sender to send this one again later.",
    retryable: true,
  },
  INLET_RULE_UNKNOWN: { layer: "push", text: "This rule does not exist any more." },
  INLET_TOO_MANY_RULES: { layer: "push", text: "There are too many rules. Delete one that is not needed." },
  INLET_TRANSFER_UNKNOWN: { layer: "push", text: "This transfer does not exist any more." },
  INLET_TRANSFER_CANCELLED: { layer: "push", text: "You cancelled the transfer.", msrp: 413 },
  INLET_TRANSFER_STALLED: { layer: "push", text: "The sender stopped sending.", retryable: true },
  INLET_TRANSFER_INCOMPLETE: { layer: "push", text: "The sender ended before the file was whole.", retryable: true },
  INLET_TRANSFER_PART_MISSING: {
    layer: "push",
    text: "The sender wants to go on with a file, but what comes before is not here. Ask for the whole file.",
    sip: 488,
  },
  INLET_TRANSFER_TOO_LARGE: { layer: "push", text: "The sender sent more than it had offered.", msrp: 413 },
  INLET_TRANSFER_SIZE_MISMATCH: {
    layer: "push",
    text: "The file has another size than offered; it was not kept.",
    msrp: 400,
  },
  INLET_TRANSFER_HASH_MISMATCH: {
    layer: "push",
    text: "The file is not the one that was offered (its hash does not match); it was not kept.",
    msrp: 400,
  },
  INLET_TRANSFER_SCATTERED: {
    layer: "store",
    text: "The sender sent the file in too many scattered pieces.",
    msrp: 413,
  },
  INLET_INTERRUPTED: {
    layer: "store",
    text: "Inlet was stopped before this was finished. Ask the sender to send it again.",
  },
  INLET_STOPPING: { layer: "push", text: "Inlet is stopping.", sip: 480, msrp: 413 },
  // Sending
  INLET_SEND_REJECTED: { layer: "push", text: "The receiver did not want this." },
  INLET_SEND_UNAVAILABLE: {
    layer: "push",
    text: "The receiver cannot be reached or cannot take it now. Try again later.",
    retryable: true,
  },
  INLET_SEND_MOVED: {
    layer: "push",
    text: "The receiver is to be found elsewhere. Send to the address that is named, if you know it.",
  },
  INLET_SEND_UNANSWERED: {
    layer: "push",
    text: "Nobody decided about the offer in time, so it was withdrawn. Try again later.",
    retryable: true,
  },
  INLET_SEND_FAILED: { layer: "push", text: "The server or the receiver could not take this." },
  INLET_SEND_TOO_LARGE: { layer: "push", text: "This is larger than the receiver takes at once." },
  INLET_SEND_ENDED: {
    layer: "push",
    text: "The receiver ended the session before the file was whole.",
    retryable: true,
  },
  INLET_SEND_METHOD_UNAVAILABLE: {
    layer: "push",
    text: "A link needs a place where the file lies. Name it with --link-base, or let Inlet serve it with --link-listen.",
  },
  INLET_SEND_LINK_PLACE: {
    layer: "push",
    text: "The files cannot be served there. Name another address of this computer with --link-listen.",
  },
  INLET_SEND_NOT_FETCHED: { layer: "push", text: "The receiver has the link, but did not fetch the file in time." },
  INLET_SEND_TEXT_TOO_LONG: {
    layer: "push",
    text: "A message holds at most 64 KiB. Send this file with msrp.",
  },
  INLET_FILE_UNREADABLE: { layer: "push", text: "This file cannot be read. Check its name and permissions." },
  // DCD
  INLET_CHANNEL_UNKNOWN: { layer: "dcd", text: "The provider has no such channel." },
  INLET_CHANNEL_REFUSED: { layer: "dcd", text: "The provider refused the channel." },
  INLET_CHANNEL_NOT_INVITED: {
    layer: "dcd",
    text: "The provider promised the channel, but its invitation did not come. Ask again later.",
    retryable: true,
  },
  // Store
  INLET_STORE_BUSY: {
    layer: "store",
    text: "Another Inlet already uses this data folder. Close it or choose another folder.",
  },
  INLET_STORE_CORRUPT: { layer: "store", text: "The database is damaged." },
  INLET_STORE_SALVAGED: {
    layer: "store",
    text: "The database was damaged. What could be read of it was kept; the damaged one lies beside it.",
  },
  INLET_STORE_NEWER: {
    layer: "store",
    text: "The database was made by a newer Inlet. Update Inlet or choose another folder.",
  },
  INLET_DISK_FULL: {
    layer: "store",
    text: "The disk is full. Free some space and try again.",
    retryable: true,
    msrp: 413,
  },
  INLET_FOLDER_GONE: {
    layer: "store",
    text: "The folder for received files is not there. Connect its disk, or make the folder again.",
    retryable: true,
    msrp: 413,
  },
  INLET_FOLDER_TAKEN: {
    layer: "store",
    text: "Something else lies where the folder for received files was. Move it away, or put the folder back.",
    retryable: true,
    msrp: 413,
  },
  INLET_FOLDER_READ_ONLY: {
    layer: "store",
    text: "Inlet may not write to the folder for received files. Let it, or make its disk writable.",
    retryable: true,
    msrp: 413,
  },
  INLET_DISK_FILE_TOO_LARGE: {
    layer: "store",
    text: "The file is larger than the file system of the folder can hold. Choose a folder on another disk.",
    msrp: 413,
  },
  INLET_QUOTA_FULL: {
    layer: "store",
    text: "The file would take more than you let received files take. Delete some, which makes room ten minutes later, or allow more in the settings.",
    retryable: true,
    msrp: 413,
  },
  INLET_DISK_WAITING: {
    layer: "store",
    text: "The disk is full: receiving is paused, and goes on when there is room. Free some space.",
    retryable: true,
  },
  INLET_DISK_FAILED: {
    layer: "store",
    text: "The file could not be written. Check the folder and its permissions.",
    msrp: 413,
  },
  INLET_ITEM_UNKNOWN: { layer: "store", text: "This item does not exist." },
  INLET_ITEM_CONTENT_GONE: { layer: "store", text: "The file is no longer where Inlet put it." },
  INLET_TRACE_UNKNOWN: { layer: "store", text: "This message is not in the trace any more." },
  // Contract and hosts
  INLET_COMMAND_UNKNOWN: { layer: "contract", text: "There is no such command." },
  INLET_COMMAND_INVALID: { layer: "contract", text: "The command is not in the form that the contract states." },
  INLET_TOO_MANY_COMMANDS: {
    layer: "contract",
    text: "Too many commands at once. Wait for some of the answers.",
    retryable: true,
  },
  INLET_INTERNAL: { layer: "kernel", text: "Something went wrong inside Inlet. Its log says more." },
  INLET_UI_UNAUTHORIZED: {
    layer: "host",
    text: "This page does not belong to the Inlet that runs now. Open the address that Inlet printed.",
  },
  INLET_UI_ADDRESS: {
    layer: "host",
    text: "Inlet does not answer under this address. Open the address that Inlet printed.",
  },
  INLET_UI_NOT_FOUND: { layer: "host", text: "There is nothing at this address." },
  INLET_UI_NOT_BUILT: { layer: "host", text: "The user interface has not been built yet. Run: npm run build" },
  INLET_UI_TOO_MANY: { layer: "host", text: "Too many windows are connected. Close one of them." },
  INLET_ITEM_TOO_LARGE_TO_SHOW: {
    layer: "host",
    text: "This file is too large to be shown here. Open it from its folder.",
  },
  INLET_ITEM_NOT_OPENED: { layer: "host", text: "The system could not open this file. Show it in its folder instead." },
  INLET_HOST_PORT: { layer: "host", text: "This port is taken. Choose another one with --port." },
  INLET_PROVIDER_ADDRESS: {
    layer: "host",
    text: "The provider cannot listen at this address. Choose another one with --listen.",
  },
  INLET_PROVIDER_SETUP: { layer: "host", text: "The provider's users or channels make no sense." },
  INLET_USAGE: { layer: "host", text: "The command line could not be understood. See --help." },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;

export const ERRORS: Readonly<Record<ErrorCode, Entry>> = catalogue;

/** A code and a sentence, as they go into events, results and history. */
export interface Reason {
  readonly code: ErrorCode;
  readonly text: string;
}

/** An expected failure. `detail` says where and what (a header name, an offset); it never holds a secret. */
export class InletError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? ERRORS[code].text : `${ERRORS[code].text} (${detail})`, options);
    this.name = "InletError";
    this.code = code;
    this.detail = detail;
  }

  get reason(): Reason {
    return { code: this.code, text: this.message };
  }
}

export const reason = (code: ErrorCode, detail?: string): Reason => new InletError(code, detail).reason;
