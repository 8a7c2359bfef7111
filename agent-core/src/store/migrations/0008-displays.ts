/** Items whose sender wants to hear when they are displayed (RFC 5438), until they were. */
export const displays = `
CREATE TABLE displays (
  item TEXT PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
  account TEXT NOT NULL,
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL,
  sent_at TEXT
) STRICT, WITHOUT ROWID;
`;
