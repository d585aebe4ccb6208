/**
 * `absurd worker --audit STAGE`: which permissions does a stage use?
 *
 * @module
 */

import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { readConfig } from "../client.ts";
import { type ParamSources, readParams } from "../params.ts";
import { printJson } from "../output.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";

/** Flags of an audit. */
export interface AuditFlags extends StagesFlag, ParamSources {
  /** `--audit`: name of the stage. */
  audit: string;
  /** `--work-dir`. */
  workDir?: string;
}

/**
 * Runs a stage once, without a database, and prints the permissions that it used, as they stand in a manifest.
 *
 * @throws ManifestError when there is no such stage, or it is a command.
 * @throws CliError when the stage failed; what it used until then is printed before.
 */
export async function auditManifestStage(context: CliContext, flags: AuditFlags): Promise<void> {
  const { auditStage, defaultManifestPath, loadManifest } = await import("@dsa110/absurd/worker");
  const { workDir } = readConfig(context, { ABSURD_WORK_DIR: flags.workDir });
  const manifest = await loadManifest(await userManifestPath(context, flags) ?? defaultManifestPath());
  const task = { taskName: flags.audit, params: await readParams(context, flags) };
  const audit = await auditStage(manifest, task, { workDir, signal: context.signal });
  printJson(context, { permissions: audit.permissions });
  context.signal.throwIfAborted();
  if (audit.exitCode === 0) return;
  const lastLine = audit.log.trimEnd().split("\n").at(-1);
  throw new CliError(`Stage "${flags.audit}" ended with exit code ${audit.exitCode}: ${lastLine}`, {
    hint: `What it made is in ${audit.workDir}`,
  });
}
