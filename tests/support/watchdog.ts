/**
 * Stops the server of a folder once no test process has used it for some seconds, and removes the folder.
 *
 * Arguments: the folder, and how many seconds.
 *
 * @module
 */

import { stopUnusedServer } from "./server.ts";

const [directory, lingerSec] = Deno.args;
await stopUnusedServer(directory, { lingerSec: Number(lingerSec) });
