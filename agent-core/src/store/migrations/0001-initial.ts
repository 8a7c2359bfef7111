/**
 * The first schema. Times are milliseconds since 1970 (UTC). `seq` is the order in which Inlet came to know of
 * something; pages follow it, not the wall clock, which can be set back.
 */
export const initial = `
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'message', 'link')),
  from_uri TEXT NOT NULL,
  from_name TEXT,
  from_asserted TEXT,
  channel TEXT,
  offer TEXT,
  idx INTEGER,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  path TEXT,
  text TEXT,
  description TEXT,
  sha1 TEXT,
  sha256 TEXT,
  verified TEXT NOT NULL CHECK (verified IN ('yes', 'no', 'unstated')),
  accepted_by TEXT CHECK (accepted_by IN ('person', 'setting')),
  received_at INTEGER NOT NULL,
  read INTEGER NOT NULL CHECK (read IN (0, 1)),
  deleted_at INTEGER
) STRICT;

CREATE INDEX items_by_channel ON items (channel) WHERE deleted_at IS NULL;
CREATE INDEX items_by_kind ON items (kind) WHERE deleted_at IS NULL;
CREATE INDEX items_unread ON items (account, channel) WHERE read = 0 AND deleted_at IS NULL;
CREATE INDEX items_latest ON items (account, channel, received_at) WHERE deleted_at IS NULL AND channel IS NOT NULL;
CREATE INDEX items_deleted ON items (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX items_by_path ON items (path) WHERE path IS NOT NULL;

-- Apart from items, so that a page of the list does not read past the content.
CREATE TABLE bodies (
  item INTEGER PRIMARY KEY REFERENCES items (seq) ON DELETE CASCADE,
  body BLOB NOT NULL
) STRICT;

CREATE VIRTUAL TABLE items_fts USING fts5 (
  name, text, sender,
  content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN
  INSERT INTO items_fts (rowid, name, text, sender)
  VALUES (new.seq, new.name, new.text, concat_ws(' ', new.from_name, new.from_uri, new.from_asserted));
END;
CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN
  DELETE FROM items_fts WHERE rowid = old.seq;
END;

CREATE TABLE offers (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  from_uri TEXT NOT NULL,
  from_name TEXT,
  from_asserted TEXT,
  channel TEXT,
  received_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT CHECK (outcome IN ('completed', 'partial', 'rejected', 'cancelled', 'failed', 'expired')),
  reason_code TEXT,
  reason_text TEXT,
  CHECK ((ended_at IS NULL) = (outcome IS NULL)),
  CHECK ((reason_code IS NULL) = (reason_text IS NULL))
) STRICT;

CREATE INDEX offers_open ON offers (seq) WHERE ended_at IS NULL;

CREATE TABLE offer_files (
  offer INTEGER NOT NULL REFERENCES offers (seq) ON DELETE CASCADE,
  idx INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT,
  size INTEGER,
  outcome TEXT NOT NULL
    CHECK (outcome IN ('open', 'receiving', 'completed', 'rejected', 'cancelled', 'failed', 'expired')),
  reason_code TEXT,
  reason_text TEXT,
  item TEXT REFERENCES items (id) ON DELETE SET NULL,
  PRIMARY KEY (offer, idx),
  CHECK ((reason_code IS NULL) = (reason_text IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX offer_files_by_item ON offer_files (item) WHERE item IS NOT NULL;
`;
