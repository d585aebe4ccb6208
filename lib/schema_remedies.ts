/**
 * What a person can do about an object of the schema that is not what was installed.
 *
 * @module
 */

import type { AlteredObject } from "./schema_objects.ts";

/** Something that a person has to mend. */
export interface UnmendedObject {
  /** What differs from what was installed, as a sentence. */
  readonly problem: string;
  /** What to do about it: SQL where that can be told, else a sentence. */
  readonly remedy: string;
}

/**
 * What a person is told of an object that an installation leaves as it is.
 *
 * @param texts All that creates tables, indexes and triggers, in the order in which it runs.
 */
export function unmended(altered: AlteredObject, texts: readonly string[]): UnmendedObject {
  return { problem: altered.problem, remedy: remedyFor(altered, texts) };
}

function remedyFor({ object, installed, found }: AlteredObject, texts: readonly string[]): string {
  const { kind, name, table } = parse(object);
  const drop = dropOf(kind, name, table);
  if (!installed) return `Unless you need it: ${drop}`;
  // Those of this version are all made anew.
  if (kind === "function") return `Unless an older program calls it: ${drop}`;
  const definition = definitionOf(kind, name, texts);
  if (definition === undefined) return "Make it what sql/schema.sql of this version says";
  return [
    ...(found ? [drop] : []),
    definition,
    ...(kind === "trigger" ? ["select absurd._recount_tasks();"] : []), // it counts
  ].join(" ");
}

/** Takes `trigger changes_are_counted of absurd.tasks` apart. */
function parse(object: string): { kind: string; name: string; table?: string } {
  const [, kind, name, table] = /^(\w+) (.*?)(?: of (\S+))?$/.exec(object)!;
  return { kind, name, table };
}

function dropOf(kind: string, name: string, table?: string): string {
  if (kind === "constraint") return `alter table ${table} drop constraint ${name};`;
  return `drop ${kind} ${name}${table === undefined ? "" : ` on ${table}`};`;
}

/** The statement that made an index or trigger: the last one, as migrations make some of them anew. */
function definitionOf(kind: string, name: string, texts: readonly string[]): string | undefined {
  if (kind !== "index" && kind !== "trigger") return;
  const plainName = name.replace(/^\w+\./, "");
  const pattern = new RegExp(`^create (?:unique )?${kind} (?:if not exists )?${plainName}\\s[^;]*;`, "gm");
  return [...texts.join("\n").matchAll(pattern)].at(-1)?.[0].replaceAll(/\s+/g, " ");
}
