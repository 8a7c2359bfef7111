/** What the envelope of an item said: how it is to be shown, when it was written and who wrote it, by their own account. */
export const envelopes = `
ALTER TABLE items ADD COLUMN disposition TEXT;
ALTER TABLE items ADD COLUMN sent_at INTEGER;
ALTER TABLE items ADD COLUMN author_uri TEXT;
ALTER TABLE items ADD COLUMN author_name TEXT;
`;
