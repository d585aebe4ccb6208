/**
 * The port that the server listens on.
 *
 * @module
 */

import { EmbeddedPostgresError, InvalidArgumentError } from "../errors.ts";

/**
 * Picks a free port: `named` if the user named one, else the one used last, else any.
 *
 * @throws {InvalidArgumentError} When the named port is no port number.
 * @throws {EmbeddedPostgresError} When the named port is taken.
 */
export function pickPort({ named, last }: { named?: number; last?: number }): number {
  if (named !== undefined) {
    if (!Number.isInteger(named) || named < 1 || named > 65535) {
      throw new InvalidArgumentError(`Port ${named} is not a whole number from 1 to 65535`);
    }
    if (isFree(named)) return named;
    throw new EmbeddedPostgresError(`Port ${named} on 127.0.0.1 is taken by another program`, {
      hint: "Choose another port, or none: then a free one is found",
    });
  }
  if (last !== undefined && isFree(last)) return last;
  return freePort();
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/** Another program may take the port before the server does; the caller then tries again. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    return listener.addr.port;
  } finally {
    listener.close();
  }
}
