/**
 * How a server is set up.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";
import type { ServeEvent } from "./events.ts";

/** How to serve. */
export interface ServeOptions {
  /** Address to listen on. Anything but loopback needs a token. @default {"127.0.0.1"} */
  hostname?: string;
  /** Port; 0 takes a free one. @default {8110} */
  port?: number;
  /** Bearer token that may read and write, 16 characters or more; without one nobody may write. */
  token?: string;
  /** Bearer token that may only read, 16 characters or more. */
  readToken?: string;
  /** Names under which the server may be called, besides its addresses and `localhost`. */
  allowedHosts?: readonly string[];
  /**
   * Refuses all writing, and works with the rights of the role `absurd_reader`, which has to be there and of which the
   * user has to be a member. @default {false}
   */
  readOnly?: boolean;
  /** Names of parameters that are not shown, by task name. */
  secrets?: Readonly<Record<string, readonly string[]>>;
  /** WebSocket clients at a time. @default {2000} */
  maxClients?: number;
  /** Requests a second from one address, on average; bursts may be three times that. @default {100} */
  requestsPerSec?: number;
  /** Bytes that may wait for a slow WebSocket client. @default {1048576} */
  maxBufferedBytes?: number;
  /** Seconds for which they may wait; then the client is cut off, and may go on from its cursor. @default {10} */
  slowClientSec?: number;
  /** Told about the server's life. */
  onEvent?: (event: ServeEvent) => void;
}

/** Options with their defaults. */
export type ServeSettings =
  & Required<Omit<ServeOptions, "token" | "readToken">>
  & Pick<ServeOptions, "token" | "readToken">;

const MIN_TOKEN_LENGTH = 16;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether an address is this machine's own, out of reach of others. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Fills in the defaults.
 *
 * @throws InvalidArgumentError when a token is too short, or missing where everybody could call.
 */
export function serveSettings(options: ServeOptions): ServeSettings {
  const { token, readToken, hostname = "127.0.0.1" } = options;
  checkToken("ABSURD_SERVE_TOKEN (option token)", token);
  checkToken("ABSURD_SERVE_READ_TOKEN (option readToken)", readToken);
  if (!isLoopback(hostname) && token === undefined && readToken === undefined) {
    throw new InvalidArgumentError(`Listening on ${hostname}, where others can call, needs a token`, {
      hint: "Set ABSURD_SERVE_TOKEN or ABSURD_SERVE_READ_TOKEN (openssl rand -hex 24 makes one)",
    });
  }
  return {
    hostname,
    port: 8110,
    allowedHosts: [],
    readOnly: false,
    secrets: {},
    maxClients: 2000,
    requestsPerSec: 100,
    maxBufferedBytes: 1024 * 1024,
    slowClientSec: 10,
    onEvent: () => {},
    ...withoutUndefined(options),
  };
}

function checkToken(name: string, token?: string): void {
  if (token === undefined || token.length >= MIN_TOKEN_LENGTH) return;
  throw new InvalidArgumentError(`${name} has ${token.length} characters, fewer than ${MIN_TOKEN_LENGTH}`, {
    hint: "Make one: openssl rand -hex 24",
  });
}

function withoutUndefined(options: ServeOptions): ServeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
