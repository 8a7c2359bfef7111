/** Words are indexed behind the items (`search-index.ts`), and messages of no channel are not in the index of channels. */
export const searchBehind = `
DROP TRIGGER items_fts_insert;

DROP INDEX items_by_channel;
CREATE INDEX items_by_channel ON items (channel) WHERE deleted_at IS NULL AND channel IS NOT NULL;
`;
