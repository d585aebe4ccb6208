/**
 * What Linux tells of running processes under /proc: who descends from whom, and how much memory they take.
 *
 * Elsewhere (no /proc) everything here is empty, and the caller falls back on process groups. Reading other processes'
 * files needs all permissions in Deno; a worker has them.
 *
 * @module
 */

/** One running process. Zombies are left out: they hold nothing but their number. */
export interface ProcessEntry {
  /** Process number, in the namespace of the reader. */
  readonly pid: number;
  /** Number of its parent. */
  readonly parent: number;
  /** Its process group. */
  readonly group: number;
  /** Its session. */
  readonly session: number;
  /** When it started, in clock ticks since boot; with the number, this names a process for good. */
  readonly startedAt: number;
}

/** All processes at one moment, by number. */
export type ProcessTable = ReadonlyMap<number, ProcessEntry>;

/**
 * Reads the table of all processes, by `/proc/PID/stat` (proc(5)).
 *
 * @returns The table; empty where there is no /proc.
 * @example
 * ```ts
 * import { readProcessTable } from "./process_table.ts";
 * import assert from "node:assert/strict";
 *
 * if (Deno.build.os === "linux") assert.equal(readProcessTable().get(Deno.pid)?.parent, Deno.ppid);
 * ```
 */
export function readProcessTable(): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  for (const pid of listNumbers("/proc")) {
    const entry = readEntry(pid);
    if (entry) table.set(pid, entry);
  }
  return table;
}

function listNumbers(folder: string): number[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => Number(name)).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The name stands in parentheses and may hold anything, so the fields are counted from the last closing one. */
function readEntry(pid: number): ProcessEntry | null {
  const text = readProcessFile(pid, "stat");
  const [state, parent, group, session, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (text === "" || state === "Z" || state === "X") return null;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: Number(rest[15]),
  };
}

/** A process may end between being listed and being read: its files are then empty. */
function readProcessFile(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}

/**
 * True when a process has ended, whether its parent was told or not; false where there is no /proc to say so.
 *
 * @param pid Its number.
 */
export function hasEnded(pid: number): boolean {
  return readEntry(pid) === null && readEntry(Deno.pid) !== null;
}

/**
 * Gathers processes and all that descend from them.
 *
 * @param table Table of all processes.
 * @param isRoot Tells where to begin.
 * @returns The roots and their descendants, parents before children.
 */
export function descendants(table: ProcessTable, isRoot: (entry: ProcessEntry) => boolean): ProcessEntry[] {
  const children = Map.groupBy(table.values(), (entry) => entry.parent);
  const found = new Set([...table.values()].filter(isRoot));
  for (const entry of found) {
    for (const child of children.get(entry.pid) ?? []) found.add(child);
  }
  return [...found];
}

/** True when the process was started with the variable `name=value` in its environment. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  return `\0${readProcessFile(pid, "environ")}`.includes(`\0${name}=${value}\0`);
}

/**
 * Numbers of a process and of all that descend from it, as the kernel lists them for each thread. This reads only what
 * it is asked for, not the table of the whole machine, and so can be done often; a process that is made or that ends
 * meanwhile may be missed.
 *
 * @param pid Where to begin.
 * @returns Parents before children; null where the kernel keeps no such lists (CONFIG_PROC_CHILDREN).
 */
export function listDescendants(pid: number): number[] | null {
  const found = [pid];
  try {
    Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    for (const parent of found) found.push(...listChildren(parent));
  } catch {
    return null;
  }
  return found;
}

function listChildren(pid: number): number[] {
  const threads = listNumbers(`/proc/${pid}/task`);
  return threads.flatMap((thread) => {
    return readProcessFile(pid, `task/${thread}/children`).split(" ").filter(Boolean).map(Number);
  });
}

/** Ticks of the kernel's accounting in a second, the same on all of Linux (`USER_HZ`, proc(5)). */
const TICKS_PER_SEC = 100;

/** What processes have taken. */
export interface ResourceUse {
  /** Memory that all of them together hold now, in bytes; pages that several share count once for each. */
  readonly memoryBytes: number;
  /** The most that any single one of them ever held, in bytes. */
  readonly peakMemoryBytes: number;
  /** Processor time of all, and of those of their children that have ended, in milliseconds. */
  readonly cpuMs: number;
}

/**
 * Sums what processes have taken.
 *
 * @param pids Their numbers; those that have ended count nothing.
 */
export function measureResources(pids: Iterable<number>): ResourceUse {
  let memoryBytes = 0;
  let peakMemoryBytes = 0;
  let ticks = 0;
  for (const pid of pids) {
    const status = readProcessFile(pid, "status");
    memoryBytes += readKilobytes(status, "VmRSS");
    peakMemoryBytes = Math.max(peakMemoryBytes, readKilobytes(status, "VmHWM"));
    const stat = readProcessFile(pid, "stat");
    // From the field after the name: user and system time are the 12th and 13th, those of ended children follow.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 15);
    for (const field of fields) ticks += Number(field);
  }
  return { memoryBytes, peakMemoryBytes, cpuMs: ticks * 1000 / TICKS_PER_SEC };
}

function readKilobytes(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}
