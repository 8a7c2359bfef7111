/** An address and its port as one reads them, and as they stand in a URI. Port 0 is left out. */
export const hostPort = (host: string, port: number): string =>
  `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}${port === 0 ? "" : `:${port}`}`;
