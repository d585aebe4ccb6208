/**
 * A database of its own for every test.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";
import { useTestServer } from "./server.ts";
import { ensureTemplate, makeDatabase, type TestDatabase } from "./template.ts";

export type { TestDatabase } from "./template.ts";

// Before any test, because what a test opens it must close: the hold on the server lasts as long as this module.
const server = await useTestServer();
const template = await ensureTemplate(server.url);

/** Makes a database from the template: `await using test = await testDatabase()`. */
export function testDatabase(): Promise<TestDatabase> {
  return makeDatabase(server.url, template);
}

/** Makes a database without the schema, to test what installs it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(server.url, "template0");
}

/** Runs `test` on a database of its own. */
export async function withDatabase(test: (database: Database, url: string) => Promise<void>): Promise<void> {
  await using own = await testDatabase();
  await test(own.database, own.url);
}
