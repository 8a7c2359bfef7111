/**
 * Files whose transfer broke, to go on with: what was offered, and the hash over the octets from the beginning at some
 * places (`partial_checkpoints`), so that what is claimed of a part can be read again first. And items by their hash.
 */
export const partials = `
CREATE TABLE partials (
  id TEXT PRIMARY KEY,
  folder TEXT NOT NULL,
  account TEXT NOT NULL,
  sender TEXT NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  hashes TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  octets INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX partials_of ON partials (account, sender, size);

CREATE TABLE partial_checkpoints (
  partial TEXT NOT NULL REFERENCES partials (id) ON DELETE CASCADE,
  octets INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (partial, octets)
) STRICT, WITHOUT ROWID;

CREATE INDEX items_by_sha256 ON items (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX items_by_sha1 ON items (sha1) WHERE sha1 IS NOT NULL;
`;
