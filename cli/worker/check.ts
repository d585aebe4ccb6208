/**
 * `absurd worker --check`: is the manifest one that a worker could run here?
 *
 * @module
 */

import type { CliContext } from "../context.ts";
import { CliError, tell } from "../errors.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";

/**
 * Checks the manifest and the programs that it names, without a database. Stages that are not bound by permissions, or
 * declared unsafe, are told of.
 *
 * @throws ManifestError with the place of the mistake.
 * @throws CliError when a module or a program is not there.
 */
export async function checkManifest(context: CliContext, flags: StagesFlag): Promise<void> {
  const { checkPrograms, defaultManifestPath, describeUnsafe, loadManifest, manifestSettings } = await import(
    "@dsa110/absurd/worker"
  );
  const path = await userManifestPath(context, flags) ?? defaultManifestPath();
  const manifest = await loadManifest(path);
  for (const sentence of describeUnsafe(manifest)) tell(context, `Note: ${sentence}`);
  const problems = await checkPrograms(manifest);
  if (problems.length > 0) {
    throw new CliError(problems.join("\n"), {
      hint: `Install what is missing, or correct the manifest "${path}"`,
    });
  }
  tell(context, `${path} is valid; its stages: ${manifestSettings(manifest).taskNames.join(", ")}`);
}
