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
  for (const pid of listProcesses()) {
    const entry = readEntry(pid);
    if (entry) table.set(pid, entry);
  }
  return table;
}

function listProcesses(): number[] {
  try {
    return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter(Number.isInteger);
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

/** Ticks of the kernel's accounting in a second, the same on all of Linux (`USER_HZ`, proc(5)). */
const TICKS_PER_SEC = 100;

/**
 * Sums the processor time of processes, and of those of their children that have ended, in milliseconds.
 *
 * @param pids Their numbers; those that have ended count nothing.
 */
export function measureCpuMs(pids: Iterable<number>): number {
  let ticks = 0;
  for (const pid of pids) {
    const text = readProcessFile(pid, "stat");
    // From the field after the name: user and system time are the 12th and 13th, those of ended children follow.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").slice(11, 15);
    for (const field of fields) ticks += Number(field);
  }
  return ticks * 1000 / TICKS_PER_SEC;
}

/** Memory of processes, in bytes. */
export interface MemoryUse {
  /** Held now by all of them together. */
  readonly currentBytes: number;
  /** The most that any single one of them ever held. */
  readonly peakBytes: number;
}

/**
 * Sums the resident memory of processes. Pages that several of them share count once for each.
 *
 * @param pids Their numbers; those that have ended count nothing.
 */
export function measureMemory(pids: Iterable<number>): MemoryUse {
  let currentBytes = 0;
  let peakBytes = 0;
  for (const pid of pids) {
    const status = readProcessFile(pid, "status");
    currentBytes += readKilobytes(status, "VmRSS");
    peakBytes = Math.max(peakBytes, readKilobytes(status, "VmHWM"));
  }
  return { currentBytes, peakBytes };
}

function readKilobytes(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}
