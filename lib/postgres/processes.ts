/**
 * Which processes are the server's. A number in a pid file proves nothing: after a crash or a reboot it may belong
 * to any program.
 *
 * @module
 */

import { runProgram } from "./account.ts";

/** Tells whether a process with this number exists, zombies not counted. */
export async function processExists(pid: number): Promise<boolean> {
  if (Deno.build.os === "linux") {
    const stat = await readProc(pid, "stat");
    // The state follows the name, which is in parentheses and may itself contain any character.
    return stat !== undefined && stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  }
  const { stdout } = await runProgram(["/bin/ps", "-o", "state=", "-p", `${pid}`], "/");
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

/** Tells whether process `pid` is a PostgreSQL server, or a child of one, whose cluster lies in `data`. */
export async function isServerProcess(pid: number, data: string): Promise<boolean> {
  if (Deno.build.os === "linux") {
    if ((await readProc(pid, "comm"))?.trim() !== "postgres") return false;
    // Every process of a server works in its data folder, which users may have moved to another disk by a link.
    const folder = await Deno.readLink(`/proc/${pid}/cwd`).catch(() => undefined);
    return folder !== undefined && folder === await Deno.realPath(data).catch(() => data);
  }
  const { stdout } = await runProgram(["/bin/ps", "-o", "command=", "-p", `${pid}`], "/");
  return stdout.includes("postgres") && stdout.includes(data);
}

/**
 * Lists the processes of servers whose cluster lies in `data`. Children of a server that was killed live on for a
 * moment. Without /proc there is no way to tell, and the list is empty.
 */
export async function serverProcesses(data: string): Promise<number[]> {
  if (Deno.build.os !== "linux") return [];
  const pids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (/^\d+$/.test(name) && await isServerProcess(Number(name), data)) pids.push(Number(name));
  }
  return pids;
}

async function readProc(pid: number, file: string): Promise<string | undefined> {
  // A process may end between any two looks.
  return await Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => undefined);
}
