/** Writes docs/resilience.md: each case of the attack list beside the tests that bear its id. `npm run docs`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shownBy, testsByName } from "./test-titles.mjs";

const FILE = fileURLToPath(new URL("../docs/resilience.md", import.meta.url));

/** Group → id → what is done to Inlet, and what it does. */
const CASES = {
  SIP: {
    S1: "RFC 4475's messages, over UDP, TCP and by the octet: a stated verdict each",
    S2: "RFC 5118's IPv6 forms: read, or 400",
    S3: "A body shorter than it says: 400 over UDP, a bounded wait over TCP",
    S4: "Lengths that are huge, negative or two: refused, nothing allocated",
    S6: "Lines, headers and lists without end: a limit, the connection ends",
    S8: "NUL, bare line ends, folds, blanks before colons: no header smuggled in",
    S10: "One INVITE ten times: one offer, one answer",
    S11: "CANCEL against 200, CANCEL for nothing: one of them wins, and the other hears so",
    S12: "200 without ACK: repeated, then BYE",
    S15: "A request from anybody but the core: not heard",
    S16: "Identities that disagree: the asserted one is shown",
    S17: "Challenges without end, unknown or broken: two tries, then a clear error",
    S18: "Absurd expiry times: clamped, never busy",
    S19: "Absurd Retry-After: bounded",
    S21: "NOTIFY early, late, repeated, without state: as RFC 6665 says",
    S22: "reg-event that reports us gone, or with gaps: registered again once",
    S23: "Messages of 100 KB, HTML, lying charsets and lengths: inert text, or refused",
    S25: "Thousands of INVITEs: a bounded number ring, the others hear 486, everybody else is served",
    S26: "Unknown methods and requirements: 501, 420",
    S27: "Compact, mixed and escaped forms: one meaning",
    S29: "PUBLISH without or with two ETags, 412: begun again once",
    S30: "Line ends in fields of our own: never sent",
  },
  SDP: {
    D1: "file-selector with parts missing, twice, in another order, escaped",
    D3: "Hashes absent, several, malformed, of unknown kind",
    D4: "Directions that fit a push, and those that ask us to send",
    D5: "Ten lines of which three are taken: order kept, port 0 for the others",
    D7: "Paths without session, with 50 hops, of another scheme",
    D8: "Every a=setup: exactly one side connects",
    D9: "Types and sizes that the line itself excludes: they speak of the offerer, the selector counts",
    D10: "NUL, long lines, many lines, missing lines",
    D12: "File ranges: the whole, the rest, backwards, beyond",
    D13: "TLS with a fingerprint that is wrong; one that is missing is taken as not proven, unless authorities are named",
    D14: "A picture that is too large or not there: left out",
    D15: "INVITE without an offer",
  },
  MSRP: {
    M1: "A stream cut at every octet: the same result",
    M2: "End-lines inside of bodies",
    M3: "A chunk that never ends: flat memory, stopped at the offered size",
    M5: "Overlap, repetition, reverse order, gaps, single octets",
    M6: "Early, missing and late ends",
    M7: "Given up with #, and gone on with",
    M10: "HTTP, TLS and noise on the port: closed without a word",
    M11: "Headers without end, sense or number: closed",
    M12: "Slow and stalled senders: told, ended, kept for later",
    M13: "A slow disk: the sender is slowed, memory is not used",
    M14: "Reports and answers: exactly those that RFC 4975 allows",
    M15: "Every answer to our SEND, and none",
    M16: "Types that disagree, CPIM around the file",
    M17: "Empty SEND, unknown methods",
    M19: "Any octets: exact",
    M20: "A relay that begins again: counted once",
  },
  XML: {
    X1: "Entities and DOCTYPE: refused before they mean anything",
    X2: "Depth, width, size: limits",
    X3: "Other encodings than UTF-8: refused",
    X4: "Foreign prefixes, elements, repetitions",
    X5: "XCAP conflicts and paths (settings are not there yet)",
    X7: "Versions that go back",
  },
  Files: {
    F1: "Paths in names, of every system",
    F2: "Names of devices",
    F3: "Streams, wildcards, blanks and dots at the end",
    F5: "Hidden names, and names that a system acts upon",
    F6: "Names that are taken, by case and normalisation too",
    F9: "Contents, types and names that contradict each other: marked, a second look asked for",
    F10: "Contents that are not those offered: never in the folder",
    F11: "No hash: said so",
    F12: "The mark of each system that a file came from outside; mode 0600",
    F13: "Pictures made to be large, documents that are programs: not decoded, not run",
    F14: "Sizes of nothing, of too much, of everything",
    F15: "The same file again: said so",
    F16: "Ten thousand small files: no slowdown",
  },
  Transport: {
    T1: "Certificates expired, early, weak, for others, for a subject alone: refused in words",
    T2: "Old TLS, no encryption, no authentication: refused",
    T3: "DNS that lies, loops, is slow or silent: bounded, the next one tried",
    T4: "Silence, cuts, half-open connections: found within 30 s",
    T5: "Other networks and addresses: registered again within seconds",
    T7: "Loss and reordering: it completes",
    T8: "Sleep, and clocks that jump",
    T9: "Something else than SIP on the port: a named error",
    T10: "A core that comes and goes: back-off, and no second subscription",
  },
  "Crash and restart": {
    C1: "Killed at every step: one truthful row, nothing acknowledged lost",
    C3: "Killed in a migration, damaged, cut, newer databases: never wiped",
    C4: "A second instance: refused",
    C5: "Fifty starts and kills: nothing left behind",
    C6: "A part that breaks: the others go on",
    C7: "Stopped in a transfer: gone on with",
    C8: "An older version after a newer one: refused in words",
  },
  Disk: {
    K1: "A full disk, at any step: nothing acknowledged, gone on with when there is room",
    K3: "A slow disk: bounded memory",
    K4: "Disks with small limits: said before it is accepted",
    K5: "Parts taken away: told as such",
    K7: "A folder that is read-only, taken, or on a disk that is not there: what to do is said, and then it goes on",
    K6: "A million rows, logs without end: paged and rotated",
  },
  "User interface and hosts": {
    R1: "Markup and scripts in every string: inert text",
    R2: "Unknown commands, wrong types, huge and many messages: refused",
    R3: "Requests from other frames and windows: refused",
    R4: "Navigation, new windows, foreign schemes, traversal: blocked",
    R5: "Opening files and links of any kind: asked first, or never",
    R6: "Notices with markup, a thousand of them: plain text, a few at a time (the window shows them; the system's notifications are not used)",
    R8: "Remote contents: nothing leaves",
    R9: "Text that turns round: neutralised",
    R10: "Imported settings (there are none yet)",
    R11: "Secrets in logs, traces, arguments: never",
  },
  Resources: {
    Q1: "100 KB made to be slow: linear time",
    Q3: "Thousands of open offers and subscriptions: bounded",
    Q4: "A day in fast time: nothing grows",
  },
};

export function resiliencePage() {
  const tests = testsByName();
  const lines = [
    "# Resilience",
    "",
    "What is done to Inlet, and the tests in which it withstands that; a case without one says so. Made by `npm run docs` from the",
    "titles of the tests, which bear the ids; do not edit. Limits and their errors stand in [limits.md](limits.md); what is defended",
    "and what is not, in [threat-model.md](threat-model.md).",
  ];
  for (const [group, cases] of Object.entries(CASES)) {
    lines.push("", `## ${group}`, "", "| | case | shown by |", "|---|---|---|");
    for (const [id, words] of Object.entries(cases)) {
      lines.push(`| ${id} | ${words} | ${shownBy(tests.get(id)) ?? "not yet"} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, resiliencePage());
