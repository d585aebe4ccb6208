/**
 * Parameters that a manifest calls secret, kept off the screen.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";
import type { CliContext } from "./context.ts";
import { userManifestPath } from "./stages.ts";

const REDACTED = "[secret]";

/**
 * A task without the values of its secret parameters, as the manifest that the user has names them. Where there is no
 * manifest, or none that can be read, nothing is known to be secret.
 */
export async function withoutSecrets(context: CliContext, task: Task): Promise<Task> {
  const path = await userManifestPath(context, {});
  if (path === undefined) return task;
  const { loadManifest } = await import("@dsa110/absurd/worker");
  const manifest = await loadManifest(path).catch(() => null);
  if (!manifest || !Object.hasOwn(manifest.stages, task.taskName)) return task;
  const { secret } = manifest.stages[task.taskName];
  const params = Object.entries(task.params).map(([name, value]) => [
    name,
    secret.includes(name) ? REDACTED : value,
  ]);
  return { ...task, params: Object.fromEntries(params) };
}
