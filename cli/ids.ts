/**
 * Ids as people type them: any prefix that only one task or workflow has.
 *
 * @module
 */

import type { AbsurdClient } from "@dsa110/absurd";
import { CliError, UsageError } from "./errors.ts";

const FULL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ID_PREFIX = /^[0-9a-f][0-9a-f-]{0,35}$/;

/** The task whose id starts with `prefix`; throws when there is none, or more than one. */
export function resolveTaskId(client: AbsurdClient, prefix: string): Promise<string> {
  return resolveId("task", prefix, (start) => client.findTaskIds(start));
}

/** The workflow whose id starts with `prefix`; throws when there is none, or more than one. */
export function resolveWorkflowId(client: AbsurdClient, prefix: string): Promise<string> {
  return resolveId("workflow", prefix, (start) => client.findWorkflowIds(start));
}

/** The tasks whose ids start with the prefixes, in order, and each of them once. */
export async function resolveTaskIds(client: AbsurdClient, prefixes: readonly string[]): Promise<string[]> {
  const ids = new Set<string>();
  for (const prefix of prefixes) ids.add(await resolveTaskId(client, prefix));
  return [...ids];
}

async function resolveId(
  kind: "task" | "workflow",
  text: string,
  find: (prefix: string) => Promise<string[]>,
): Promise<string> {
  const prefix = text.toLowerCase();
  if (FULL_ID.test(prefix)) return prefix;
  if (!ID_PREFIX.test(prefix)) {
    throw new UsageError(`"${text}" is no ${kind} id`, `absurd ${kind} list shows the ids`);
  }
  const ids = await find(prefix);
  if (ids.length === 1) return ids[0];
  if (ids.length > 1) {
    throw new CliError(`Several ${kind}s have an id that starts with ${prefix}`, {
      hint: "Give more characters of the id",
    });
  }
  throw new CliError(`No ${kind} has an id that starts with ${prefix}`, {
    hint: `absurd ${kind} list shows the ids`,
  });
}
