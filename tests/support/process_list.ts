/**
 * Who is still alive, as /proc tells.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";

/** A process as /proc shows it. */
export interface ProcessInfo {
  /** Number of the process. */
  readonly pid: number;
  /** Number of its process group. */
  readonly group: number;
  /** Its arguments, separated by spaces. */
  readonly command: string;
}

/** Which processes are meant. */
export interface ProcessFilter {
  /** Text that occurs in its arguments or environment, such as the path of a test's own folder. */
  marker?: string;
  /** Number of its process group. */
  group?: number;
}

/** Lists the living processes that match all of `filter`, but for our own; zombies do not count. */
export async function findProcesses({ marker, group }: ProcessFilter): Promise<ProcessInfo[]> {
  const found: ProcessInfo[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    const [stat, command, environ] = await Promise.all(
      ["stat", "cmdline", "environ"].map((file) => read(name, file)),
    );
    // After the name, which is in parentheses: state, parent, group.
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat === "" || state === "Z") continue;
    if (group !== undefined && Number(itsGroup) !== group) continue;
    if (marker !== undefined && !command.includes(marker) && !environ.includes(marker)) continue;
    found.push({ pid: Number(name), group: Number(itsGroup), command: command.replaceAll("\0", " ").trim() });
  }
  return found;
}

/**
 * Waits until no process matches `filter`.
 *
 * @throws {AssertionError} When some still do after `timeoutMs`; it names them.
 */
export async function assertNoProcesses(filter: ProcessFilter, { timeoutMs = 5_000 } = {}): Promise<void> {
  const none = async () => (await findProcesses(filter)).length === 0;
  await eventually(none, { timeoutMs }).catch(() => {});
  assert.deepEqual(await findProcesses(filter), []);
}

async function read(pid: string, file: string): Promise<string> {
  // A process may end between any two looks.
  return await Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "");
}
