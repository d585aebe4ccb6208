/**
 * The user that the server runs as. PostgreSQL refuses to run as root, so root starts it as nobody.
 *
 * @module
 */

import { dirname } from "node:path";
import { EmbeddedPostgresError } from "../errors.ts";

/** User and group of a process. */
export interface Account {
  /** Number of the user. */
  readonly uid: number;
  /** Number of the group. */
  readonly gid: number;
}

/** `nobody` and its group, on every Linux distribution and in every container. */
const NOBODY: Account = { uid: 65534, gid: 65534 };

/** The user that the server must run as; `undefined` means: as who we are. */
export function serverAccount(): Account | undefined {
  return Deno.uid() === 0 ? NOBODY : undefined;
}

/** A program that has ended. */
export interface ProgramResult {
  /** Exit code; 128 and more for a signal. */
  readonly code: number;
  /** What it wrote to stdout. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
}

/**
 * What programs of the server find in their environment: hardly anything, so that no `PG*` variable changes what they do.
 *
 * The C library would give memory back to the system that the next call has to ask for again: what a claim needs comes to
 * about the 128 kB from which on it does. A page fetched so takes 0.1 to 10 µs, the latter where the machine is a virtual
 * one. Other libraries than glibc leave these variables alone.
 */
const ENVIRONMENT = {
  LC_ALL: "C",
  PATH: "/usr/bin:/bin",
  MALLOC_TRIM_THRESHOLD_: `${16 * 1024 * 1024}`,
  MALLOC_MMAP_THRESHOLD_: `${16 * 1024 * 1024}`,
  MALLOC_TOP_PAD_: `${256 * 1024}`,
};

/**
 * Runs a program in `directory` as `account`, in a session of its own (so that a Ctrl-C does not reach it) and
 * with hardly any environment.
 */
export async function runProgram(
  [program, ...args]: string[],
  directory: string,
  { account, stdin }: { account?: Account; stdin?: string } = {},
): Promise<ProgramResult> {
  const child = spawn(program, {
    args,
    cwd: directory,
    clearEnv: true,
    env: ENVIRONMENT,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
    ...account,
  });
  const [output] = await Promise.all([child.output(), stdin === undefined ? undefined : feed(child, stdin)]);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

function spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`;
    throw new EmbeddedPostgresError(`${program} cannot be run on this system: ${reason}`, {
      hint: "It needs glibc 2.27 or newer, and a file system that allows programs; " +
        "or set ABSURD_DATABASE_URL to a PostgreSQL server that you run",
      cause,
    });
  }
}

async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  // A program that ends early closes the pipe; its exit code tells more than our failed write.
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}

/**
 * Makes sure that `account` can work below `directory`.
 *
 * @throws {EmbeddedPostgresError} When it cannot, naming the first folder on the way that it may not pass.
 */
export async function requireReachable(directory: string, account: Account | undefined): Promise<void> {
  if (account === undefined) return;
  // Asking the kernel gets access lists and security modules right; the modes only serve to name the culprit.
  const probe = await runProgram(["/bin/sh", "-c", 'cd -- "$1"', "sh", directory], "/", { account });
  if (probe.code === 0) return;
  const barrier = await firstBarrier(directory, account) ?? directory;
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and user ${account.uid} cannot reach ${directory}: ${barrier} is closed to it`,
    { hint: `Choose a folder elsewhere, such as below /var/lib, or allow passing: chmod o+x ${barrier}` },
  );
}

async function firstBarrier(directory: string, { uid, gid }: Account): Promise<string | undefined> {
  for (const path of [...ancestors(directory), directory]) {
    const info = await Deno.stat(path);
    const bit = info.uid === uid ? 0o100 : info.gid === gid ? 0o010 : 0o001;
    if (((info.mode ?? 0) & bit) === 0) return path;
  }
}

/** All folders above `path`, from the root down. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...ancestors(parent), parent];
}
