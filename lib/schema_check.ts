/**
 * Looking at an installed schema: is it what was installed, and what would an installation do.
 *
 * @module
 */

import type { Database, DatabaseSession } from "./database.ts";
import { foreignSchemaError, IS_FOREIGN } from "./database_refusals.ts";
import {
  alteredByHand,
  appliedMigrations,
  hasPackage,
  installedOptions,
  type InstallOptions,
} from "./schema.ts";
import { findAltered, isMendable } from "./schema_objects.ts";
import { unmended, type UnmendedObject } from "./schema_remedies.ts";
import { BEGIN, checkExtra, migrationsAfter, newerVersionGuard, OBJECT_TEXTS } from "./schema_script.ts";
import { SCHEMA_VERSION } from "./version.ts";

/**
 * Compares the installed schema with what was installed and with what this version would install.
 *
 * @returns One sentence for each difference; none when all is well.
 */
export async function checkSchema(database: Database): Promise<string[]> {
  const [schema] = await database.query<{ foreign: boolean; empty: boolean }>(`
    select ${IS_FOREIGN} as foreign, to_regclass('absurd.installed_objects') is null as empty
    from pg_catalog.pg_namespace as n where n.nspname = 'absurd'`);
  if (schema?.foreign) return [foreignSchemaError(database.target.database).message];
  if (!schema || schema.empty) return ["Schema absurd is not installed"];
  const version = await appliedMigrations(database);
  if (version > SCHEMA_VERSION) {
    return [`Schema absurd has version ${version}, newer than the ${SCHEMA_VERSION} that this program knows`];
  }
  if (version < SCHEMA_VERSION) {
    return [`Schema absurd has version ${version}, older than the ${SCHEMA_VERSION} of this program`];
  }
  const altered = await findAltered(database, OBJECT_TEXTS);
  return [
    ...(await hasPackage(database)
      ? []
      : ["The functions of schema absurd are those of another version of this program"]),
    ...altered.map(({ problem }) => problem),
  ];
}

/** What an installation would do. */
export interface InstallPlan {
  /** Version of the schema now; 0 when there is none. */
  readonly installedVersion: number;
  /** Version that it would have. */
  readonly version: number;
  /** Names of the migrations that would run. */
  readonly applied: string[];
  /** True when there is no schema, or it would be dropped first. */
  readonly created: boolean;
  /** True when functions, comments and privileges are those of another version, and would be replaced. */
  readonly functionsDiffer: boolean;
  /** What was altered by hand and would be put right: kind and name, as `function absurd.get_task(uuid)`. */
  readonly mended: string[];
  /** What was altered by hand and would be left as it is, with what to do about it. */
  readonly unmended: UnmendedObject[];
  /** Roles that would be made. */
  readonly roles: string[];
  /** Extras that would be installed or brought up to date. */
  readonly extras: string[];
  /** How many tasks would be dropped; null where nothing would be. */
  readonly droppedTasks: number | null;
}

/**
 * Says what {@linkcode installSchema} would do, and changes nothing.
 *
 * @throws SchemaError when it would refuse the schema; NotAllowedError when the user may not install.
 * @throws InvalidArgumentError for an unknown extra.
 */
export async function planInstallation(
  database: Database,
  { with: requested = [], roles = false, reset = false }: InstallOptions = {},
): Promise<InstallPlan> {
  requested.forEach(checkExtra);
  return await database.session(async (session) => {
    // The first steps of an installation are taken and undone: whether they are allowed is part of the answer.
    await session.script("begin");
    try {
      await session.script(BEGIN);
      if (!reset) await session.script(newerVersionGuard());
      const installedVersion = await appliedMigrations(session);
      const installed = await installedOptions(session);
      const altered = reset ? [] : await alteredByHand(session);
      return {
        installedVersion,
        version: SCHEMA_VERSION,
        applied: migrationsAfter(reset ? 0 : installedVersion),
        created: reset || installedVersion === 0,
        functionsDiffer: reset || !await hasPackage(session),
        mended: altered.filter(isMendable).map(({ object }) => object),
        unmended: altered.filter((one) => !isMendable(one)).map((one) => unmended(one, OBJECT_TEXTS.tables)),
        roles: roles ? await missingRoles(session) : [],
        extras: [...new Set([...installed.extras, ...requested])],
        droppedTasks: reset && installedVersion > 0 ? await countTasks(session) : null,
      };
    } finally {
      await session.script("rollback");
    }
  });
}

async function missingRoles(session: DatabaseSession): Promise<string[]> {
  const rows = await session.query<{ role: string }>(`
    select r.role
    from unnest(array['absurd_owner', 'absurd_producer', 'absurd_worker', 'absurd_operator', 'absurd_reader'])
      as r (role)
    where to_regrole(r.role) is null`);
  return rows.map(({ role }) => role);
}

async function countTasks(session: DatabaseSession): Promise<number> {
  const [{ count }] = await session.query<{ count: number }>(
    "select count(*)::int as count from absurd.tasks",
  );
  return count;
}
