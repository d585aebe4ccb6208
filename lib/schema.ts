/**
 * Installing the schema `absurd`.
 *
 * Installing is one transaction under an advisory lock: migrations that are missing run once, functions, comments
 * and privileges are applied anew. The script that does it is the one that `schemaSql()` returns.
 *
 * @module
 */

import type { Database, DatabaseSession } from "./database.ts";
import { type AlteredObject, findAltered, isComparable } from "./schema_objects.ts";
import { unmended, type UnmendedObject } from "./schema_remedies.ts";
import {
  BEGIN,
  bodySql,
  migrationsAfter,
  OBJECT_TEXTS,
  packageDigest,
  RECOUNT,
  type SchemaOptions,
} from "./schema_script.ts";
import { SCHEMA_VERSION } from "./version.ts";

/** How to install. */
export interface InstallOptions extends SchemaOptions {
  /**
   * Drops the schema with all tasks first. Roles and extras that were installed are installed again.
   *
   * @default {false}
   */
  reset?: boolean;
}

/** What an installation did. */
export interface InstallResult {
  /** Version of the schema now. */
  readonly version: number;
  /** Names of the migrations that ran. */
  readonly applied: string[];
  /** True when there was no schema before. */
  readonly created: boolean;
  /** What was asked for and was not there before: `roles`, or `extra` and its name. */
  readonly added: string[];
  /** True when functions, comments and privileges were those of another version, and were replaced. */
  readonly functionsDiffered: boolean;
  /** What was altered by hand and was put right: kind and name, as `function absurd.get_task(uuid)`. */
  readonly mended: string[];
  /** What was altered by hand and is left as it is, with what to do about it. */
  readonly unmended: UnmendedObject[];
}

/**
 * Installs the schema, or brings it up to date. Harmless to repeat, and to call from several processes at once.
 *
 * @throws SchemaError when a schema `absurd` is there that is not ours, or is of a newer version than this one.
 * @throws InvalidArgumentError for an unknown extra.
 */
export async function installSchema(
  database: Database,
  options: InstallOptions = {},
): Promise<InstallResult> {
  const { reset = false } = options;
  const body = bodySql(options);
  return await database.session(async (session) => {
    await session.script("begin");
    try {
      await session.script(BEGIN);
      let script = body;
      if (reset) {
        script = bodySql(await keptBy(session, options));
        await session.script(`drop schema absurd cascade;\n${BEGIN}`);
      }
      const before = await appliedMigrations(session);
      const { extras, roles } = await installedOptions(session);
      const functionsDiffered = before > 0 && !await hasPackage(session);
      const altered = await alteredByHand(session);
      await session.script(script);
      await session.script("commit");
      await session.script(RECOUNT);
      // Only now, because nobody may use the tables while migrations run.
      const left = await findAltered(session, OBJECT_TEXTS);
      return {
        version: SCHEMA_VERSION,
        applied: migrationsAfter(before),
        created: before === 0,
        added: [
          ...(options.roles && !roles ? ["roles"] : []),
          ...(options.with ?? []).filter((name) => !extras.includes(name)).map((name) => `extra ${name}`),
        ],
        functionsDiffered,
        ...compare(altered, left),
      };
    } catch (error) {
      await session.script("rollback").catch(() => {}); // the first error is the one to tell
      throw error;
    }
  });
}

/** What was altered since the last installation; nothing where that cannot be known. */
export async function alteredByHand(session: DatabaseSession): Promise<AlteredObject[]> {
  return await isComparable(session, OBJECT_TEXTS) ? await findAltered(session, OBJECT_TEXTS) : [];
}

/** What an installation put right of what had been altered, and what it left. */
function compare(
  altered: readonly AlteredObject[],
  left: readonly AlteredObject[],
): Pick<InstallResult, "mended" | "unmended"> {
  const gone = altered.filter(({ object }) => !left.some((other) => other.object === object));
  // A migration changes a table as it finds it, and what it makes of it is recorded: it is told this time only.
  const isChanged = ({ object, installed, found }: AlteredObject) =>
    installed && found && /^(table|type) /.test(object);
  return {
    mended: gone.filter((one) => !isChanged(one)).map(({ object }) => object),
    unmended: [...gone.filter(isChanged), ...left].map((one) => unmended(one, OBJECT_TEXTS.tables)),
  };
}

/** Whether functions, comments and privileges are those of this version. */
export async function hasPackage(session: DatabaseSession): Promise<boolean> {
  const rows = await session.query(
    "select from absurd.installed_objects where object = 'package' and fingerprint = $1",
    [packageDigest()],
  );
  return rows.length > 0;
}

/** The options of an installation after a reset: what was there is there again. */
async function keptBy(session: DatabaseSession, options: SchemaOptions): Promise<SchemaOptions> {
  const { extras, roles } = await installedOptions(session);
  return { with: [...new Set([...extras, ...options.with ?? []])], roles: roles || options.roles };
}

/** What was installed besides the queue itself. */
export async function installedOptions(
  session: DatabaseSession,
): Promise<{ extras: string[]; roles: boolean }> {
  const [row] = await session.query<{ extras: string[]; roles: boolean }>(`
    select
      array(select substr(o.object, 7) from absurd.installed_objects as o where o.object like 'extra %') as extras,
      n.nspowner = to_regrole('absurd_owner')::oid is true as roles
    from pg_catalog.pg_namespace as n where n.nspname = 'absurd'`);
  return row;
}

/** How many migrations the database has; they are numbered from 1 without gaps. */
export async function appliedMigrations(database: DatabaseSession): Promise<number> {
  const [{ version }] = await database.query<{ version: number }>(
    "select coalesce(max(version), 0) as version from absurd.migrations",
  );
  return version;
}
