/** What an item is by its first octets, and whether that is a reason for caution. */
export const kinds = `
ALTER TABLE items ADD COLUMN sniffed TEXT;
ALTER TABLE items ADD COLUMN caution TEXT CHECK (caution IN ('program', 'disguised'));
`;
