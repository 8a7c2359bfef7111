/** Offers of links outlive a stop: what brings them back, until they have ended. */
export const links = `
CREATE TABLE links (
  offer INTEGER PRIMARY KEY REFERENCES offers (seq) ON DELETE CASCADE,
  kept TEXT NOT NULL
) STRICT;
`;
