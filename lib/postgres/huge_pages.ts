/**
 * Huge pages for the memory that the processes of the server share.
 *
 * Each session learns about every page of that memory for itself when it first touches it, 4 kB at a time, and a new task
 * lies on a new page. On a virtual machine, where that is dear, it was a quarter of the server's work for one worker and
 * half of it for 64. Pages of 2 MB end it.
 *
 * The server asks for them by itself, but the kernel gives none unless it was told that it may. Saying so takes no memory:
 * it is a bound, and what a server took goes back to the system when it ends, however it ends.
 *
 * @module
 */

import { type Account, runProgram } from "./account.ts";

const BOUND = "/proc/sys/vm/nr_overcommit_hugepages";
/** Some kernels have pages of 512 MB, too coarse for us. */
const MAX_PAGE_KB = 2048;
/** No more than this part of what is free is taken at once. */
const MAX_SHARE = 1 / 4;

/** What the kernel tells about memory, in kB or pages. */
export type MemoryInfo = Readonly<Record<string, number>>;

/** A server that is about to be launched. */
export interface ServerCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Folder to run in. */
  readonly directory: string;
  /** User that it runs as. */
  readonly account: Account;
}

/**
 * Allows the kernel to give huge pages to a server, as only root may. Does nothing where that is not possible, where
 * memory is short, or where the server does not want them: it then runs without.
 */
export async function allowHugePages({ command, directory, account }: ServerCommand): Promise<void> {
  const setting = async (name: string) =>
    (await runProgram([...command, "-C", name], directory, { account })).stdout.trim();
  try {
    const memory = readMemoryInfo(await Deno.readTextFile("/proc/meminfo"));
    const bound = Number(await Deno.readTextFile(BOUND));
    const wanted = await setting("huge_pages") === "off"
      ? 0
      : Number(await setting("shared_memory_size_in_huge_pages"));
    const needed = neededBound(memory, wanted);
    if (needed > bound) await Deno.writeTextFile(BOUND, `${needed}`);
  } catch {
    // a system without them, or a container whose settings are not its own
  }
}

/** Up to how many huge pages the kernel must give beyond those that are set aside, for `wanted` of them; 0 = none. */
export function neededBound(memory: MemoryInfo, wanted: number): number {
  const { Hugepagesize: pageKb, HugePages_Surp: given, MemAvailable: freeKb } = memory;
  const fits = pageKb <= MAX_PAGE_KB && wanted * pageKb <= freeKb * MAX_SHARE;
  return fits && wanted > 0 ? given + wanted : 0;
}

/** Reads `/proc/meminfo`. */
export function readMemoryInfo(text: string): MemoryInfo {
  const lines = text.matchAll(/^(\w+):\s+(\d+)/gm);
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, Number(value)]));
}
