/**
 * Databases as older versions left them.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";
import { emptyDatabase } from "../support/database.ts";

const FIRST = new URL("../fixtures/schemas/first.sql", import.meta.url);

/** A database as the first schema left it. */
export async function withFirstSchema(
  test: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  await using own = await emptyDatabase();
  const dump = await Deno.readTextFile(FIRST);
  await own.database.script(`set check_function_bodies = off;\n${dump}\nreset check_function_bodies`);
  await test(own.database, own.url);
}
