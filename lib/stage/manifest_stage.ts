/**
 * One stage of a manifest: from what stands in the file to what can be run.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseDuration } from "../duration.ts";
import { AbsurdError, ManifestError } from "../errors.ts";
import type { StageDocument } from "./manifest_schema.ts";
import { PERMISSION_KINDS, type PermissionKind, type Permissions } from "./permissions.ts";
import { parseSize } from "../size.ts";
import { parseTemplate, type Template } from "./template.ts";

/** A stage, ready to be run. */
export interface StageDefinition {
  /** Name of the tasks that it does. */
  readonly name: string;
  /** What is run: a module under Deno, or a command with its arguments. */
  readonly program: { readonly module: string } | { readonly command: readonly Template[] };
  /** Set when the module's process is kept from task to task. */
  readonly warm?: WarmSettings;
  /** What a module may do. */
  readonly permissions: Permissions;
  /** Folders that paths from a task must lie in; undefined = anywhere. */
  readonly roots?: readonly Template[];
  /** True when its author takes on what its permissions could be used for. */
  readonly unsafe: boolean;
  /** Its environment. */
  readonly env: Readonly<Record<string, Template>>;
  /** Longest time of an attempt, in seconds. */
  readonly timeoutSec?: number;
  /** Retries after the first failure. */
  readonly maxRetries?: number;
  /** Longest wait after the first failure, in seconds. */
  readonly backoffBaseSec?: number;
  /** Longest wait after any failure, in seconds. */
  readonly backoffCapSec?: number;
  /** Most attempts at a time in one worker. */
  readonly concurrency?: number;
  /** Most memory of all its processes together, in bytes. */
  readonly memoryBytes?: number;
  /** Largest result, in bytes. */
  readonly resultBytes: number;
  /** How much of the log is kept, in characters. */
  readonly logSize: number;
  /** Sink that takes the result. */
  readonly onComplete?: string;
  /** How much its processes give way to others, from 0 to 19. */
  readonly niceness?: number;
  /** What must be installed, by name of its package: the command that succeeds where it is. */
  readonly requires: Readonly<Record<string, readonly string[]>>;
  /** Parameters that are not to be shown. */
  readonly secret: readonly string[];
}

/** When a process that is kept is replaced by a new one. */
export interface WarmSettings {
  /** After so many tasks. */
  readonly tasks: number;
  /** After so long, in seconds. */
  readonly afterSec: number;
}

const DEFAULT_RECYCLE: WarmSettings = { tasks: 10_000, afterSec: 3600 };
const DEFAULT_RESULT_BYTES = 1_000_000;
const DEFAULT_LOG_SIZE = 64_000;
/** Programs that can start any other, so that permission to run them is permission for everything. */
const UNBOUND_PROGRAMS =
  /(^|\/)(deno|node|bun|npx|sh|bash|dash|zsh|ksh|fish|busybox|env|sudo|su|xargs|python[0-9.]*|perl)$/;

/**
 * Defines a stage.
 *
 * @param stage Stage as it stands in the file.
 * @param options Its name, the folder that its paths are relative to, and what tells where a mistake stands.
 * @throws {ManifestError} A value cannot be used.
 */
export function defineStage(
  stage: StageDocument,
  { name, directory, at }: { readonly name: string; readonly directory: string; readonly at: Locate },
): StageDefinition {
  const optional = <T, R>(value: T | undefined, place: string, make: (value: T) => R): R | undefined =>
    value === undefined ? undefined : at(place, () => make(value));
  return withoutUndefined({
    name,
    program: at(stage.module ? "module" : "command", () => defineProgram(stage, directory)),
    warm: at(stage.mode === "warm" ? "mode" : "recycle", () => defineWarm(stage)),
    permissions: definePermissions(stage, at),
    roots: stage.roots?.map((root, index) => at(`roots[${index}]`, () => defineRoot(root))),
    unsafe: stage.unsafe ?? false,
    env: mapEntries(stage.env ?? {}, (value, key) => at(`env.${key}`, () => parseTemplate(value))),
    timeoutSec: optional(stage.timeout, "timeout", toSeconds),
    maxRetries: stage.max_retries,
    backoffBaseSec: optional(stage.backoff?.base, "backoff.base", toSeconds),
    backoffCapSec: optional(stage.backoff?.cap, "backoff.cap", toSeconds),
    concurrency: stage.concurrency,
    memoryBytes: optional(stage.memory, "memory", parseSize),
    resultBytes: optional(stage.result_size, "result_size", parseSize) ?? DEFAULT_RESULT_BYTES,
    logSize: optional(stage.log_size, "log_size", parseSize) ?? DEFAULT_LOG_SIZE,
    onComplete: stage.on_complete,
    niceness: stage.nice,
    requires: stage.requires ?? {},
    secret: stage.secret ?? [],
  });
}

function toSeconds(duration: number | string): number {
  return typeof duration === "number" ? duration : parseDuration(duration);
}

/** A program is fixed by the manifest: a task that could choose it could do anything. */
function defineProgram(stage: StageDocument, directory: string): StageDefinition["program"] {
  if (stage.module !== undefined) return { module: resolve(directory, stage.module) };
  if (stage.permissions) throw new ManifestError("a command is bound by no permissions; remove them");
  const command = (stage.command ?? []).map(parseTemplate);
  if (takesValues(command[0])) {
    throw new ManifestError(`the program "${command[0].source}" may not come from a task`);
  }
  return { command };
}

/** A process that does many tasks cannot be given what belongs to one. */
function defineWarm(
  { mode, module, recycle, permissions = {}, env = {} }: StageDocument,
): StageDefinition["warm"] {
  if (mode !== "warm") {
    if (recycle) throw new ManifestError('only a stage of mode "warm" is recycled');
    return undefined;
  }
  if (module === undefined) {
    throw new ManifestError("a command cannot be warm, because it knows no second task");
  }
  const entries = [
    ...Object.values(permissions).flatMap((list) => list === true ? [] : list),
    ...Object.values(env),
  ];
  const bound = entries.find((entry) => parseTemplate(entry).parts.some(isOfAttempt));
  if (bound !== undefined) {
    throw new ManifestError(`"${bound}" is of a single task, and a warm process does many`);
  }
  const { tasks = DEFAULT_RECYCLE.tasks, after = DEFAULT_RECYCLE.afterSec } = recycle ?? {};
  return { tasks, afterSec: toSeconds(after) };
}

function isOfAttempt(part: Template["parts"][number]): boolean {
  return typeof part !== "string" && part.root !== "stage_dir";
}

function definePermissions({ permissions = {}, unsafe = false }: StageDocument, at: Locate): Permissions {
  const defined: Partial<Record<PermissionKind, Template[] | true>> = {};
  for (const kind of PERMISSION_KINDS) {
    const entries = permissions[kind];
    if (entries === undefined) continue;
    defined[kind] = entries === true ||
      entries.map((entry, index) =>
        at(`permissions.${kind}[${index}]`, () => defineEntry(kind, entry, unsafe))
      );
  }
  return defined;
}

/** What confines a task's values cannot come from the task, nor depend on where somebody stands. */
function defineRoot(root: string): Template {
  const template = parseTemplate(root);
  const isAbsolute = root.startsWith("/") || root.startsWith("{stage_dir}");
  if (takesValues(template) || !isAbsolute) {
    throw new ManifestError(`"${root}" must be an absolute path, or begin with {stage_dir}`);
  }
  return template;
}

function defineEntry(kind: PermissionKind, entry: string, unsafe: boolean): Template {
  if (entry.includes(",")) {
    throw new ManifestError(`"${entry}" holds a comma, which would make it two entries`);
  }
  const template = parseTemplate(entry);
  if (!unsafe && isUnbound(kind, template)) {
    throw new ManifestError(
      `"${entry}" would allow the stage everything; set "unsafe": true if that is meant`,
    );
  }
  return template;
}

function isUnbound(kind: PermissionKind, template: Template): boolean {
  if (kind === "ffi") return true;
  return kind === "run" && (takesValues(template) || UNBOUND_PROGRAMS.test(template.source));
}

function takesValues(template: Template): boolean {
  return template.parts.some((part) =>
    typeof part !== "string" && (part.root === "params" || part.root === "inputs")
  );
}

/** Runs what makes a value, and adds the place of the value to its error. */
export type Locate = <T>(place: string, make: () => T) => T;

/**
 * Makes the function that tells where in a manifest a mistake stands.
 *
 * @param file The manifest.
 * @param prefix Place that the others are within, such as `stages.image`.
 */
export function locator(file: string, prefix: string): Locate {
  return (place, make) => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof AbsurdError)) throw error;
      const message = `Manifest "${file}" is not valid: ${prefix}.${place}: ${error.message}`;
      throw new ManifestError(message, { hint: error.hint, cause: error });
    }
  };
}

/** Makes a record with the same keys and other values. */
export function mapEntries<T, R>(
  record: Record<string, T>,
  map: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** Leaves out keys without a value, so that they do not hide a default further up. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
