/**
 * The objects of the installed schema: what was installed, what is there, and what a person has altered since.
 *
 * An installation records a fingerprint of each object. The next one puts functions and privileges right, and leaves
 * tables, constraints, indexes and triggers alone: only migrations touch those. What of them differs keeps the
 * fingerprint that was recorded, so that it is told until somebody mends it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DatabaseSession } from "./database.ts";

/** What the objects are compared by. */
export interface ObjectTexts {
  /** Query of all objects that are there, with their fingerprints. */
  readonly fingerprints: string;
  /** All that creates functions. */
  readonly functions: readonly string[];
  /** All that creates tables, indexes and triggers, in the order in which it runs. */
  readonly tables: readonly string[];
}

/** What differs from what was installed. */
export interface AlteredObject {
  /** Kind and name, as `index absurd.tasks_ready`. */
  readonly object: string;
  /** The same, as a sentence. */
  readonly problem: string;
  /** Whether it was installed. */
  readonly installed: boolean;
  /** Whether it is there. */
  readonly found: boolean;
}

/** Rows of absurd.installed_objects that stand for no object. */
const NOTES = "(object in ('package', 'fingerprints') or object like 'extra %')";

/** The rest of a query of what differs from what was recorded: as `i` was recorded, as `f` it is. */
function differences({ fingerprints }: ObjectTexts): string {
  return `from (select * from absurd.installed_objects where not ${NOTES}) as i
    full join (${fingerprints}) as f on f.object = i.object
    where f.fingerprint is distinct from i.fingerprint`;
}

/** Objects that differ from what was recorded, whoever changed them. */
export async function findAltered(session: DatabaseSession, texts: ObjectTexts): Promise<AlteredObject[]> {
  return await session.query<AlteredObject>(`
    select d.object, d.installed, d.found, case
      when d.object = 'function absurd.clock()' and d.installed and d.found
        then 'The clock was replaced: absurd.clock(), which every time of the queue comes from, is not what was installed'
      when d.object like 'privileges of %' then format('The %s are not those that were installed', d.object)
      when not d.installed then format('Schema absurd has a %s that was not installed', d.object)
      when not d.found then format('Schema absurd lacks its %s', d.object)
      else format('Schema absurd has another %s than was installed', d.object)
    end as problem
    from (
      select coalesce(i.object, f.object) as object, i.object is not null as installed, f.object is not null as found
      ${differences(texts)}
    ) as d
    -- Of a thing that is missing or strange as a whole, its privileges are no news.
    where d.object not like 'privileges of %' or d.installed and d.found
    order by d.object collate "C"`);
}

/** Whether an installation puts an object right. */
export function isMendable({ object, installed }: AlteredObject): boolean {
  // An internal function that is not ours is dropped.
  return /^privileges of /.test(object) ||
    /^function /.test(object) && (installed || /^function absurd\._/.test(object));
}

/** Whether the fingerprints that were recorded can be compared with those that are taken now. */
export async function isComparable(
  session: DatabaseSession,
  { fingerprints }: ObjectTexts,
): Promise<boolean> {
  const rows = await session.query(
    "select from absurd.installed_objects where object = 'fingerprints' and fingerprint = $1",
    [digest(fingerprints)],
  );
  return rows.length > 0;
}

/** Before an installation changes anything: notes what differs, for {@linkcode recordSql}. */
export function noteAlteredSql(texts: ObjectTexts): string {
  return `do $note$
begin
  perform set_config('absurd.altered', '{}', true);
  -- Unless nothing was recorded yet, or by another query.
  if exists (
    select from absurd.installed_objects where object = 'fingerprints' and fingerprint = '${
    digest(texts.fingerprints)
  }'
  ) then
    perform set_config('absurd.altered', coalesce(jsonb_object_agg(
      coalesce(i.object, f.object), jsonb_build_array(i.fingerprint, f.fingerprint)
    ), '{}')::text, true)
    ${differences(texts)};
  end if;
end;
$note$;`;
}

/**
 * At the end of an installation: records what is there. What was altered before, and was not touched since, keeps what
 * was recorded of it, and what was never installed stays so.
 */
export function recordSql({ fingerprints, functions }: ObjectTexts, packageDigest: string): string {
  return `delete from absurd.installed_objects where object not like 'extra %';
insert into absurd.installed_objects (object, fingerprint)
values ('package', '${packageDigest}'), ('fingerprints', '${digest(fingerprints)}');
with found as materialized (${fingerprints}), kept as (
  select a.key as object, a.value ->> 0 as recorded
  from jsonb_each(current_setting('absurd.altered')::jsonb) as a
  left join found as f on f.object = a.key
  where f.fingerprint is not distinct from a.value ->> 1
    and a.key not like 'privileges of %'
    -- Functions were all created anew; one that is not there is no longer needed.
    and (a.key not like 'function %'
      or f.object is not null and substring(a.key from '^function (\\w+\\.\\w+)') <> all ('{${
    functionNames(functions).join(",")
  }}'))
)
insert into absurd.installed_objects (object, fingerprint)
select f.object, f.fingerprint from found as f where not exists (select from kept as k where k.object = f.object)
union all
select k.object, k.recorded from kept as k where k.recorded is not null;`;
}

/** Names of the functions that texts create, with their schemas. */
export function functionNames(texts: readonly string[]): string[] {
  const names = texts.join("\n").matchAll(/^create or replace function (\w+\.\w+)/gm);
  return [...new Set([...names].map(([, name]) => name))].toSorted();
}

/** MD5, as short as the fingerprints beside it. */
function digest(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
