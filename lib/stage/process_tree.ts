/**
 * A program together with everything that it starts, as one thing that can be watched, signalled and ended.
 *
 * @module
 */

import {
  descendants,
  hasEnded,
  hasVariable,
  listDescendants,
  measureResources,
  type ProcessEntry,
  type ProcessTable,
  readProcessTable,
  type ResourceUse,
} from "./process_table.ts";
import { type Supervisor, TREE_MARKER, type TreeForm } from "./launcher.ts";
import { type SupervisedProgram, supervisorLine } from "./supervisor.ts";

/** How long the kernel may take to clear away what was killed, in milliseconds. */
export const KILL_BOUND_MS = 2000;

const LOOK_INTERVAL_MS = 20;

/** Parent of all threads of the kernel, which have no environment to look into. */
const KERNEL_THREADS = 2;

/** How the program of a tree ended. */
export interface TreeStatus {
  /** Exit code; 128 + n when a signal ended it. */
  readonly code: number;
  /** Number of the signal that ended it, if one did. */
  readonly signal: number | null;
}

/**
 * A running program with all its descendants.
 *
 * Disposing of it ends what is left of it at once.
 */
export class ProcessTree implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #form: TreeForm;
  readonly #marker: string;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Members seen so far without a namespace: one that has left the group is still known by its number. */
  readonly #seen = new Map<number, number>();
  #ended = false;

  /** How the program ended; settles when it did, whatever its descendants do. */
  readonly status: Promise<TreeStatus>;

  /**
   * Starts a program.
   *
   * @param supervisor What runs it.
   * @param program What is run.
   * @param stdin First part of the program's standard input.
   */
  constructor({ child, form, marker }: Supervisor, program: SupervisedProgram, stdin = "") {
    this.#form = form;
    this.#child = child;
    this.#marker = marker;
    this.#writer = child.stdin.getWriter();
    this.write(supervisorLine(program) + stdin);
    this.status = this.#child.status.then(({ code, signal }) => {
      this.#ended = true;
      return { code, signal: signal ? code - 128 : code > 128 && code <= 128 + 64 ? code - 128 : null };
    });
  }

  /** Number of the outermost process, which stands for the tree. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Looks whether the outermost process runs: it may have ended though {@linkcode status} does not tell yet. */
  isRunning(): boolean {
    return !this.#ended && !hasEnded(this.pid);
  }

  /** Writes to the program's standard input. That it does not read it, or has ended, is no error. */
  async write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text)).catch(() => {});
  }

  /** Ends the program's standard input. */
  async closeInput(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  /** Standard output of the program and of all that inherited it. */
  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#child.stdout;
  }

  /** Standard error of the program and of all that inherited it. */
  get stderr(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#child.stderr;
  }

  /** Numbers of all processes of the tree that are alive now, parents first. */
  members(): number[] {
    // The end of a namespace's first process is the end of all.
    if (this.#form === "namespace" && this.#ended) return [];
    const table = readProcessTable();
    if (table.size === 0) return this.#ended ? [] : [this.pid]; // no /proc here
    if (this.#form === "namespace") {
      return descendants(table, (entry) => entry.pid === this.pid).map(({ pid }) => pid);
    }
    this.#forgetEnded(table);
    const found = descendants(table, (entry) => this.#belongs(entry));
    for (const { pid, startedAt } of found) this.#seen.set(pid, startedAt);
    return found.map(({ pid }) => pid);
  }

  /** True when there is more than the supervisor and its program. */
  get hasChildren(): boolean {
    return this.members().length > (this.#form === "namespace" ? 3 : 2);
  }

  /** Lets this process end though the program has not: its standard input then ends. Reading must have stopped. */
  unref(): void {
    this.#child.unref();
  }

  /** Takes {@linkcode unref} back. */
  ref(): void {
    this.#child.ref();
  }

  /** What the processes of the tree take, as far as can be told without looking at those of others. */
  measure(): ResourceUse {
    const inside = this.#form === "namespace" && !this.#ended ? listDescendants(this.pid) : null;
    return measureResources(inside ?? this.members());
  }

  /** In order of cost: most members are known by group or session; the rest by name, or by what they inherited. */
  #belongs(entry: ProcessEntry): boolean {
    if (!this.#ended && entry.pid === this.pid) return true;
    if (entry.group === this.pid || entry.session === this.pid) return true;
    if (this.#seen.get(entry.pid) === entry.startedAt) return true;
    return entry.parent !== KERNEL_THREADS && hasVariable(entry.pid, TREE_MARKER, this.#marker);
  }

  #forgetEnded(table: ProcessTable): void {
    for (const [pid, startedAt] of this.#seen) {
      if (table.get(pid)?.startedAt !== startedAt) this.#seen.delete(pid);
    }
  }

  /**
   * Sends a signal to every process of the tree.
   *
   * @returns How many there were.
   */
  signal(signal: "SIGTERM" | "SIGCONT" | "SIGKILL"): number {
    const members = this.members();
    // The group also has what is being forked at this moment, and is all that can be told where there is no /proc.
    if (this.#form === "group" && !this.#ended) sendSignal(-this.pid, signal);
    for (const pid of members) sendSignal(pid, signal);
    return members.length;
  }

  /**
   * Ends the tree: SIGTERM for all, a time to tidy up, then SIGKILL for what is left, again and again until nothing is.
   *
   * @param graceMs Time between the two, in milliseconds; 0 kills at once.
   * @returns False when something was still there {@linkcode KILL_BOUND_MS} after the SIGKILL.
   */
  async end(graceMs: number): Promise<boolean> {
    if (graceMs > 0) {
      this.signal("SIGTERM");
      this.signal("SIGCONT"); // a stopped process gets its SIGTERM only when it goes on
      if (await this.#isGone(graceMs)) return true;
    }
    return await this.#kill();
  }

  async #kill(): Promise<boolean> {
    const start = performance.now();
    while (performance.now() < start + KILL_BOUND_MS) {
      if (this.members().length === 0) return true;
      const isLate = performance.now() > start + KILL_BOUND_MS / 2;
      if (this.#form === "namespace" && !isLate) this.#killInside();
      else this.signal("SIGKILL");
      await this.#isGone(LOOK_INTERVAL_MS);
    }
    return this.members().length === 0;
  }

  /**
   * Kills all but `unshare` and the shell, which are the first two members. Without its program the shell ends by
   * itself, and the namespace with it; `unshare` would otherwise complain on standard error of how its child ended.
   */
  #killInside(): void {
    for (const pid of this.members().slice(2)) sendSignal(pid, "SIGKILL");
  }

  /** Waits until nothing is left, at most the given time. */
  async #isGone(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    await settledWithin(this.status, timeoutMs);
    while (this.members().length > 0) {
      const restMs = deadline - performance.now();
      if (restMs <= 0) return false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(restMs, LOOK_INTERVAL_MS)));
    }
    return true;
  }

  /** Ends what is left of the tree at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(0);
  }
}

/** Waits for a promise for a limited time; true when it settled within it. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<boolean>((resolve) => timer = setTimeout(resolve, timeoutMs, false));
  const settled = promise.then(() => true, () => true);
  try {
    return await Promise.race([settled, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A process that has ended meanwhile is what was wanted; one that has become somebody else's (setuid) stays a member,
 * and is told of when the tree should be gone.
 */
function sendSignal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
  }
}
