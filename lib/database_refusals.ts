/**
 * Calls that the database refuses because the function is not there, or because the user may not call it: what the
 * catalog, which everybody may read, knows about it, and what to do.
 *
 * @module
 */

import type { DatabaseTarget } from "./database_errors.ts";
import { type AbsurdErrorOptions, SchemaError } from "./errors.ts";

/** What the catalog says of a call. */
export interface CallFacts {
  /** True when something else made a schema of this name. */
  readonly foreign: boolean;
  /** Owner of the schema. */
  readonly owner: string;
  /** Roles that were granted the function, besides its owner. */
  readonly roles: readonly string[];
}

/** Tells of a schema `n` whether it is called absurd and was made by something else, as sql/begin.sql does. */
export const IS_FOREIGN = `n.nspname = 'absurd'
  and not exists (
    select
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid
    where c.relnamespace = n.oid and c.relname = 'installed_objects' and a.attname = 'fingerprint'
  )
  and (
    exists (select from pg_catalog.pg_class as c where c.relnamespace = n.oid)
    or exists (select from pg_catalog.pg_proc as p where p.pronamespace = n.oid)
  )`;

/** Query of {@linkcode CallFacts}; its arguments are schema and function. */
export const CALL_FACTS = `
select ${IS_FOREIGN} as foreign, pg_get_userbyid(n.nspowner) as owner, array(
  select distinct pg_get_userbyid(g.grantee)::text
  from pg_catalog.pg_proc as p
  cross join lateral aclexplode(p.proacl) as g
  where p.pronamespace = n.oid and p.proname = $2 and g.grantee not in (0, p.proowner)
  order by 1
) as roles
from pg_catalog.pg_namespace as n
where n.nspname = $1`;

/** The parts of the server's error that count here. */
interface Refusal {
  code?: string;
  hint?: string;
  /** Call stack in SQL; empty when the call itself is at fault, not a body further down. */
  where?: string;
}

/** True when the catalog knows more about an error of a call. */
export function isExplicable(error: unknown): boolean {
  const { code, hint, where } = error as Refusal;
  return !where && (code === "42883" || code === "42501" && !hint);
}

/** The error of a schema that something else made. */
export function foreignSchemaError(database: string, cause?: unknown): SchemaError {
  return new SchemaError(`Schema absurd of database ${database} belongs to something else`, {
    hint: "Another project of this name makes one too. Use another database, or drop that schema.",
    sqlState: "TQ007",
    cause,
  });
}

/** A schema or function that is missing. */
export function missingError(
  { code, where }: Refusal,
  options: AbsurdErrorOptions,
  name?: string,
): SchemaError | null {
  if (name === undefined || where || !["3F000", "42883"].includes(code!)) return null;
  const schema = name.slice(0, name.indexOf("."));
  const missing = code === "3F000" ? `schema ${schema}` : `function ${name} in the form that is called`;
  const older = code === "42883" ? " (its schema is older than this program)" : "";
  return new SchemaError(`The database has no ${missing}${older}`, {
    ...options,
    hint: `Run: absurd init${schema === "absurd" ? "" : ` --with ${schema}`}`,
  });
}

/** What to do when the user may not do something. */
export function permissionHint({ where }: Refusal, { user }: DatabaseTarget, facts?: CallFacts): string {
  if (where) {
    return "Functions of the queue run with the rights of the schema's owner: grant that one what it needs";
  }
  if (facts === undefined) {
    return `Log in as who installed the schema or owns the database, not as "${user}"`;
  }
  const { owner, roles } = facts;
  if (roles.length === 1) return `Grant role ${roles[0]} to user "${user}"`;
  if (roles.length > 1) return `Grant one of the roles ${roles.join(", ")} to user "${user}"`;
  return owner === "absurd_owner"
    ? `Only the owner of the schema may do this: log in as a member of role ${owner}`
    : `Log in as "${owner}", the owner of the schema, or let that one make roles: absurd init --roles`;
}
