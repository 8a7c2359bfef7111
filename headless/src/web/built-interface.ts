/** Where the built user interface lies. Its package is no dependency: it is files, made by `npm run build`. */
import { fileURLToPath } from "node:url";

export const builtInterface = fileURLToPath(new URL("../../../renderer/dist", import.meta.url));
