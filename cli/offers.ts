/**
 * Which tasks somebody would run.
 *
 * @module
 */

import { type AbsurdClient, NotAllowedError } from "@dsa110/absurd";

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

/** The same for a warning: whose role may not look at workers is not warned. */
export async function namesToWarnOf(...args: Parameters<typeof namesNotOffered>): Promise<string[]> {
  try {
    return await namesNotOffered(...args);
  } catch (error) {
    if (error instanceof NotAllowedError) return [];
    throw error;
  }
}
