/**
 * The least a MESSAGE can cost here: a socket, one row committed as the agent's are, and a 200 of the lines it echoes. No
 * parsing, no transaction, no trace, no inbox.
 */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const REGISTER = [
  "REGISTER sip:example.net SIP/2.0",
  "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKbare",
  "From: <sip:bob@example.net>;tag=bare",
  "To: <sip:bob@example.net>",
  "Call-ID: bare",
  "CSeq: 1 REGISTER",
  "Contact: <sip:bob@127.0.0.1>",
  "Content-Length: 0",
].join("\r\n");

/** Registers, and answers every MESSAGE that comes in one piece. */
export function startBare(port: number, dir: string): Disposable {
  const db = new DatabaseSync(join(dir, "bare.db"));
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec("CREATE TABLE messages (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT");
  const insert = db.prepare("INSERT INTO messages (body) VALUES (?)");
  const socket: Socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.on("data", (bytes) => {
    const text = bytes.toString("latin1");
    if (!text.startsWith("MESSAGE")) return;
    insert.run(bytes);
    const lines = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
    const echoed = lines.filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line)).join("\r\n");
    socket.write(`SIP/2.0 200 OK\r\n${echoed}\r\nContent-Length: 0\r\n\r\n`);
  });
  socket.write(`${REGISTER}\r\n\r\n`);
  return {
    [Symbol.dispose]() {
      socket.destroy();
      db.close();
    },
  };
}
