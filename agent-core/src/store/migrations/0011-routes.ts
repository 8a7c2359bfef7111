/** What notifications of a display pass on their way (RFC 5438 §6.5): URIs between blanks. */
export const routes = `
ALTER TABLE displays ADD COLUMN route TEXT NOT NULL DEFAULT '';
`;
