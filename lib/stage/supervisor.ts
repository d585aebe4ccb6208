/**
 * The small shell under which a stage's program runs: what it does, and the line that tells it what to run.
 *
 * @module
 */

/** A program for a supervisor. */
export interface SupervisedProgram {
  /** Absolute path of the program, and its arguments. */
  readonly argv: readonly string[];
  /** Working folder. */
  readonly cwd: string;
  /** Its environment, besides what marks the tree. */
  readonly env: Readonly<Record<string, string>>;
  /** True when standard error goes where standard output goes, in the order in which both were written. */
  readonly mergesErrors?: boolean;
}

/**
 * Supervises a program. The first line of standard input says which one ({@linkcode supervisorLine}), so that the
 * shell can be started before it is known; the rest of it is the program's (a shell reads no byte more than its line).
 * An empty line on standard output says that it waits: only then does the worker send that line, since until then the
 * worker's death may go unnoticed, and the program would run with nobody to end it.
 *
 * It hands the program standard input (a shell gives background jobs none), reaps orphans, survives the SIGTERM that
 * goes to the whole tree, and passes the exit code on (128 + n for signal n). Without it the program would be the first
 * process of its namespace, for which the kernel ignores signals that have no handler. It holds none of the program's
 * pipes, and so does not write to them either how a signal ended the program. What the program leaves behind it kills,
 * as far as that descends from it. When the worker dies, the shell gets SIGUSR1 and takes with it all that descends from
 * it, and its process group. The kernel should kill the stage rather than the worker when memory
 * runs out, hence the score.
 */
export const SUPERVISOR_SCRIPT = [
  "trap : TERM",
  "end() { for kid in $(cat /proc/$1/task/*/children); do end $kid; done; kill -KILL $1; }",
  "end_children() { IFS= read -r kids; for kid in $kids; do end $kid; done; } 2>/dev/null </proc/$$/task/$$/children",
  "trap 'end_children; kill -KILL 0' USR1",
  "{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null",
  "newline='\n'",
  "echo",
  "IFS= read -r line || exit 0",
  "exec 3<&0",
  "unset PWD OLDPWD SHLVL",
  'eval "$line" || exit',
  '"$@" <&3 3<&- & child=$!',
  "exec </dev/null >/dev/null 2>&1 3<&-",
  "while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done",
  "end_children",
  "exit $code",
].join("\n");

/**
 * The line that tells a supervisor what to run.
 *
 * @param program The program, where and with what it runs.
 * @example
 * ```ts
 * import { supervisorLine } from "./supervisor.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   supervisorLine({ argv: ["/bin/echo", "it's"], cwd: "/tmp", env: { A: "1" } }),
 *   "cd '/tmp' && unset PWD OLDPWD && export A='1' && set -- '/bin/echo' 'it'\\''s'\n",
 * );
 * ```
 */
export function supervisorLine({ argv, cwd, env, mergesErrors }: SupervisedProgram): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const commands = [
    `cd ${quote(cwd)}`,
    "unset PWD OLDPWD",
    ...(variables.length > 0 ? [`export ${variables.join(" ")}`] : []),
    ...(mergesErrors ? ["exec 2>&1"] : []),
    `set -- ${argv.map(quote).join(" ")}`,
  ];
  return `${commands.join(" && ")}\n`;
}

/** Between single quotes a shell takes everything as it is, but for the quote itself; a line cannot hold its own end. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$newline"'`)}'`;
}
