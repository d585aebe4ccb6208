/**
 * How a stage's processes are held together, found out once per process.
 *
 * - `namespace` (Linux with util-linux, as root or where users may make namespaces): each stage runs in a process
 *   namespace of its own, whose first process takes all others with it when it ends. Nothing can leave it: not a
 *   daemon, not a process with an emptied environment. It also hides the worker's own environment from the stage.
 * - `group` (everywhere else): each stage leads a process group, and processes that leave the group are looked for
 *   among the supervisor's descendants, and by a variable in their environment. Where there is a perl, as on Debian, the
 *   supervisor adopts orphans, so that a daemon stays its descendant. Elsewhere a process that leaves the group, loses
 *   its parent and empties its environment between two looks escapes.
 *
 * @module
 */

import { SUPERVISOR_SCRIPT } from "./supervisor.ts";

/** How a stage's processes are held together. */
export type TreeForm = "namespace" | "group";

/** What a launcher is made of. */
interface LauncherForm {
  readonly form: TreeForm;
  /** Arguments that come before the supervisor. */
  readonly prefix: readonly string[];
  /** True when Deno must make the session, because the prefix does not. */
  readonly detached: boolean;
  readonly diesWithWorker: boolean;
  readonly adoptsOrphans: boolean;
}

/** A supervisor that waits for its program. */
export interface Supervisor {
  /** Its process, the outermost of its tree. */
  readonly child: Deno.ChildProcess;
  /** How the processes of its tree are held together. */
  readonly form: TreeForm;
  /** Marks the environment of its tree where there are no namespaces. */
  readonly marker: string;
}

/** A supervisor that was started, and may not wait yet. */
interface StartedSupervisor extends Supervisor {
  /** Settles when it waits and dies with the worker, or has ended instead. */
  readonly ready: Promise<void>;
  /** True when it has ended. */
  ended: boolean;
}

/** Variable that marks the processes of a tree where there are no namespaces. */
export const TREE_MARKER = "ABSURD_PROCESS_TREE";

/**
 * Starts supervisors. Since a supervisor learns what to run only from its standard input, some are started ahead of
 * time: the chain of small programs that makes a session, a bond and a namespace costs a task nothing then. Those that
 * wait hold about a megabyte each, do not keep the process alive, and end with it.
 */
export class Launcher {
  readonly #command: readonly string[];
  readonly #detached: boolean;
  #waiting: StartedSupervisor[] = [];
  #refill: ReturnType<typeof setTimeout> | undefined;

  /** How the processes are held together. */
  readonly form: TreeForm;
  /** True when the processes die by themselves as soon as the worker does, even by SIGKILL. */
  readonly diesWithWorker: boolean;
  /** True when a process whose parent has ended still descends from its supervisor, whatever it left. */
  readonly adoptsOrphans: boolean;

  /** Starts nothing yet. */
  constructor({ form, prefix, detached, diesWithWorker, adoptsOrphans }: LauncherForm) {
    this.form = form;
    this.diesWithWorker = diesWithWorker;
    this.adoptsOrphans = adoptsOrphans;
    this.#command = [...prefix, ...SUPERVISOR];
    this.#detached = detached;
  }

  /** A supervisor; further ones are started soon. */
  async take(): Promise<Supervisor> {
    this.#waiting = this.#waiting.filter(({ ended }) => !ended);
    const supervisor = this.#waiting.shift() ?? this.#start();
    supervisor.child.ref();
    this.#refillSoon();
    // One that could not start says why by its exit code and its errors, as a program would.
    await supervisor.ready;
    return supervisor;
  }

  #refillSoon(): void {
    if (this.#refill !== undefined) return;
    this.#refill = setTimeout(() => {
      this.#refill = undefined;
      try {
        while (this.#waiting.length < WAITING) this.#waiting.push(this.#start());
      } catch {
        // The machine has no room for more processes: the task that needs one will say so.
      }
    }, REFILL_AFTER_MS);
    Deno.unrefTimer(this.#refill);
  }

  #start(): StartedSupervisor {
    const marker = crypto.randomUUID();
    const [program, ...args] = this.#command;
    const child = new Deno.Command(program, {
      args,
      cwd: "/",
      env: this.form === "group" ? { [TREE_MARKER]: marker } : {},
      clearEnv: true,
      detached: this.#detached,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const ready = readFirst(child.stdout);
    child.unref();
    const supervisor: StartedSupervisor = { child, form: this.form, marker, ready, ended: false };
    child.status.then(() => supervisor.ended = true);
    return supervisor;
  }
}

/** Waits for what a supervisor says when it waits, and takes it off its output. */
async function readFirst(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
}

/** Supervisors that wait for their programs. */
const WAITING = 3;
/** Not at once, so as not to get in the way of the program that is starting. */
const REFILL_AFTER_MS = 50;

const SUPERVISOR = ["/bin/sh", "-c", SUPERVISOR_SCRIPT, "stage"];

/** Ways to make a namespace: as root, as a user who keeps his number, as a user who seems to be root inside. */
const UNSHARE_FORMS = [[], ["--user", "--map-current-user"], ["--user", "--map-root-user"]];
const UNSHARE_FLAGS = ["--pid", "--fork", "--mount-proc", "--kill-child=KILL", "--"];

/** Number of prctl(2) on the machines that Deno runs on under Linux. */
const PRCTL = Deno.build.os === "linux"
  ? { x86_64: 157, aarch64: 167 }[Deno.build.arch as string]
  : undefined;
/** Makes the supervisor a subreaper (PR_SET_CHILD_SUBREAPER), which no small program does; then becomes it. */
const ADOPT = `syscall(${PRCTL}, 36, 1, 0, 0, 0) == 0 or exit 1; exec @ARGV`;

let detected: Promise<Launcher> | undefined;

/**
 * Finds the strongest form that works here, by trying. The answer is kept for the life of the process.
 *
 * @example
 * ```ts
 * import { detectLauncher } from "./launcher.ts";
 * import assert from "node:assert/strict";
 *
 * const { form } = await detectLauncher();
 * assert(form === "namespace" || form === "group");
 * ```
 */
export function detectLauncher(): Promise<Launcher> {
  detected ??= findLauncher("namespace");
  return detected;
}

/**
 * Finds a launcher of the wanted form.
 *
 * @param wanted `namespace` finds the strongest that works, `group` does without namespaces even where they work.
 */
export async function findLauncher(wanted: TreeForm): Promise<Launcher> {
  const [setpriv, unshare, setsid, perl] = await Promise.all(
    ["setpriv", "unshare", "setsid", "perl"].map(findProgram),
  );
  // Deno could make the session, but forks a large process for it (4 ms) where it can otherwise do without (1 ms).
  const session = setsid ? [setsid] : [];
  const detached = setsid === null;
  if (wanted === "namespace" && setpriv && unshare) {
    for (const form of UNSHARE_FORMS) {
      const bond = [...session, setpriv, "--pdeathsig", "KILL", "--"];
      const prefix = [...bond, unshare, ...form, ...UNSHARE_FLAGS];
      if (!await works(prefix)) continue;
      return new Launcher({ form: "namespace", prefix, detached, diesWithWorker: true, adoptsOrphans: true });
    }
  }
  const bound = [...session, setpriv ?? "", "--pdeathsig", "USR1", "--"];
  const diesWithWorker = setpriv !== null && await works(bound);
  const adopting = [...diesWithWorker ? bound : session, perl ?? "", "-e", ADOPT];
  const adoptsOrphans = perl !== null && PRCTL !== undefined && await works(adopting);
  const prefix = adoptsOrphans ? adopting : diesWithWorker ? bound : session;
  return new Launcher({ form: "group", prefix, detached, diesWithWorker, adoptsOrphans });
}

/**
 * Finds a program as the worker's shell would.
 *
 * @param name Name of the program, or its path.
 * @returns Its absolute path, or null.
 */
export async function findProgram(name: string): Promise<string | null> {
  const { success, stdout } = await run(["/bin/sh", "-c", 'command -v -- "$1"', "sh", name]);
  const path = new TextDecoder().decode(stdout).trim();
  return success && path.startsWith("/") ? path : null;
}

/** True when a program is there and succeeds. */
export async function succeeds(command: readonly string[]): Promise<boolean> {
  return (await run(command)).success;
}

async function works(prefix: readonly string[]): Promise<boolean> {
  return (await run([...prefix, "/bin/sh", "-c", ":"])).success;
}

async function run([program, ...args]: readonly string[]): Promise<{ success: boolean; stdout: Uint8Array }> {
  try {
    return await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
  } catch {
    return { success: false, stdout: new Uint8Array() };
  }
}
