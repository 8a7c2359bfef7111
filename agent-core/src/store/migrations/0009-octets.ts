/** How much the files of an account, and of a channel, take, and which are the oldest. */
export const octets = `
CREATE INDEX items_octets ON items (account, channel, size) WHERE path IS NOT NULL;
`;
