/**
 * From what a manifest allows a stage to the flags that Deno gets for one attempt. Pure: nothing is read or looked up,
 * so the rules can be tested one by one.
 *
 * The values come from whoever spawned the task, and a flag is a small language of its own: Deno splits lists at
 * commas (and knows no way to escape one), takes an empty list as an error and a missing one as "everything", and
 * resolves relative paths against the working folder. Whatever could say more than the manifest meant is refused.
 *
 * @module
 */

import type { JsonValue } from "../task.ts";
import type { GrantedPath } from "./confine.ts";
import { badInput, expandTemplate, type Template, type TemplateValues } from "./template.ts";

/** Kinds of access that a manifest can name. */
export const PERMISSION_KINDS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;

/** One of {@linkcode PERMISSION_KINDS}. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

/** What a stage may do: a list of templates for each kind; `true` (for `env` alone) allows the whole environment. */
export type Permissions = Readonly<Partial<Record<PermissionKind, readonly Template[] | true>>>;

/** Flags that every module stage runs with: nothing is asked for at the terminal, nothing is downloaded. */
const FIXED_FLAGS = ["--no-prompt", "--cached-only"];

/**
 * Makes the permission flags of one attempt.
 *
 * @param permissions Templates of the manifest, by kind.
 * @param values What the templates are filled from; its folders are absolute and hold no comma.
 * @param extra Further values the runner itself grants: files to read, variables of the environment.
 * @returns Flags for `deno run`. A kind with no entries has no flag at all.
 * @throws {TaskFailure} Reason `bad_input`, permanent: a value would widen what the manifest grants.
 * @example
 * ```ts
 * import { permissionFlags } from "./permissions.ts";
 * import { parseTemplate } from "./template.ts";
 * import assert from "node:assert/strict";
 *
 * const permissions = { read: [parseTemplate("{params.input}")], write: [parseTemplate("{work_dir}")] };
 * const values = { params: { input: "/data/a.uvh5" }, inputs: {}, workDir: "/work/1", stageDir: "/stages" };
 * assert.deepEqual(permissionFlags(permissions, values), [
 *   "--no-prompt", "--cached-only", "--allow-read=/data/a.uvh5", "--allow-write=/work/1", "--deny-import",
 * ]);
 * ```
 */
export function permissionFlags(
  permissions: Permissions,
  values: TemplateValues,
  extra: { readonly read?: readonly string[]; readonly env?: readonly string[] } = {},
): string[] {
  const flags = [...FIXED_FLAGS];
  for (const kind of PERMISSION_KINDS) {
    const templates = permissions[kind] ?? [];
    if (templates === true) {
      flags.push(`--allow-${kind}`);
      continue;
    }
    const granted = templates.flatMap((template) => expandEntry(kind, template, values));
    const entries = new Set([...granted, ...(extra[kind as "read" | "env"] ?? [])]);
    if (entries.size > 0) flags.push(`--allow-${kind}=${[...entries].join(",")}`);
    // Deno allows static imports from a few hosts by default, and those of the cache even offline.
    else if (kind === "import") flags.push("--deny-import");
  }
  return flags;
}

/** Whether flags made by {@linkcode permissionFlags} allow to write in a folder, given by its absolute path. */
export function mayWrite(flags: readonly string[], folder: string): boolean {
  const name = "--allow-write=";
  const granted = flags.filter((flag) => flag.startsWith(name)).flatMap((flag) =>
    flag.slice(name.length).split(",")
  );
  return granted.some((path) => `${folder}/`.startsWith(path.endsWith("/") ? path : `${path}/`));
}

/** Kinds whose entries are paths that are opened. */
const PATH_KINDS = ["read", "write", "ffi"] as const;

/**
 * The files and folders that the flags of an attempt grant, each with what it is confined to: what stands before the
 * first value of the task, up to the last slash.
 *
 * @param permissions Templates of the manifest, by kind.
 * @param values What the templates are filled from.
 * @throws {TaskFailure} As {@linkcode permissionFlags}.
 */
export function grantedPaths(permissions: Permissions, values: TemplateValues): GrantedPath[] {
  return PATH_KINDS.flatMap((kind) => {
    const templates = permissions[kind];
    if (templates === undefined || templates === true) return [];
    return templates.flatMap((template) => {
      const { source } = template;
      const root = templateRoot(template, values);
      const fromTask = template.parts.some(isTaskValue);
      return expandEntry(kind, template, values).map((path) => ({ path, source, root, fromTask }));
    });
  });
}

function templateRoot({ parts }: Template, values: TemplateValues): string | null {
  const end = parts.findIndex(isTaskValue);
  if (end <= 0) return null;
  const [text = ""] = expandTemplate({ source: "", parts: parts.slice(0, end) }, values, checkPath);
  return text.slice(0, text.lastIndexOf("/")) || null;
}

function isTaskValue(part: Template["parts"][number]): boolean {
  return typeof part !== "string" && (part.root === "params" || part.root === "inputs");
}

function expandEntry(kind: PermissionKind, template: Template, values: TemplateValues): string[] {
  if (kind === "run") return expandTemplate(template, values, checkEntry);
  if (kind !== "read" && kind !== "write" && kind !== "ffi") {
    return expandTemplate(template, values, checkName);
  }
  const paths = expandTemplate(template, values, checkPath);
  for (const path of paths) checkExpandedPath(path, template);
  return paths;
}

/** Refuses what no list of Deno's can hold as one entry. */
function checkEntry(value: JsonValue, name: string): string {
  if (typeof value !== "string") throw badInput(`${name} must be a text, and is ${describeValue(value)}`);
  if (value === "") throw badInput(`${name} is empty, which would allow everything`);
  if (value.includes(",")) {
    throw badInput(`${name} holds a comma, which would allow a second thing: "${value}"`);
  }
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\0-\x1f\x7f]/.test(value)) {
    throw badInput(`${name} holds a control character: ${JSON.stringify(value)}`);
  }
  return value;
}

/** Hosts, variables and the like: `*` and `/` (of a subnet) stand for many at once. */
function checkName(value: JsonValue, name: string): string {
  const text = checkEntry(value, name);
  if (/[*/]/.test(text)) throw badInput(`${name} would allow more than one thing: "${text}"`);
  return text;
}

/** A path may not climb: `{work_dir}/{params.name}` must stay in the work folder. */
function checkPath(value: JsonValue, name: string): string {
  const path = checkEntry(value, name);
  if (path.split("/").includes("..")) throw badInput(`${name} climbs out of its folder with "..": "${path}"`);
  return path;
}

function checkExpandedPath(path: string, template: Template): void {
  if (!path.startsWith("/")) {
    throw badInput(`Path "${path}" of ${template.source} is relative, and a stage needs absolute paths`);
  }
  if (/^[/.]*$/.test(path)) {
    throw badInput(`Path "${path}" of ${template.source} would allow the whole file system`);
  }
}

/**
 * Turns a value into an argument of a command, or into the value of a variable of its environment: numbers and
 * booleans are written out, and a text that a program would take for an option is refused.
 *
 * @throws {TaskFailure} Reason `bad_input`, permanent.
 */
export function checkArgument(value: JsonValue, name: string): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") {
    throw badInput(`${name} must be a text or a number, and is ${describeValue(value)}`);
  }
  if (value.includes("\0")) throw badInput(`${name} holds a NUL character`);
  return value;
}

/**
 * Fills the templates of a command line.
 *
 * @param templates Program and arguments.
 * @param values What the templates are filled from.
 * @throws {TaskFailure} Reason `bad_input`, permanent: a value starts an argument with a dash, so that the program
 *   would take it for an option. (Write `--name={params.x}` in the manifest when that is wanted.)
 * @example
 * ```ts
 * import { commandLine } from "./permissions.ts";
 * import { parseTemplate } from "./template.ts";
 * import assert from "node:assert/strict";
 *
 * const templates = ["/usr/bin/wsclean", "-size", "{params.size}", "{params.ms}"].map(parseTemplate);
 * const values = { params: { size: 512, ms: "/data/a.ms" }, inputs: {}, workDir: "/w", stageDir: "/s" };
 * assert.deepEqual(commandLine(templates, values), ["/usr/bin/wsclean", "-size", "512", "/data/a.ms"]);
 * ```
 */
export function commandLine(templates: readonly Template[], values: TemplateValues): string[] {
  return templates.flatMap((template) => {
    const startsWithValue = typeof template.parts[0] === "object";
    return expandTemplate(template, values, (value, name) => {
      const text = checkArgument(value, name);
      if (startsWithValue && typeof value === "string" && text.startsWith("-")) {
        throw badInput(`${name} starts with a dash, and the program would take it for an option: "${text}"`);
      }
      return text;
    });
  });
}

function describeValue(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${value}`;
}
