/**
 * The server behind `absurd serve`: live page, JSON API, events over WebSocket, metrics.
 *
 * @example
 * ```ts ignore
 * import { AbsurdConfig } from "@dsa110/absurd";
 * import { AbsurdServer } from "@dsa110/absurd/serve";
 *
 * await new AbsurdServer(AbsurdConfig.fromEnv()).run({ signal: AbortSignal.timeout(60_000) });
 * ```
 *
 * @module
 */

export { AbsurdServer, type ServeRunOptions } from "./server.ts";
export type { ServeOptions } from "./options.ts";
export type { ServeEvent } from "./events.ts";
export type { AbsurdConfig } from "../config.ts";
