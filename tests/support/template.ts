/**
 * The template that test databases are cloned from: the schema, a clock that can be set and strict checks, installed
 * once a server.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type Database, type DatabaseSession, openDatabase } from "../../lib/database.ts";
import { installSchema } from "../../lib/schema.ts";
import { schemaSql } from "../../lib/schema_script.ts";
import { CLOCK_SQL } from "./clock.ts";
import { STATES_SQL } from "./states.ts";

const EXTRAS = ["sky"];
const PREFIX = "absurd_template_";

/** Key of the lock under which the template is made; any number that nobody else uses. */
const LOCK_KEY = 20_260_607;

/** Makes the template on the server of URL `server`, unless it is there, and returns its name. */
export async function ensureTemplate(server: string): Promise<string> {
  const name = templateName();
  await onServer(server, async (session) => {
    // Test files run in parallel, and each of them comes here first.
    await session.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    try {
      if (!await isReady(session, name)) await makeTemplate(session, server, name);
    } finally {
      await session.query("select pg_advisory_unlock($1)", [LOCK_KEY]);
    }
  });
  return name;
}

/** Drops the template that {@linkcode ensureTemplate} makes; for servers that outlive the tests. */
export async function dropTemplate(server: string): Promise<void> {
  await onServer(server, (session) => dropDatabase(session, templateName()));
}

/** A database of one test; dropped when disposed of. */
export interface TestDatabase extends AsyncDisposable {
  /** Connected as a superuser. */
  readonly database: Database;
  /** Where others connect to. */
  readonly url: string;
}

/** Makes a database on the server of `server`, a clone of `template`. */
export async function makeDatabase(server: string, template: string): Promise<TestDatabase> {
  const name = `absurd_test_${crypto.randomUUID().replaceAll("-", "")}`;
  await onServer(server, (session) => session.query(`create database ${name} template ${template}`));
  const url = databaseUrl(server, name);
  const database = openDatabase({ url, applicationName: "absurd test" });
  return {
    database,
    url,
    async [Symbol.asyncDispose]() {
      await database.close();
      await onServer(server, (session) => dropDatabase(session, name));
    },
  };
}

async function onServer<T>(server: string, work: (session: DatabaseSession) => Promise<T>): Promise<T> {
  await using database = openDatabase({ url: server, maxConnections: 1, applicationName: "absurd tests" });
  return await database.session(work);
}

/** The URL of database `name` on the server of `url`. */
function databaseUrl(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.href;
}

/** Another schema gives another name, so that a template is never out of date. */
function templateName(): string {
  const content = schemaSql({ with: EXTRAS }) + CLOCK_SQL + STATES_SQL;
  return PREFIX + createHash("sha256").update(content).digest("hex").slice(0, 12);
}

/** A template that is half made does not bear the mark yet. */
async function isReady(session: DatabaseSession, name: string): Promise<boolean> {
  const rows = await session.query("select from pg_database where datname = $1 and datistemplate", [name]);
  return rows.length > 0;
}

async function makeTemplate(session: DatabaseSession, server: string, name: string): Promise<void> {
  await dropDatabase(session, name);
  await session.query(`create database ${name} template template0`);
  {
    await using database = openDatabase({ url: databaseUrl(server, name), maxConnections: 2 });
    await installSchema(database, { with: EXTRAS });
    await database.script(CLOCK_SQL + STATES_SQL);
  }
  // Cloning fails while anybody is connected to the template.
  await session.query(`alter database ${name} with is_template true allow_connections false`);
}

/** Drops a database, also while workers that a test has killed are still connected to it. */
async function dropDatabase(session: DatabaseSession, name: string): Promise<void> {
  const rows = await session.query("select from pg_database where datname = $1", [name]);
  if (rows.length === 0) return;
  await session.query(`alter database ${name} with is_template false`);
  await session.query(`drop database ${name} with (force)`);
}
