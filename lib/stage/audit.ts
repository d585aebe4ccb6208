/**
 * What a stage really needs: one run of it in which Deno writes down each permission that is asked for.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { ManifestError } from "../errors.ts";
import type { ClaimedTask, JsonObject } from "../task.ts";
import { detectLauncher } from "./launcher.ts";
import type { Manifest } from "./manifest.ts";
import { prepareModule } from "./module_program.ts";
import { withoutUndefined } from "./manifest_stage.ts";
import { PERMISSION_KINDS, permissionFlags, type PermissionKind } from "./permissions.ts";
import { expandEnvironment } from "./prepare.ts";
import { runStageProgram } from "./run.ts";
import { writeTaskDocument } from "./task_document.ts";
import type { TemplateValues } from "./template.ts";
import { createWorkDir } from "./work_dir.ts";

/** What a run asked for. */
export interface StageAudit {
  /** Entries for the manifest, by kind. */
  readonly permissions: Readonly<Partial<Record<PermissionKind, string[]>>>;
  /** Exit code of the program. */
  readonly exitCode: number;
  /** What it wrote. */
  readonly log: string;
  /** Folder that it worked in. */
  readonly workDir: string;
}

/** How an audit is run. */
export interface AuditOptions {
  /** Folder for the run's own folder. */
  readonly workDir: string;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/**
 * With a path, Deno writes down whether a file was read or written; with a bare flag it names both for each access.
 * Programs and libraries are only those of the manifest: what they do would not be written down.
 */
const AUDIT_FLAGS = [
  "--no-prompt",
  "--cached-only",
  "--allow-read=/",
  "--allow-write=/",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
];

/**
 * Runs a stage's module once, ALLOWED TO READ, WRITE AND REACH EVERYTHING, and gathers what it asked for. Paths that
 * come from the task are turned into the templates that name them.
 *
 * @param manifest Checked manifest.
 * @param task Name and parameters of the task.
 * @param options Where, and until when.
 * @throws {ManifestError} There is no such stage, or it is a command.
 * @throws {TaskFailure} The module cannot be loaded.
 */
export async function auditStage(
  manifest: Manifest,
  { taskName, params }: { readonly taskName: string; readonly params: JsonObject },
  options: AuditOptions,
): Promise<StageAudit> {
  if (!Object.hasOwn(manifest.stages, taskName)) {
    throw new ManifestError(`Manifest "${manifest.path}" has no stage "${taskName}"`, {
      hint: `Its stages: ${Object.keys(manifest.stages).join(", ")}`,
    });
  }
  const stage = manifest.stages[taskName];
  if (!("module" in stage.program)) {
    throw new ManifestError(`Stage "${taskName}" is a command, which no permissions bind`);
  }
  const { module } = stage.program;
  const task = makeTask(taskName, params);
  const workDir = await createWorkDir(task, options.workDir);
  const values = { params, inputs: {}, workDir, stageDir: manifest.directory };
  const ready = await prepareModule(module, []);
  const file = join(dirname(workDir), "permissions.jsonl");
  const { run: runs, ffi } = stage.permissions;
  const programs = permissionFlags(withoutUndefined({ run: runs, ffi }), values).filter(isForPrograms);
  const run = await runStageProgram({
    argv: [ready.deno, "run", ...AUDIT_FLAGS, ...programs, ...ready.projectFlags, module],
    env: { ...ready.env, ...expandEnvironment(stage.env, values), DENO_AUDIT_PERMISSIONS: file },
    cwd: workDir,
    stdin: (await writeTaskDocument(task, workDir)).text,
    supervisor: await (await detectLauncher()).take(),
    resultBytes: stage.resultBytes,
    logSize: stage.logSize,
    gracePeriodSec: 1,
    signal: options.signal,
    onProgress() {},
  });
  const asked = await Deno.readTextFile(file).catch(() => "");
  return {
    permissions: readAudit(asked, values),
    exitCode: run.exitCode,
    log: run.report.logTail ?? "",
    workDir,
  };
}

function isForPrograms(flag: string): boolean {
  return flag.startsWith("--allow-run") || flag.startsWith("--allow-ffi");
}

function makeTask(taskName: string, params: JsonObject): ClaimedTask {
  return {
    taskId: `audit-${crypto.randomUUID()}`,
    taskName,
    queueName: "audit",
    attempt: 1,
    params,
    inputs: {},
    workflowId: null,
    stepName: null,
    failures: 0,
    maxRetries: 0,
    timeoutSec: 3600,
  };
}

/**
 * Turns what Deno wrote down into entries of a manifest.
 *
 * @param text Lines of JSON, one for each access.
 * @param values What the task's templates are filled from.
 * @example
 * ```ts
 * import { readAudit } from "./audit.ts";
 * import assert from "node:assert/strict";
 *
 * const values = { params: { input: "/data/a" }, inputs: {}, workDir: "/w/1", stageDir: "/s" };
 * const lines = ["/data/a", "/w/1/b"].map((value) => JSON.stringify({ permission: "read", value })).join("\n");
 * assert.deepEqual(readAudit(lines, values), { read: ["{params.input}", "{work_dir}"] });
 * ```
 */
export function readAudit(text: string, values: TemplateValues): StageAudit["permissions"] {
  const found: Partial<Record<PermissionKind, Set<string>>> = {};
  for (const line of text.split("\n").filter(Boolean)) {
    const { permission, value } = JSON.parse(line);
    const kind = PERMISSION_KINDS.find((candidate) => candidate === permission);
    if (kind) (found[kind] ??= new Set()).add(entryOf(kind, String(value ?? ""), values));
  }
  return Object.fromEntries(Object.entries(found).map(([kind, entries]) => [kind, [...entries].sort()]));
}

function entryOf(kind: PermissionKind, value: string, { params, workDir, stageDir }: TemplateValues): string {
  if (kind === "net") return URL.canParse(value) && value.includes("://") ? hostOf(new URL(value)) : value;
  if (kind !== "read" && kind !== "write") return value;
  const named = Object.entries(params).find(([, path]) =>
    typeof path === "string" && path.startsWith("/") && isWithin(value, path)
  );
  if (named) return `{params.${named[0]}}`;
  if (isWithin(value, workDir)) return "{work_dir}";
  return isWithin(value, stageDir) ? `{stage_dir}${value.slice(stageDir.length)}` : value;
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
