// deno-lint-ignore-file no-console
/**
 * `deno task schema`: writes sql/schema.sql, what all migrations and functions together make, so that a review shows what
 * a change does to it. With `--check` it only says whether the file is current.
 *
 * @module
 */

import type { Database } from "../lib/database.ts";
import { installSchema } from "../lib/schema.ts";

/** Where the dump is. */
export const DUMP: URL = new URL("../sql/schema.sql", import.meta.url);

const HEADER =
  `-- The schema as an installation with roles and all extras leaves it. Made by \`deno task schema\` from the catalog of a
-- server, for reviews and for reading; never run, and never edited.
`;

/** Parts of the dump: queries whose rows are its lines. Written so that every server version gives the same text. */
const PARTS: readonly string[] = [
  // tables and types, with their columns and constraints
  `select format(E'create %s %s (\\n  %s\\n)%s;\\n', case c.relkind when 'c' then 'type' else 'table' end, c.oid::regclass,
    (
      select string_agg(d.line, E',\\n  ' order by d.kind, d.position, d.line)
      from (
        select 1 as kind, a.attnum::int as position, concat_ws(' ', quote_ident(a.attname),
          format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then 'not null' end,
          case when a.attidentity <> '' then 'generated always as identity' end,
          case when a.attgenerated <> '' then 'generated always as ' || pg_get_expr(e.adbin, e.adrelid) || ' stored'
            when e.oid is not null then 'default ' || pg_get_expr(e.adbin, e.adrelid) end,
          case when a.attoptions is not null then format('/* %s */', array_to_string(a.attoptions, ', ')) end) as line
        from pg_attribute as a
        left join pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        union all
        select 2, 0, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint as k where k.conrelid = c.oid and k.contype <> 'n'
      ) as d
    ),
    case when c.reloptions is not null then format(E'\\nwith (%s)', array_to_string(c.reloptions, ', ')) end) as text
  from things as s join pg_class as c on c.relnamespace = s.oid
  where c.relkind in ('r', 'p', 'c')
  order by s.name, c.relkind = 'c' desc, c.oid::regclass::text collate "C"`,
  `select pg_get_indexdef(i.indexrelid) || ';'
  from things as s join pg_class as c on c.relnamespace = s.oid join pg_index as i on i.indexrelid = c.oid
  where not exists (select from pg_constraint as k where k.conindid = c.oid and k.contype in ('p', 'u'))
  order by s.name, i.indrelid::regclass::text collate "C", c.oid::regclass::text collate "C"`,
  `select pg_get_triggerdef(t.oid) || ';'
  from things as s join pg_class as c on c.relnamespace = s.oid join pg_trigger as t on t.tgrelid = c.oid
  where not t.tgisinternal
  order by t.tgrelid::regclass::text collate "C", t.tgname collate "C"`,
  // functions without their bodies, which functions/ has
  `select format(E'create function %s.%I(%s)\\n  returns %s language %s %s%s%s;', s.name, p.proname,
    pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    case when p.prosecdef then ' security definer' end,
    (select string_agg(' set ' || o.setting, '' order by o.setting) from unnest(p.proconfig) as o (setting)))
  from things as s join pg_proc as p on p.pronamespace = s.oid join pg_language as l on l.oid = p.prolang
  order by s.name, p.proname like '\\_%', p.proname collate "C", pg_get_function_arguments(p.oid) collate "C"`,
  // privileges of everybody but the owner
  `select format('grant %s on %s to %s;', string_agg(lower(g.privilege), ', ' order by g.privilege), g.thing, g.role)
  from (
    select 1 as kind, 'schema ' || s.name as thing, x.grantee::regrole::text as role, x.privilege_type as privilege
    from things as s cross join lateral aclexplode(s.acl) as x where x.grantee <> s.owner
    union all
    select 2, 'table ' || c.oid::regclass, x.grantee::regrole::text, x.privilege_type
    from things as s join pg_class as c on c.relnamespace = s.oid cross join lateral aclexplode(c.relacl) as x
    where x.grantee <> c.relowner
    union all
    select 3, 'function ' || p.oid::regprocedure, x.grantee::regrole::text, x.privilege_type
    from things as s join pg_proc as p on p.pronamespace = s.oid cross join lateral aclexplode(p.proacl) as x
    where x.grantee <> p.proowner
  ) as g
  group by g.kind, g.thing, g.role
  order by g.kind, g.role collate "C", g.thing collate "C"`,
];

/** The schemas absurd and sky of a database, as text. */
export async function dumpSchema(database: Database): Promise<string> {
  const parts: string[] = [HEADER];
  for (const part of PARTS) {
    const rows = await database.query<{ text: string }>(
      `with things as (
        select n.oid, n.nspname as name, n.nspacl as acl, n.nspowner as owner
        from pg_namespace as n where n.nspname in ('absurd', 'sky')
      ) select p.text from (${part}) as p (text)`,
    );
    parts.push(rows.map(({ text }) => `${text}\n`).join(""));
  }
  return parts.join("\n");
}

/** The dump of a fresh installation on the tests' server. */
export async function dumpFreshSchema(): Promise<string> {
  const { emptyDatabase } = await import("../tests/support/database.ts");
  await using own = await emptyDatabase();
  await installSchema(own.database, { roles: true, with: ["sky"] });
  return await dumpSchema(own.database);
}

async function main(check: boolean): Promise<number> {
  const dump = await dumpFreshSchema();
  if (!check) await Deno.writeTextFile(DUMP, dump);
  else if (await Deno.readTextFile(DUMP) !== dump) {
    console.log("sql/schema.sql is not what an installation makes: run deno task schema");
    return 1;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args.includes("--check")));
