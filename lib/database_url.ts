/**
 * Database URLs: checked, shown without their password, and resolved when they name an embedded server.
 *
 * @module
 */

import { splitHosts } from "./database_hosts.ts";
import { InvalidArgumentError } from "./errors.ts";

/** The variable that a URL comes from, for messages. */
export type UrlVariable = "ABSURD_DATABASE_URL" | "ABSURD_LISTEN_URL";

const VARIABLE = "ABSURD_DATABASE_URL";
const EMBEDDED = "embedded:";
const HINT =
  "Use postgres://USER:PASSWORD@HOST:PORT/DATABASE, or embedded:DIR for a server of this machine's own";

/**
 * A URL as it may be shown and logged: passwords replaced by `***`.
 *
 * @example The password does not show
 * ```ts
 * import { redactUrl } from "@dsa110/absurd";
 * import assert from "node:assert/strict";
 *
 * assert.equal(redactUrl("postgres://ada:secret@db/queue"), "postgres://ada:***@db/queue");
 * ```
 */
export function redactUrl(url: string): string {
  return url
    // up to the last @ before the path, because a password typed without percent-encoding may hold @ and :
    .replace(/^([a-z+]+:\/\/[^:/@]*):.*@(?=[^@]*$)/i, "$1:***@")
    .replace(/([?&](?:password|sslkey)=)[^&]*/gi, "$1***");
}

/** The error for a URL that cannot be used. */
export function invalidUrlError(
  url: string,
  problem: string,
  { variable = VARIABLE, hint = HINT }: { variable?: UrlVariable; hint?: string } = {},
): InvalidArgumentError {
  return new InvalidArgumentError(`${variable} is "${redactUrl(url)}", ${problem}`, { hint });
}

/** Several hosts as parameters. */
const HOST_LIST = /[?&](?:host|hostaddr|port)=[^&]*(?:,|%2C)/i;
const HOST_LIST_HINT = "Write them before the database: postgres://USER:PASSWORD@HOST1,HOST2/DATABASE";

/**
 * Checks what can be checked without a connection.
 *
 * @param variable Where it comes from. @default {"ABSURD_DATABASE_URL"}
 * @throws InvalidArgumentError when the URL is not one of PostgreSQL.
 */
export function checkDatabaseUrl(url: string, variable: UrlVariable = VARIABLE): void {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw invalidUrlError(url, "which is not a PostgreSQL URL", { variable });
  }
  if (HOST_LIST.test(url)) {
    throw invalidUrlError(url, "which lists hosts in a parameter", { variable, hint: HOST_LIST_HINT });
  }
  checkTls(url, variable);
  if (splitHosts(url).every(isUrl)) return;
  throw invalidUrlError(
    url,
    "which is not a valid URL; special characters in a password must be percent-encoded",
    { variable },
  );
}

const TLS_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/** The driver takes a mode that it does not know for one that it knows. */
function checkTls(url: string, variable: UrlVariable): void {
  const mode = url.match(/[?&]sslmode=([^&]*)/)?.[1];
  if (mode === undefined) return;
  if (!TLS_MODES.includes(mode)) {
    const hint = "Use verify-full, with sslrootcert=FILE for an authority of your own";
    throw invalidUrlError(url, `which has sslmode=${mode}; allowed are ${TLS_MODES.join(", ")}`, {
      variable,
      hint,
    });
  }
  if (mode === "verify-ca" && !/[?&]sslrootcert=/.test(url)) {
    const hint = "Add sslrootcert=FILE, or use verify-full with a public authority";
    throw invalidUrlError(url, "which has sslmode=verify-ca without sslrootcert", { variable, hint });
  }
}

function isUrl(url: string): boolean {
  try {
    // a socket folder is named by ?host=, with nothing between @ and /, which the URL standard does not know
    const { port, pathname } = new URL(
      url.replace("@/", "@localhost/").replace(/^(\w+:\/\/)(\/|$)/, "$1localhost$2"),
    );
    // an @ in the path is the rest of a password that held a slash
    if (port === "0" || pathname.includes("@")) throw new TypeError("Not a URL");
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/**
 * Turns the configured URL into one that a driver can connect to. `embedded:DIR` starts (or joins) the PostgreSQL
 * server kept in DIR, and gives its URL; anything else is checked and returned as it is.
 *
 * @param url `postgres://…` or `embedded:DIR`.
 * @param options.signal Gives up waiting for an embedded server to start.
 * @throws InvalidArgumentError when the URL cannot be used.
 * @throws EmbeddedPostgresError when the embedded server cannot be started.
 */
export async function resolveDatabaseUrl(
  url: string,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  if (!url.startsWith(EMBEDDED)) {
    checkDatabaseUrl(url);
    return url;
  }
  const directory = url.slice(EMBEDDED.length);
  if (directory === "") throw invalidUrlError(url, "which names no folder");
  const { startPostgres } = await import("./postgres/mod.ts");
  const server = await startPostgres(directory, { signal: options.signal });
  return server.url;
}
