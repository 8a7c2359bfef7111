/** How an item came over MSRP: in the clear, or encrypted, from somebody who is proven or not. */
export const encryption = `
ALTER TABLE items ADD COLUMN encryption TEXT CHECK (encryption IN ('none', 'unproven', 'proven'));
`;
