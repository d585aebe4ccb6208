/**
 * Names of queues that nobody has used.
 *
 * @module
 */

import type { QueueStats } from "@dsa110/absurd";

/** A sentence about a queue that has had no tasks, as one whose name is misspelt; undefined for one that has. */
export function describeUnused(name: string, stats?: QueueStats): string | undefined {
  const { pending = 0, claimed = 0, completed = 0, failed = 0, cancelled = 0 } = stats ?? {};
  if (pending + claimed + completed + failed + cancelled > 0) return undefined;
  return `Queue ${name} has had no tasks: is that its name?`;
}
