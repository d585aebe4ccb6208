/**
 * The script that installs the schema `absurd`, or brings it up to date: the only file that imports sql.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { InvalidArgumentError } from "./errors.ts";
import { functionNames, noteAlteredSql, type ObjectTexts, recordSql } from "./schema_objects.ts";
import { SCHEMA_VERSION } from "./version.ts";
import {
  BEGIN,
  COMMENTS,
  EXTRAS,
  FINGERPRINTS,
  FUNCTIONS,
  GRANTS,
  LOCK,
  MIGRATIONS,
  ROLES,
} from "../sql/mod.ts";

export { BEGIN };

/** What the objects of the schema are compared by. */
export const OBJECT_TEXTS: ObjectTexts = {
  fingerprints: FINGERPRINTS,
  functions: [...FUNCTIONS, ...Object.values(EXTRAS)],
  tables: [...MIGRATIONS.map(({ text }) => text), ...Object.values(EXTRAS)],
};

/** What follows an upgrade, in a transaction of its own. */
export const RECOUNT = `do $$
begin
  if current_setting('absurd.is_upgrade', true) = 'true' then
    perform absurd._recount_tasks();
  end if;
end;
$$;`;

/** What to install besides the queue itself. */
export interface SchemaOptions {
  /**
   * Extras, by name: `sky` is the catalogue of the reference pipeline. Once installed they are brought up to date by
   * later installations.
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
  return ["begin;", BEGIN, bodySql(options), "commit;", RECOUNT, ""].join("\n");
}

/** Names of the migrations that a database with so many lacks. */
export function migrationsAfter(version: number): string[] {
  return MIGRATIONS.slice(version).map(({ name }) => name);
}

/** Everything after the guard and before the commit. */
export function bodySql({ with: extras = [], roles = false }: SchemaOptions): string {
  extras.forEach(checkExtra);
  return [
    // Functions may name each other in any order; that their bodies are sound is for tests to see.
    "set local check_function_bodies = off;",
    newerVersionGuard(),
    noteAlteredSql(OBJECT_TEXTS),
    lockSql(),
    ...MIGRATIONS.map(({ name, text }, index) => migrationSql(index + 1, name, text)),
    ...FUNCTIONS,
    dropLeftovers(),
    COMMENTS,
    ...(roles ? [ROLES] : []),
    GRANTS,
    ...Object.entries(EXTRAS).map(([name, text]) => extraSql(name, text, extras.includes(name))),
    recordSql(OBJECT_TEXTS, packageDigest()),
  ].join("\n");
}

/** Refuses a schema that is newer than this program. */
export function newerVersionGuard(): string {
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

/**
 * Drops internal functions of earlier versions. Public ones stay until a file drops them, because programs may still
 * call them.
 */
function dropLeftovers(): string {
  const names = functionNames(FUNCTIONS).map((name) => name.replace("absurd.", ""));
  return `do $$
declare
  v_function text;
begin
  for v_function in
    select p.oid::regprocedure
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'absurd'::regnamespace and p.proname like '\\_%'
      and p.proname <> all ('{${names.filter((name) => name.startsWith("_")).join(",")}}')
  loop
    execute format('drop function %s', v_function);
  end loop;
end;
$$;`;
}

/** Takes the tables when a migration is to run. */
function lockSql(): string {
  return `do $$
begin
  perform set_config('absurd.is_upgrade', 'false', false);
  if not exists (select from absurd.migrations where version = ${SCHEMA_VERSION}) then
    perform set_config('absurd.is_upgrade', 'true', false);
    execute $text$\n${LOCK}$text$;
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

/** An extra, installed when asked for and brought up to date when it is there. */
function extraSql(name: string, text: string, requested: boolean): string {
  // The first schemas had no note of it, but its sink.
  return `do $extra$
begin
  if ${requested} or exists (select from absurd.installed_objects where object = 'extra ${name}')
    or exists (select from absurd.sinks where sink_name = '${name}') then
    execute $text$\n${text}$text$;
    insert into absurd.installed_objects (object, fingerprint) values ('extra ${name}', '') on conflict do nothing;
  end if;
end;
$extra$;`;
}

/** @throws InvalidArgumentError for an unknown extra. */
export function checkExtra(name: string): void {
  if (Object.hasOwn(EXTRAS, name)) return;
  throw new InvalidArgumentError(`There is no extra "${name}" to install`, {
    hint: `Known extras: ${Object.keys(EXTRAS).join(", ")}`,
  });
}

/** Digest of all that an installation applies anew, to tell versions of this package apart. */
export function packageDigest(): string {
  const content = [...FUNCTIONS, COMMENTS, GRANTS, ...Object.values(EXTRAS)].join("\n");
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}
