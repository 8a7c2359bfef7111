/** The log beside lines for a person: what has a code of its own comes as one of those lines; of the rest, faults alone. */
import { ERRORS, jsonLog, type Log } from "@inlet/agent-core/kernel";

const KEY_IN_FILE =
  "This system offers no keyring, so the key of Inlet's secrets lies in a file that you alone can read: secret.key in the data folder.";

export function personLog(write: (line: string) => void): Log {
  const faults = jsonLog(write, "error");
  return (level, event, fields) => {
    if (event === "store.secretKey.inFile") write(`${KEY_IN_FILE}\n`);
    else if (typeof fields?.code !== "string" || !Object.hasOwn(ERRORS, fields.code)) faults(level, event, fields);
  };
}
