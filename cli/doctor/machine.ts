/**
 * What a doctor looks at on this machine: what a worker here would need.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { AbsurdError } from "@dsa110/absurd";
import { readConfig } from "../client.ts";
import type { CliContext } from "../context.ts";
import { byteSize } from "../format.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";
import { describeUnknownVariable, findUnknownVariables } from "../unknown_variables.ts";
import { weakness } from "../worker/tree_form.ts";
import { critical, type Finding, ok, warning } from "./finding.ts";

/** Shares of a disk that are in use. */
const DISK = { warning: 0.85, critical: 0.95 };

/** Looks at namespaces, stages and disk. */
export async function examineMachine(context: CliContext, flags: StagesFlag): Promise<Finding[]> {
  return [
    await examineNamespaces(),
    ...await examineStages(context, flags),
    await examineDisk(readConfig(context).workDir),
    examineEnabled(readConfig(context).enabled),
    ...await examineVariables(context),
  ];
}

async function examineNamespaces(): Promise<Finding> {
  const weak = await weakness();
  return weak
    ? warning("namespaces", weak.message, weak.hint)
    : ok("namespaces", "Each stage runs in a process namespace of its own");
}

async function examineStages(context: CliContext, flags: StagesFlag): Promise<Finding[]> {
  const { checkPrograms, defaultManifestPath, loadManifest } = await import("@dsa110/absurd/worker");
  const path = await userManifestPath(context, flags) ?? defaultManifestPath();
  try {
    const problems = await checkPrograms(await loadManifest(path));
    if (problems.length === 0) return [ok("stages", `All programs of ${path} are there`)];
    return problems.map((problem) =>
      critical("stages", problem, `Install what is missing, or correct the manifest "${path}"`)
    );
  } catch (error) {
    if (!(error instanceof AbsurdError)) throw error;
    return [critical("stages", error.message, error.hint ?? `Correct the manifest "${path}"`)];
  }
}

async function examineDisk(workDir: string): Promise<Finding> {
  const folder = await existingFolder(workDir);
  const { blocks, bfree, bavail, bsize } = await statfs(folder);
  const [used, free] = [blocks - bfree, bavail * bsize];
  const share = used / (used + bavail);
  const message = `The disk of the work folder ${workDir} is ${Math.round(share * 100)}% full, ${
    byteSize(free)
  } are free`;
  const remedy =
    "Remove products that nobody needs, or name a work folder on another disk with ABSURD_WORK_DIR";
  if (share > DISK.critical) return critical("disk", message, remedy);
  return share > DISK.warning ? warning("disk", message, remedy) : ok("disk", message);
}

/** The folder, or the nearest one above it that is there. */
async function existingFolder(path: string): Promise<string> {
  const exists = await Deno.stat(path).then(() => true, () => false);
  return exists || dirname(path) === path ? path : await existingFolder(dirname(path));
}

async function examineVariables(context: CliContext): Promise<Finding[]> {
  const unknown = await findUnknownVariables(context);
  if (unknown.length === 0) return [ok("variables", "All variables ABSURD_… are known")];
  return unknown.map((variable) =>
    warning("variables", describeUnknownVariable(variable), "Correct its name, or remove it")
  );
}

function examineEnabled(enabled: boolean): Finding {
  if (enabled) return ok("enabled", "Workers and schedulers may start here");
  return ok("enabled", "Workers and schedulers refuse to start here: ABSURD_ENABLED is not true");
}
