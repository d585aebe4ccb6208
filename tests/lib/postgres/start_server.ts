/**
 * Starts or joins the server of the folder in its argument, prints it as JSON, and waits to be killed.
 *
 * @module
 */

import { startPostgres } from "../../../lib/postgres/mod.ts";

const server = await startPostgres(Deno.args[0], { durable: false });
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(server) + "\n"));
setInterval(() => {}, 60_000);
