/**
 * Which tasks somebody would run.
 *
 * @module
 */

import type { AbsurdClient } from "@dsa110/absurd";

/** Those of the task names that no live worker of a queue offers. */
export async function namesNotOffered(
  client: AbsurdClient,
  names: readonly string[],
  queueName: string,
): Promise<string[]> {
  const workers = (await client.listWorkers())
    .filter(({ live, queueNames }) => live && queueNames.includes(queueName));
  return [...new Set(names)].filter((name) =>
    !workers.some(({ taskNames }) => taskNames?.includes(name) ?? true)
  );
}
