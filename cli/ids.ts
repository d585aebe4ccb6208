/**
 * Ids as people type them: any prefix that only one task or workflow has.
 *
 * @module
 */

import type { AbsurdClient } from "@dsa110/absurd";
import { CliError, UsageError } from "./errors.ts";

const FULL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ID_PREFIX = /^[0-9a-f][0-9a-f-]{0,35}$/;

/**
 * The task whose id starts with `prefix`; throws when there is none, or more than one.
 *
 * @param option Names the option in the error, where it is no argument: `--cursor`.
 */
export function resolveTaskId(client: AbsurdClient, prefix: string, option?: string): Promise<string> {
  return resolveId("task", prefix, option, (start) => client.findTaskIds(start));
}

/** The workflow whose id starts with `prefix`, as {@linkcode resolveTaskId} has it. */
export function resolveWorkflowId(client: AbsurdClient, prefix: string, option?: string): Promise<string> {
  return resolveId("workflow", prefix, option, (start) => client.findWorkflowIds(start));
}

/** The tasks whose ids start with the prefixes, in order, and each of them once. */
export async function resolveTaskIds(
  client: AbsurdClient,
  prefixes: readonly string[],
  option?: string,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const prefix of prefixes) ids.add(await resolveTaskId(client, prefix, option));
  return [...ids];
}

async function resolveId(
  kind: "task" | "workflow",
  text: string,
  option: string | undefined,
  find: (prefix: string) => Promise<string[]>,
): Promise<string> {
  const prefix = text.toLowerCase();
  if (FULL_ID.test(prefix)) return prefix;
  const given = option ? `${option}: ` : "";
  const hint = `absurd ${kind} list shows the ids`;
  if (!ID_PREFIX.test(prefix)) throw new UsageError(`${given}"${text}" is no ${kind} id`, hint);
  const ids = await find(prefix);
  if (ids.length === 1) return ids[0];
  if (ids.length === 0) {
    throw new CliError(`${given}No ${kind} has an id that starts with ${prefix}`, { hint });
  }
  throw new CliError(`${given}Several ${kind}s have an id that starts with ${prefix}`, {
    hint: "Give more characters of the id",
  });
}
