/**
 * `absurd worker --check`: is the manifest one that a worker could run?
 *
 * @module
 */

import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";

/**
 * Checks the manifest, without a database.
 *
 * @throws ManifestError with the place of the mistake.
 */
export async function checkManifest(context: CliContext, flags: StagesFlag): Promise<void> {
  const { defaultManifestPath, loadManifest, manifestSettings } = await import("@dsa110/absurd/worker");
  const path = await userManifestPath(context, flags) ?? defaultManifestPath();
  const { taskNames } = manifestSettings(await loadManifest(path));
  tell(context, `${path} is valid; its stages: ${taskNames.join(", ")}`);
}
