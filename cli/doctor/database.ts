/**
 * What a doctor looks at in the database.
 *
 * @module
 */

import { type AbsurdClient, AbsurdError, type Diagnosis, NotAllowedError } from "@dsa110/absurd";
import { byteSize, duration } from "../format.ts";
import { critical, type Finding, ok, warning } from "./finding.ts";

const RIGHTS = ["spawn", "work", "look", "operate"] as const;
const SLOW_MS = 500;
const SKEW_SEC = { warning: 2, critical: 60 };
const OLDEST_SERVER = 140_000;
const OLD_TRANSACTION_SEC = 3600;
/** A small table may be all dead rows for a while. */
const DEAD_ROWS = { least: 50_000, share: 0.3 };
const CONNECTIONS_SHARE = 0.9;

/** Looks at the connection, the server, the schema and the user's rights; ends at the first that makes the rest moot. */
export async function examineDatabase(client: AbsurdClient): Promise<Finding[]> {
  const connection = await examineConnection(client);
  if (connection.level === "critical") return [connection];
  const schema = await examineSchema(client);
  if (schema.level === "critical") return [connection, schema];
  try {
    return [connection, schema, ...await examineServerState(client)];
  } catch (error) {
    return [connection, failure("server", error)]; // as with the schema of an older program
  }
}

async function examineServerState(client: AbsurdClient): Promise<Finding[]> {
  const startMs = Date.now();
  const diagnosis = await client.diagnose();
  const localMs = (startMs + Date.now()) / 2;
  return [
    examineServer(diagnosis),
    examineRights(diagnosis),
    examineClock(diagnosis, localMs),
    examineVacuum(diagnosis),
    examineTransactions(diagnosis),
    examineConnections(diagnosis),
    ok("size", describeSize(diagnosis)),
  ];
}

async function examineConnection(client: AbsurdClient): Promise<Finding> {
  try {
    await client.connect();
    const startMs = performance.now();
    await client.connect();
    const latencyMs = performance.now() - startMs;
    const message = `The database answers in ${duration(latencyMs)}`;
    if (latencyMs <= SLOW_MS) return ok("connection", message);
    return warning("connection", message, "Look at the load of the server, and at the network between");
  } catch (error) {
    return failure("connection", error);
  }
}

async function examineSchema(client: AbsurdClient): Promise<Finding> {
  try {
    const version = await client.schemaVersion();
    if (version === null) return critical("schema", "The database has no schema absurd", "Run: absurd init");
    const differences = await compareSchema(client);
    if (differences === null) {
      return ok("schema", `Version ${version}; who installed it could compare it piece by piece`);
    }
    if (differences.length === 0) return ok("schema", `Version ${version}, as this program would install it`);
    const [first] = differences;
    const more = differences.length > 1 ? `, and ${differences.length - 1} more` : "";
    return warning(
      "schema",
      `It differs: ${first}${more}`,
      "absurd init --check tells all; absurd init mends what it can, and says how to mend the rest",
    );
  } catch (error) {
    return failure("schema", error);
  }
}

/** What differs from what was installed; null where the user may not see it, as with all roles of the queue. */
async function compareSchema(client: AbsurdClient): Promise<string[] | null> {
  try {
    return await client.checkSchema();
  } catch (error) {
    if (error instanceof NotAllowedError) return null;
    throw error;
  }
}

function failure(check: string, error: unknown): Finding {
  if (!(error instanceof AbsurdError)) throw error;
  return critical(check, error.message, error.hint ?? "Correct what the message says");
}

function examineServer({ serverVersion, serverVersionNum, inRecovery, isolation }: Diagnosis): Finding {
  const name = `PostgreSQL ${serverVersion}`;
  if (inRecovery) {
    return critical(
      "server",
      `${name} is a standby, which takes no changes`,
      "Name the primary in ABSURD_DATABASE_URL",
    );
  }
  if (serverVersionNum < OLDEST_SERVER) {
    return critical("server", `${name} is older than 14`, "Upgrade the server");
  }
  if (isolation !== "read committed") {
    return critical(
      "server",
      `Transactions are ${isolation} unless they ask for less, which the queue refuses`,
      "alter role … set default_transaction_isolation = 'read committed'",
    );
  }
  return ok("server", name);
}

function examineRights({ user, rights }: Diagnosis): Finding {
  const may = RIGHTS.filter((right) => rights[right]);
  if (may.length === 0) {
    return critical(
      "rights",
      `User ${user} may call nothing`,
      `grant absurd_operator (or another role) to ${user}`,
    );
  }
  return ok("rights", `User ${user} may ${may.join(", ")}`);
}

function examineClock({ at, queueTimeIsReal }: Diagnosis, localMs: number): Finding {
  const skewSec = Math.abs(at.getTime() - localMs) / 1000;
  const message = `This machine and the database are ${duration(skewSec * 1000)} apart`;
  const remedy = "Let both keep time by NTP: leases and schedules go by the database's clock";
  if (!queueTimeIsReal) {
    return critical(
      "clock",
      "The queue's clock is not the server's: absurd.clock() was replaced",
      "Run: absurd init",
    );
  }
  if (skewSec > SKEW_SEC.critical) return critical("clock", message, remedy);
  return skewSec > SKEW_SEC.warning ? warning("clock", message, remedy) : ok("clock", message);
}

function examineVacuum({ autovacuum, tables }: Diagnosis): Finding {
  if (!autovacuum) {
    return critical(
      "autovacuum",
      "The server does not clean its tables by itself, so that claims become slower and slower",
      "Set autovacuum = on and track_counts = on in postgresql.conf",
    );
  }
  const full = tables.filter(({ rows, deadRows }) =>
    deadRows > DEAD_ROWS.least && deadRows > DEAD_ROWS.share * (rows + deadRows)
  );
  if (full.length === 0) return ok("autovacuum", "The server cleans its tables");
  const names = full.map(({ name, deadRows }) => `${name} (${deadRows})`).join(", ");
  return warning(
    "autovacuum",
    `Tables with many dead rows: ${names}`,
    `Run: vacuum analyze absurd.${
      full[0].name
    }; more autovacuum workers, or an old transaction that ends, keep it so`,
  );
}

function examineTransactions({ oldestTransactionSec }: Diagnosis): Finding {
  if (oldestTransactionSec === null) {
    const remedy = "grant pg_read_all_stats to absurd_owner shows them";
    return ok("transactions", `Transactions of others are not shown to the schema's owner; ${remedy}`);
  }
  const message = `The oldest transaction is ${duration(oldestTransactionSec * 1000)} old`;
  if (oldestTransactionSec <= OLD_TRANSACTION_SEC) return ok("transactions", message);
  return warning(
    "transactions",
    `${message}: rows that died since cannot be cleaned`,
    "Find it in pg_stat_activity by xact_start, and end it; set idle_in_transaction_session_timeout",
  );
}

function examineConnections({ connections, maxConnections }: Diagnosis): Finding {
  const message = `${connections} of ${maxConnections} connections are used`;
  if (connections < CONNECTIONS_SHARE * maxConnections) return ok("connections", message);
  return warning("connections", message, "Raise max_connections, or put a pooler in between");
}

function describeSize({ databaseBytes, tables }: Diagnosis): string {
  const largest = tables.slice(0, 3).map(({ name, bytes }) => `${name} ${byteSize(bytes)}`);
  return `The database has ${byteSize(databaseBytes)}: ${largest.join(", ")}`;
}
