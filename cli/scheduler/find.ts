/**
 * Schedules by name.
 *
 * @module
 */

import type { AbsurdClient, Schedule } from "@dsa110/absurd";
import { CliError } from "../errors.ts";

/**
 * The schedule of a name.
 *
 * @throws CliError when there is none, naming those that there are.
 */
export async function findSchedule(client: AbsurdClient, name: string): Promise<Schedule> {
  const schedule = await client.getSchedule(name);
  if (schedule) return schedule;
  const names = (await client.listSchedules()).map((each) => each.name);
  throw new CliError(`There is no schedule ${name}`, {
    hint: names.length > 0
      ? `Schedules: ${names.join(", ")}`
      : "absurd scheduler add makes one; none is there yet",
  });
}
