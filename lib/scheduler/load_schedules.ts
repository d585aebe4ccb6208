/**
 * The schedules of a manifest's file.
 *
 * @module
 */

import { loadManifest } from "../stage/manifest.ts";
import type { ScheduleDefinition } from "./documents.ts";

/**
 * Reads the schedules of a manifest, in its order.
 *
 * @param path File, absolute or relative to the working folder.
 * @throws ManifestError when it cannot be read, is no JSON, or has a mistake, which is named by its place.
 */
export async function loadSchedules(path: string): Promise<readonly ScheduleDefinition[]> {
  return (await loadManifest(path)).schedules;
}
