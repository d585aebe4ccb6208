/**
 * Schedules as a manifest has them.
 *
 * @module
 */

import { type Chain, CHAINS } from "../chain.ts";
import { parseDuration } from "../duration.ts";
import { ManifestError } from "../errors.ts";
import type { ScheduleDocument } from "../stage/manifest_schema.ts";
import { type Locate, withoutUndefined } from "../stage/manifest_stage.ts";
import type { JsonObject } from "../task.ts";
import type { ScheduleDefinition } from "./documents.ts";
import { readTime } from "./zone.ts";

/** What a schedule of a manifest stands among. */
export interface ScheduleSurroundings {
  /** Name of the schedule. */
  readonly name: string;
  /** Chains of the manifest; the built-in ones can be named, too. */
  readonly chains: Readonly<Record<string, Chain>>;
  /** Tells the place of a mistake. */
  readonly at: Locate;
}

/**
 * Reads a schedule. The expression is not looked at: that needs what only schedulers load.
 *
 * @param document The schedule as it stands in the file.
 * @throws ManifestError naming the place of a mistake.
 */
export function defineSchedule(
  document: ScheduleDocument,
  { name, chains, at }: ScheduleSurroundings,
): ScheduleDefinition {
  const { timezone = "UTC" } = document;
  const time = (key: "start" | "end") => {
    const text = document[key];
    return text === undefined ? undefined : at(key, () => requireTime(text, timezone));
  };
  const seconds = (key: "grace" | "jitter" | "timeout") => at(key, () => toSeconds(document[key]));
  return withoutUndefined({
    name,
    cronExpression: document.cron,
    timezone,
    taskName: document.task,
    chain: document.chain === undefined ? undefined : at("chain", () => findChain(document.chain!, chains)),
    params: document.params as JsonObject | undefined,
    queueName: document.queue,
    missed: document.missed,
    missedLimit: document.missed_limit,
    graceSec: seconds("grace"),
    overlap: document.overlap,
    jitterSec: seconds("jitter"),
    startsAt: time("start"),
    endsAt: time("end"),
    priority: document.priority,
    maxRetries: document.max_retries,
    timeoutSec: seconds("timeout"),
    description: document.description,
    synced: true,
  });
}

function toSeconds(duration: string | number | undefined): number | undefined {
  return typeof duration === "string" ? parseDuration(duration) : duration;
}

function requireTime(text: string, timezone: string): Date {
  const time = readTime(text, timezone);
  if (time) return time;
  throw new ManifestError(`cannot read "${text}" as a time`);
}

function findChain(name: string, chains: Readonly<Record<string, Chain>>): Chain {
  const chain = Object.hasOwn(chains, name) ? chains[name] : CHAINS[name];
  if (chain) return chain;
  const known = [...Object.keys(chains), ...Object.keys(CHAINS)];
  throw new ManifestError(`there is no chain "${name}"`, { hint: `Known chains: ${known.join(", ")}` });
}
