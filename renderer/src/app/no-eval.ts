/** zod's fast path compiles with `new Function`. Under `script-src 'self'` that only makes noise, so it is off. */
import { z } from "zod";

z.config({ jitless: true });
