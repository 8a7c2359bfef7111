/**
 * Every schema there was, in order: the n-th brings a database from version n-1 to n (`user_version`). One that has
 * been released is never changed; the next is added behind it.
 */
import { initial } from "./0001-initial.ts";
import { partials } from "./0002-partials.ts";
import { envelopes } from "./0003-envelopes.ts";
import { searchBehind } from "./0004-search-behind.ts";
import { kinds } from "./0005-kinds.ts";
import { decisions } from "./0006-decisions.ts";
import { links } from "./0007-links.ts";
import { displays } from "./0008-displays.ts";
import { octets } from "./0009-octets.ts";
import { encryption } from "./0010-encryption.ts";
import { routes } from "./0011-routes.ts";

export const MIGRATIONS: readonly string[] = [
  initial,
  partials,
  envelopes,
  searchBehind,
  kinds,
  decisions,
  links,
  displays,
  octets,
  encryption,
  routes,
];
