/**
 * The driver: the only file that imports it. Everything else sees `database.ts`. Pool and connections have handlers of
 * errors here: an unhandled one would end the process.
 *
 * @module
 */

// @ts-types="@types/pg"
import pg from "pg";
import { type DatabaseTarget, StandbyError } from "./database_errors.ts";
import { Hosts, splitHosts } from "./database_hosts.ts";
import type { ListenConnection } from "./database_listener.ts";
import { checkDatabaseUrl, invalidUrlError, type UrlVariable } from "./database_url.ts";

/** A connection is given up after this. On a machine with too much to do a login took 2.5 s, and once more than 5. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A connection that nobody has used for so long is closed. */
export const IDLE_TIMEOUT_MS = 30_000;

/** Connections that calls share. */
export type Pool = pg.Pool;
/** One of them, in somebody's hands. */
export type PoolClient = pg.PoolClient;

const UUID_ARRAY = 2951;

/** The driver reads arrays character by character; that of ids, which need no quotes, may be very long. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type: number, format?: "text" | "binary") =>
    type === UUID_ARRAY ? readUuids : pg.types.getTypeParser(type, format as "text"),
};

function readUuids(text: string): (string | null)[] {
  return text === "{}" ? [] : text.slice(1, -1).split(",").map((id) => id === "NULL" ? null : id);
}

/**
 * Makes a pool; nothing is connected yet.
 *
 * @param hosts Where connections go; of several hosts only a primary will do.
 * @param maxConnections Connections at most.
 */
export function makePool(hosts: Hosts<Route>, maxConnections: number): Pool {
  const pool = new pg.Pool({
    max: maxConnections,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    // the pool's own option would also limit how long a caller may queue for a connection that others hold
    connectionTimeoutMillis: 0,
    verify: hosts.several ? (client, done) => void assertPrimary(client).then(() => done(), done) : undefined,
    Client: class extends pg.Client {
      constructor() {
        super(hosts.current.config);
        // the driver leaves a login that it gives up itself (no password) to the server's own timeout, a minute
        this.connection.on("error", () => this.connection.stream.destroy());
      }
    },
  });
  pool.on("error", ignore); // an idle connection broke: the pool has dropped it
  pool.on("connect", (client) => client.on("error", ignore)); // the statement under way rejects, too
  return pool;
}

/** How to get to a host. */
export interface Route {
  /** The driver's settings. */
  readonly config: pg.ClientConfig;
  /** Where that leads. */
  readonly target: DatabaseTarget;
}

/**
 * The ways to the hosts of a URL.
 *
 * @throws InvalidArgumentError when the URL cannot be used.
 */
export function routesTo(url: string, applicationName: string, variable: UrlVariable): Hosts<Route> {
  checkDatabaseUrl(url, variable);
  return new Hosts(splitHosts(url).map((one) => route(one, applicationName, variable)));
}

/**
 * The driver's settings for a URL, and where it would go. TLS modes mean what they mean to psql and every other client
 * of libpq. Throws when the driver cannot read the URL (or a certificate that it names).
 */
function route(url: string, applicationName: string, variable: UrlVariable): Route {
  const libpq = /[?&]sslmode=/.test(url) && !/[?&]uselibpqcompat=/.test(url) ? "&uselibpqcompat=true" : "";
  const config: pg.ClientConfig = {
    connectionString: url + libpq,
    "application_name": applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
  try {
    const { host, port, user = "", database = "" } = new pg.Client(config);
    return { config, target: { host, port, user, database } };
  } catch (error) {
    throw invalidUrlError(url, `which cannot be used: ${(error as Error).message}`, { variable });
  }
}

/** A connection for a listener, not open yet. */
export function listenConnection(hosts: Hosts<Route>): ListenConnection {
  const route = hosts.current;
  const client = new pg.Client(route.config);
  return {
    connect: () => client.connect(),
    get pid() {
      return (client as unknown as { processID: number }).processID; // the driver's types leave it out
    },
    query: (text) => client.query(text),
    end: () => client.end(),
    destroy: (error) => client.connection.stream.destroy(error),
    giveUp: () => void hosts.next(route),
    subscribe({ notify, broken }) {
      client.on("notification", ({ channel, payload }) => notify(channel, payload ?? ""));
      client.on("error", broken);
      client.on("end", () => broken(new Error("The connection ended")));
    },
  };
}

async function assertPrimary(client: pg.PoolClient): Promise<void> {
  const { rows: [{ standby }] } = await client.query<{ standby: boolean }>(
    "select pg_is_in_recovery() as standby",
  );
  if (standby) throw new StandbyError();
}

function ignore(): void {}
