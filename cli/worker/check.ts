/**
 * `absurd worker --check`: is the manifest one that a worker could run here?
 *
 * @module
 */

import { InvalidArgumentError } from "@dsa110/absurd";
import type { Manifest } from "@dsa110/absurd/worker";
import type { CliContext } from "../context.ts";
import { EarlyExit, ExitCode, say, tell } from "../errors.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";

/**
 * Checks the manifest, the programs that it names and when its schedules are due, without a database. Stages that are
 * not bound by permissions, or declared unsafe, are told of, and so are tasks that only another worker could run.
 *
 * @throws ManifestError with the place of the mistake.
 * @throws EarlyExit when a module or a program is not there, or a schedule is never due; all of them are told.
 */
export async function checkManifest(context: CliContext, flags: StagesFlag): Promise<void> {
  const { checkPrograms, defaultManifestPath, describeUnsafe, loadManifest, manifestSettings } = await import(
    "@dsa110/absurd/worker"
  );
  const path = await userManifestPath(context, flags) ?? defaultManifestPath();
  const manifest = await loadManifest(path);
  for (const sentence of describeUnsafe(manifest)) tell(context, `Note: ${sentence}`);
  for (const sentence of describeForeignTasks(manifest)) say(context, "warning", sentence);
  const problems = [...await checkPrograms(manifest), ...await checkSchedules(manifest)];
  if (problems.length > 0) {
    for (const problem of problems) say(context, "error", problem);
    say(context, "hint", `Install what is missing, or correct the manifest "${path}"`);
    throw new EarlyExit(ExitCode.failed);
  }
  tell(context, `${path} is valid; its stages: ${manifestSettings(manifest).taskNames.join(", ")}`);
}

/** Chains and schedules with tasks that the manifest has no stage for: other workers may have, or it is a mistake. */
function describeForeignTasks({ stages, chains, schedules }: Manifest): string[] {
  const describe = (subject: string, tasks: readonly string[]) => {
    const foreign = [...new Set(tasks)].filter((task) => !Object.hasOwn(stages, task));
    if (foreign.length === 0) return [];
    return [
      `${subject} needs a worker with another manifest, because this one has no stage ${foreign.join(", ")}`,
    ];
  };
  return [
    ...Object.values(chains).flatMap(({ name, steps }) =>
      describe(`Chain "${name}"`, steps.map(({ task }) => task))
    ),
    ...schedules.flatMap(({ name, taskName, chain }) =>
      describe(`Schedule "${name}"`, chain ? chain.steps.map(({ task }) => task) : taskName ? [taskName] : [])
    ),
  ];
}

/** Says which schedules cannot be read or are never due from now on, by this machine's clock. */
async function checkSchedules({ schedules }: Manifest): Promise<string[]> {
  if (schedules.length === 0) return [];
  const { Timetable } = await import("@dsa110/absurd/scheduler");
  return schedules.flatMap(({ name, timezone = "UTC", ...schedule }) => {
    try {
      new Timetable({ ...schedule, timezone }).require(new Date());
      return [];
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      return [`Schedule "${name}": ${error.message}${error.hint ? `. ${error.hint}` : ""}`];
    }
  });
}
