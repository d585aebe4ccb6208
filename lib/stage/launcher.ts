/**
 * How a stage's processes are held together, found out once per process.
 *
 * - `namespace` (Linux with util-linux, as root or where users may make namespaces): each stage runs in a process
 *   namespace of its own, whose first process takes all others with it when it ends. Nothing can leave it: not a
 *   daemon, not a process with an emptied environment. It also hides the worker's own environment from the stage.
 * - `group` (everywhere else): each stage leads a process group, and processes that leave the group are looked for by
 *   a variable in their environment. A process that leaves the group and empties its environment between two looks can
 *   escape, and when the worker itself is killed, so can all that left the group.
 *
 * @module
 */

/** How a stage's processes are held together. */
export type TreeForm = "namespace" | "group";

/** What comes before a stage's own command line. */
export interface Launcher {
  /** How the processes are held together. */
  readonly form: TreeForm;
  /** Arguments that come before the program; the supervisor (`/bin/sh`) is the last part of them. */
  readonly prefix: readonly string[];
  /** True when the program must be started in a session of its own, because the prefix does not make one. */
  readonly detached: boolean;
  /** True when the processes die by themselves as soon as the worker does, even by SIGKILL. */
  readonly diesWithWorker: boolean;
}

/**
 * Supervises the program as a small shell: it hands it standard input (a shell gives background jobs none), reaps
 * orphans, survives the SIGTERM that goes to the whole tree, and passes the exit code on (128 + n for signal n).
 * Without it the program would be the first process of its namespace, for which the kernel ignores signals that have
 * no handler. It holds none of the program's pipes, and so does not write to them either how a signal ended the program.
 * When the worker dies, the shell gets SIGUSR1 and takes its process group with it. The kernel should kill
 * the stage rather than the worker when memory runs out, hence the score.
 */
const SUPERVISOR = [
  "exec 3<&0",
  "unset PWD OLDPWD SHLVL",
  "trap : TERM",
  "trap 'kill -KILL 0' USR1",
  "{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null",
  '"$@" <&3 3<&- & child=$!',
  "exec </dev/null >/dev/null 2>&1 3<&-",
  "while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || exit $code; done",
].join("\n");

const SHELL = ["/bin/sh", "-c", SUPERVISOR, "stage"];

/** Ways to make a namespace: as root, as a user who keeps his number, as a user who seems to be root inside. */
const UNSHARE_FORMS = [[], ["--user", "--map-current-user"], ["--user", "--map-root-user"]];
const UNSHARE_FLAGS = ["--pid", "--fork", "--mount-proc", "--kill-child=KILL", "--"];

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
  const [setpriv, unshare, setsid] = await Promise.all(["setpriv", "unshare", "setsid"].map(findProgram));
  // Deno could make the session, but forks a large process for it (4 ms) where it can otherwise do without (1 ms).
  const session = setsid ? [setsid] : [];
  const detached = setsid === null;
  if (wanted === "namespace" && setpriv && unshare) {
    for (const form of UNSHARE_FORMS) {
      const bond = [...session, setpriv, "--pdeathsig", "KILL", "--"];
      const prefix = [...bond, unshare, ...form, ...UNSHARE_FLAGS, ...SHELL];
      if (await works(prefix)) return { form: "namespace", prefix, detached, diesWithWorker: true };
    }
  }
  const bound = [...session, setpriv ?? "", "--pdeathsig", "USR1", "--", ...SHELL];
  const diesWithWorker = setpriv !== null && await works(bound);
  const prefix = diesWithWorker ? bound : [...session, ...SHELL];
  return { form: "group", prefix, detached, diesWithWorker };
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

async function works(prefix: readonly string[]): Promise<boolean> {
  const { success } = await run([...prefix, "/bin/sh", "-c", ":"]);
  return success;
}

async function run([program, ...args]: readonly string[]): Promise<{ success: boolean; stdout: Uint8Array }> {
  try {
    return await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
  } catch {
    return { success: false, stdout: new Uint8Array() };
  }
}
