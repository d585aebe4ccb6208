// deno-lint-ignore-file no-console
/**
 * Rules that hold for all SQL of this package: `deno run -A scripts/check_sql.ts [DATABASE_URL]`.
 *
 * Rules of the catalog are asked of a database where the schema is installed: the one given, else a fresh one on the
 * tests' own server. Rules of the text are asked of the files. Prints what breaks a rule; exits 1 then.
 *
 * @module
 */

import { type Database, openDatabase } from "../lib/database.ts";

const ROOT = new URL("../sql/", import.meta.url);

/** Files that are lists, which no limit on length makes easier to read. */
const LISTS = ["comments/", "schema.sql"];
const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 80;
const MAX_COLUMNS = 120;

/** A rule of the catalog: a query whose rows each name one thing that breaks it. */
const CATALOG_RULES: Readonly<Record<string, string>> = {
  // A function with settings of its own is never inlined. So internal expressions may do without, and internal queries
  // that stand in the place of a table: their callers have one.
  "has no search_path of its own": `
    select p.oid::regprocedure::text as thing from functions as p join pg_language as l on l.oid = p.prolang
    where not exists (select from unnest(p.proconfig) as c (setting) where c.setting = 'search_path=pg_catalog, pg_temp')
      and not (l.lanname = 'sql' and p.proname like '\\_%' and not p.prosecdef
        and (p.proretset or p.prosrc !~* '\\m(from|join) absurd'))`,
  "has no comment": `
    select 'function ' || p.oid::regprocedure from functions as p where obj_description(p.oid, 'pg_proc') is null
    union all
    select 'table ' || c.oid::regclass from tables as c where obj_description(c.oid, 'pg_class') is null
    union all
    select format('column %s.%s', c.oid::regclass, a.attname) from tables as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'absurd'::regnamespace and col_description(c.oid, a.attnum) is null
    union all
    select 'type ' || t.oid::regtype from pg_type as t join pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
    where t.typnamespace = 'absurd'::regnamespace and obj_description(t.oid, 'pg_type') is null`,
  "has an argument whose name does not begin with p_": `
    select format('%s: %s', p.oid::regprocedure, coalesce(a.name, 'no name'))
    from functions as p
    cross join lateral unnest(p.proargnames, p.proargmodes) with ordinality as a (name, mode, position)
    where coalesce(a.mode, 'i') in ('i', 'b', 'v') and a.position <= coalesce(cardinality(p.proallargtypes), p.pronargs)
      and a.name !~ '^p_[a-z0-9_]+$'
    union all
    select p.oid::regprocedure::text from functions as p where p.pronargs > 0 and p.proargnames is null`,
  "is open to everybody": `
    select 'function ' || p.oid::regprocedure from functions as p
    where p.proacl is null or exists (select from aclexplode(p.proacl) as g where g.grantee = 0)
    union all
    select 'table ' || c.oid::regclass from tables as c
    where exists (select from aclexplode(c.relacl) as g where g.grantee = 0)
    union all
    select 'schema ' || n.nspname from pg_namespace as n
    where n.oid in (select p.pronamespace from functions as p)
      and exists (select from aclexplode(n.nspacl) as g where g.grantee = 0)`,
  "is internal, but runs with its owner's rights or is granted to somebody": `
    select p.oid::regprocedure::text from functions as p
    where p.proname like '\\_%' and (p.prosecdef
      or exists (select from aclexplode(p.proacl) as g where g.grantee <> p.proowner))`,
  "has a constraint that is not named after its rule": `
    select format('%s of %s', k.conname, k.conrelid::regclass) from pg_constraint as k
    where k.conrelid in (select c.oid from tables as c) and k.contype in ('c', 'f', 'u')
      and k.conname ~ '_(check[0-9]*|fkey|key)$'`,
};

const THINGS = `
with functions as (
  select p.* from pg_proc as p where p.pronamespace::regnamespace::text in ('absurd', 'sky') and p.prokind = 'f'
), tables as (
  select c.* from pg_class as c where c.relnamespace::regnamespace::text in ('absurd', 'sky') and c.relkind in ('r', 'p')
)`;

/** Names everything in the schemas absurd and sky of a database that breaks a rule. */
export async function checkCatalog(database: Database): Promise<string[]> {
  const problems: string[] = [];
  for (const [rule, query] of Object.entries(CATALOG_RULES)) {
    const found = await database.query<{ thing: string }>(
      `${THINGS} select thing from (${query}) as f (thing) order by thing collate "C"`,
    );
    problems.push(...found.map(({ thing }) => `${thing} ${rule}`));
  }
  return [...problems, ...await checkBodies(database)];
}

/** Creates each function again with its body checked, which the installation leaves out, and undoes it. */
async function checkBodies(database: Database): Promise<string[]> {
  const functions = await database.query<{ name: string; definition: string }>(
    `${THINGS} select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition from functions as p`,
  );
  return await database.session(async (session) => {
    const problems: string[] = [];
    await session.script("begin; set local check_function_bodies = on");
    for (const { name, definition } of functions) {
      await session.script("savepoint body");
      await session.script(definition).catch((error: Error) => problems.push(`${name}: ${error.message}`));
      await session.script("rollback to savepoint body");
    }
    await session.script("rollback");
    return problems;
  });
}

/** Names every file, function and line of sql/ that is too long, and every migration that was edited. */
export async function checkFiles(): Promise<string[]> {
  const problems: string[] = [];
  for (const path of await sqlFiles("")) {
    const lines = (await Deno.readTextFile(new URL(path, ROOT))).split("\n");
    if (lines.length - 1 > MAX_FILE_LINES && !LISTS.some((list) => path.startsWith(list))) {
      problems.push(`sql/${path} has ${lines.length - 1} lines, more than ${MAX_FILE_LINES}`);
    }
    lines.forEach((line, index) => {
      if (line.length > MAX_COLUMNS && path !== "schema.sql" && !/^(\s{2}'|comment on )/.test(line)) {
        problems.push(`sql/${path}:${index + 1} has ${line.length} columns, more than ${MAX_COLUMNS}`);
      }
    });
    problems.push(...longFunctions(lines).map((problem) => `sql/${path}: ${problem}`));
  }
  return [...problems, ...await checkMigrations()];
}

/** Names every migration that was edited after it was written down in SHA256SUMS, or is missing there. */
async function checkMigrations(): Promise<string[]> {
  const sums = (await Deno.readTextFile(new URL("migrations/SHA256SUMS", ROOT))).trimEnd().split("\n");
  const problems: string[] = [];
  for (const path of await sqlFiles("migrations/")) {
    const name = path.replace("migrations/", "");
    const line = `${await sha256(new URL(path, ROOT))}  ${name}`;
    if (sums.includes(line)) continue;
    problems.push(
      sums.some((sum) => sum.endsWith(`  ${name}`))
        ? `sql/${path} was edited: databases that have it would differ; undo that and write another migration`
        : `sql/${path} is not in SHA256SUMS: add the line ${line}`,
    );
  }
  return problems;
}

async function sha256(file: URL): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(file))).toHex();
}

/** Paths of all SQL files, relative to sql/. */
async function sqlFiles(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) paths.push(...await sqlFiles(`${folder}${name}/`));
    else if (name.endsWith(".sql")) paths.push(folder + name);
  }
  return paths.toSorted();
}

function longFunctions(lines: readonly string[]): string[] {
  const problems: string[] = [];
  let start = -1;
  lines.forEach((line, index) => {
    if (line.startsWith("create or replace function")) start = index;
    if (line !== "$$;" || start < 0) return;
    if (index - start + 1 > MAX_FUNCTION_LINES) {
      const name = lines[start].replace(/^create or replace function |\(.*$/g, "");
      problems.push(`${name} has ${index - start + 1} lines, more than ${MAX_FUNCTION_LINES}`);
    }
    start = -1;
  });
  return problems;
}

async function main(url: string | undefined): Promise<number> {
  const problems = await checkFiles();
  if (url) {
    await using database = openDatabase({ url });
    problems.push(...await checkCatalog(database));
  } else {
    const { withDatabase } = await import("../tests/support/database.ts");
    await withDatabase(async (database) => {
      problems.push(...await checkCatalog(database));
    });
  }
  for (const problem of problems) console.log(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args[0]));
