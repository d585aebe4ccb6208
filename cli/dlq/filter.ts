/**
 * Which dead letters replay and purge work on.
 *
 * @module
 */

import type { AbsurdClient, DeadLetterFilter } from "@dsa110/absurd";
import { UsageError } from "../errors.ts";
import { resolveTaskIds } from "../ids.ts";

/** Flags that choose dead letters. */
export interface DeadLetterFlags {
  /** `--queue`. */
  queue?: string;
  /** `--name`. */
  name?: string;
  /** `--all`. */
  all?: true;
}

/**
 * The filter that ids and flags make together.
 *
 * @param verb For the error: what was to be done.
 * @throws UsageError when nothing was chosen, and not `--all` either.
 */
export async function deadLetterFilter(
  client: AbsurdClient,
  verb: string,
  { prefixes, queue, name, all }: DeadLetterFlags & { prefixes: readonly string[] },
): Promise<DeadLetterFilter> {
  const isChosen = prefixes.length > 0 || queue !== undefined || name !== undefined;
  if (isChosen === Boolean(all)) {
    throw new UsageError(
      isChosen
        ? "--all does not go with ids, --queue or --name"
        : `Nothing says which dead letters to ${verb}`,
      "Give ids, --queue NAME, --name NAME, or --all for every one",
    );
  }
  return {
    taskIds: prefixes.length > 0 ? await resolveTaskIds(client, prefixes) : undefined,
    queueName: queue,
    taskName: name,
    all,
  };
}
