/**
 * Uses the server of the folder in its argument until it is killed.
 *
 * @module
 */

import { useEmbeddedServer } from "./server.ts";

const server = await useEmbeddedServer(Deno.args[0], { lingerSec: 0 });
await Deno.stdout.write(new TextEncoder().encode(`${server.url}\n`));
setInterval(() => {}, 60_000);
