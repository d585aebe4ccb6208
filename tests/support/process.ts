/**
 * Child processes of tests: the command line and other programs of this checkout.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export { eventually } from "./eventually.ts";
export { assertNoProcesses, findProcesses, type ProcessFilter, type ProcessInfo } from "./process_list.ts";

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a child is run. */
export interface RunOptions {
  /** Variables of the child; of ours it gets only `PATH`, `HOME`, `TMPDIR` and those of Deno's cache and certificates. */
  env?: Record<string, string>;
  /** What it reads from stdin. @default {""} */
  stdin?: string;
  /** Folder it stands in. @default {the checkout} */
  cwd?: string;
  /** Configuration with its imports, as a path from the root. @default {"deno.json"} */
  config?: string;
  /** Time after which it is killed and the test fails, in milliseconds. @default {60000} */
  timeoutMs?: number;
}

/** How a child ended. */
export interface RunResult {
  /** Exit code; 128 and more for a signal. */
  readonly code: number;
  /** Signal that ended it. */
  readonly signal: Deno.Signal | null;
  /** All that it wrote to stdout. */
  readonly stdout: string;
  /** All that it wrote to stderr. */
  readonly stderr: string;
}

/** A child that is running; disposing kills it. */
export interface RunningChild extends AsyncDisposable {
  /** Number of the process. */
  readonly pid: number;
  /** What it wrote to stdout so far. */
  readonly stdout: string;
  /** What it wrote to stderr so far. */
  readonly stderr: string;
  /** Resolves when it has ended and all its output is read. */
  readonly result: Promise<RunResult>;
  /** Sends a signal, if it still runs. */
  kill(signal: Deno.Signal): void;
}

/** Runs `absurd ARGS` to its end. */
export function runCli(args: string[], options: RunOptions = {}): Promise<RunResult> {
  return runDeno(["cli/main.ts", ...args], options);
}

/** Starts `absurd ARGS` and leaves it running. */
export function startCli(args: string[], options: RunOptions = {}): RunningChild {
  return startDeno(["cli/main.ts", ...args], options);
}

/** Runs a program of this checkout, given by its path from the root and its arguments, to its end. */
export async function runDeno(args: string[], options: RunOptions = {}): Promise<RunResult> {
  const { timeoutMs = 60_000 } = options;
  await using child = startDeno(args, options);
  const timer = new AbortController();
  const late = delay(timeoutMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  const result = await Promise.race([child.result, late]);
  timer.abort();
  if (result !== "late") return result;
  throw new Error(`${args.join(" ")} still runs after ${timeoutMs} ms; stderr: ${child.stderr}`);
}

/** Starts a program of this checkout, given by its path from the root and its arguments. */
export function startDeno(
  [program, ...args]: string[],
  { env, stdin = "", cwd, config = "deno.json" }: RunOptions = {},
): RunningChild {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-all",
      `--config=${ROOT}${config}`,
      ROOT + program,
      ...args,
    ],
    cwd: cwd ?? ROOT,
    clearEnv: true,
    env: { NO_COLOR: "1", ...inheritedEnv(), ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const result = finish(child, stdin, stdout, stderr);
  const kill = (signal: Deno.Signal) => ifAlive(() => child.kill(signal));
  return {
    pid: child.pid,
    get stdout() {
      return stdout.text;
    },
    get stderr() {
      return stderr.text;
    },
    result,
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await result;
    },
  };
}

/** Sends a signal to a process, or to a group when the number is negative, that may have ended. */
export function killProcess(pid: number, signal: Deno.Signal): void {
  ifAlive(() => Deno.kill(pid, signal));
}

function ifAlive(kill: () => void): void {
  try {
    kill();
  } catch (error) {
    // TypeError is for a child of ours that has ended.
    if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
  }
}

/** What a child needs of our environment to find its programs and Deno's cache. */
function inheritedEnv(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "DENO_COVERAGE_DIR"];
  // for packages that are not in the cache yet
  names.push(
    "DENO_DIR",
    "NPM_CONFIG_REGISTRY",
    "DENO_CERT",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
  );
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

interface Collected {
  text: string;
  done: Promise<void>;
}

function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Collected {
  const collected: Collected = { text: "", done: Promise.resolve() };
  collected.done = (async () => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) collected.text += text;
  })();
  return collected;
}

async function finish(
  child: Deno.ChildProcess,
  stdin: string,
  stdout: Collected,
  stderr: Collected,
): Promise<RunResult> {
  const writer = child.stdin.getWriter();
  // A child that ends without reading its input closes the pipe.
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, signal } = await child.status;
  // A grandchild that lives on may hold the pipes open: what it writes is not the child's any more.
  const timer = new AbortController();
  const patience = delay(2_000, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([Promise.all([stdout.done, stderr.done]), patience]);
  timer.abort();
  return { code, signal, stdout: stdout.text, stderr: stderr.text };
}
