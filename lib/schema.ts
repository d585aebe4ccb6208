/**
 * Installing the schema `absurd`, and checking that it still is what was installed.
 *
 * Installing is one transaction under an advisory lock: migrations that are missing run once, functions, comments
 * and privileges are applied anew. The script that does it is the one that {@linkcode schemaSql} prints.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Database, DatabaseSession } from "./database.ts";
import { InvalidArgumentError } from "./errors.ts";
import { BEGIN, COMMENTS, EXTRAS, FINGERPRINTS, FUNCTIONS, GRANTS, MIGRATIONS, ROLES } from "../sql/mod.ts";

/** Number of the newest migration that this version knows. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** What to install besides the queue itself. */
export interface SchemaOptions {
  /**
   * Extras, by name: `sky` is the catalogue of the reference pipeline.
   *
   * @default {[]}
   */
  with?: readonly string[];
  /**
   * Makes the roles `absurd_owner`, `absurd_producer`, `absurd_worker`, `absurd_operator` and `absurd_reader`, and
   * gives everything to the first. Once made they are kept by later installations.
   *
   * @default {false}
   */
  roles?: boolean;
}

/** How to install. */
export interface InstallOptions extends SchemaOptions {
  /**
   * Drops the schema with all tasks first.
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
      if (reset) await session.script(`drop schema absurd cascade;\n${BEGIN}`);
      const before = await appliedMigrations(session);
      await session.script(body);
      await session.script("commit");
      return {
        version: SCHEMA_VERSION,
        applied: MIGRATIONS.slice(before).map(({ name }) => name),
        created: before === 0,
      };
    } catch (error) {
      await session.script("rollback").catch(() => {}); // the first error is the one to tell
      throw error;
    }
  });
}

/**
 * Compares the installed schema with what was installed and with what this version would install.
 *
 * @returns One sentence for each difference; none when all is well.
 */
export async function checkSchema(database: Database): Promise<string[]> {
  const [{ ours }] = await database.query<{ ours: boolean }>(
    "select to_regclass('absurd.installed_objects') is not null as ours",
  );
  if (!ours) return ["Schema absurd is not installed"];
  const version = await appliedMigrations(database);
  if (version > SCHEMA_VERSION) {
    return [`Schema absurd has version ${version}, newer than the ${SCHEMA_VERSION} that this program knows`];
  }
  if (version < SCHEMA_VERSION) {
    return [`Schema absurd has version ${version}, older than the ${SCHEMA_VERSION} of this program`];
  }
  const rows = await database.query<{ problem: string }>(DIFFERENCES, [packageDigest()]);
  return rows.map(({ problem }) => problem);
}

/**
 * The script that {@linkcode installSchema} runs, for psql or another tool. It is harmless to repeat.
 *
 * @throws InvalidArgumentError for an unknown extra.
 *
 * @example Read what an installation would do
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.match(schemaSql({ with: ["sky"] }), /create table absurd\.tasks/);
 * ```
 */
export function schemaSql(options: SchemaOptions = {}): string {
  return ["begin;", BEGIN, bodySql(options), "commit;", ""].join("\n");
}

const DIFFERENCES = `
select 'The functions of schema absurd are those of another version of this program' as problem
where not exists (select from absurd.installed_objects where object = 'package' and fingerprint = $1)
union all
(
  select format(
    case
      when i.object is null then 'Schema absurd has a %s that was not installed'
      when f.object is null then 'Schema absurd lacks its %s'
      else 'Schema absurd has another %s than was installed'
    end,
    coalesce(i.object, f.object)
  )
  from (select * from absurd.installed_objects where object <> 'package') as i
  full join (${FINGERPRINTS}) as f on f.object = i.object
  where f.fingerprint is distinct from i.fingerprint
  order by coalesce(i.object, f.object) collate "C"
)`;

/** How many migrations the database has; they are numbered from 1 without gaps. */
async function appliedMigrations(database: DatabaseSession): Promise<number> {
  const [{ version }] = await database.query<{ version: number }>(
    "select coalesce(max(version), 0) as version from absurd.migrations",
  );
  return version;
}

/** Everything after the guard and before the commit. */
function bodySql({ with: extras = [], roles = false }: SchemaOptions): string {
  return [
    // Functions may name each other in any order; that their bodies are sound is for tests to see.
    "set local check_function_bodies = off;",
    newerVersionGuard(),
    ...MIGRATIONS.map(({ name, text }, index) => migrationSql(index + 1, name, text)),
    ...FUNCTIONS,
    COMMENTS,
    ...(roles ? [ROLES] : []),
    GRANTS,
    ...extras.map(extraSql),
    "delete from absurd.installed_objects;",
    `insert into absurd.installed_objects (object, fingerprint) values ('package', '${packageDigest()}');`,
    `insert into absurd.installed_objects (object, fingerprint)\n${FINGERPRINTS};`,
  ].join("\n");
}

function newerVersionGuard(): string {
  return `do $$
begin
  if exists (select from absurd.migrations where version > ${SCHEMA_VERSION}) then
    raise exception using errcode = 'TQ007',
      message = format('Schema absurd has version %s, newer than the ${SCHEMA_VERSION} that this program knows',
        (select max(version) from absurd.migrations)),
      hint = 'Use the program that installed it, or a newer one.';
  end if;
end;
$$;`;
}

/** A migration that runs unless it has run. */
function migrationSql(version: number, name: string, text: string): string {
  return `do $migration$
begin
  if not exists (select from absurd.migrations where version = ${version}) then
    execute $text$\n${text}$text$;
    insert into absurd.migrations (version, name) values (${version}, '${name}');
  end if;
end;
$migration$;`;
}

function extraSql(name: string): string {
  if (Object.hasOwn(EXTRAS, name)) return EXTRAS[name];
  throw new InvalidArgumentError(`There is no extra "${name}" to install`, {
    hint: `Known extras: ${Object.keys(EXTRAS).join(", ")}`,
  });
}

/** Digest of all that an installation applies anew, to tell versions of this package apart. */
function packageDigest(): string {
  const content = [...FUNCTIONS, COMMENTS, GRANTS].join("\n");
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}
