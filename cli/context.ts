/**
 * All that a command may touch of the outside world, so that tests can hand it another one.
 *
 * @module
 */

import { resolve } from "node:path";

/** Something that text can be written to. */
export interface TextSink {
  /** Writes the whole text before it returns. */
  write(text: string): void;
}

/** What a command is handed instead of the process it runs in. */
export interface CliContext {
  /** Data: what was asked for, and nothing else. */
  readonly stdout: TextSink;
  /** Words: progress, warnings, errors. */
  readonly stderr: TextSink;
  /** Standard input, piece by piece. */
  readonly input: () => AsyncIterable<Uint8Array>;
  /** Asks a question on the terminal; null when the answer was end-of-file. Throws the reason of `signal`. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Which of the streams are terminals. */
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Width of the terminal in characters; undefined where there is none. */
  readonly columns: () => number | undefined;
  /** Height of the terminal in lines; undefined where there is none. */
  readonly rows: () => number | undefined;
  /** Aborts when the user interrupts; its reason is the {@linkcode SignalName}. */
  readonly signal: AbortSignal;
  /** Folder that relative paths start from: where the user stands. */
  readonly baseDir: string;
  /** How times are shown; `--time` sets it before a command runs. */
  timeStyle: TimeStyle;
}

/** How times are shown: `3m 20s ago`, ISO 8601 in UTC, or date and time where the user is. */
export type TimeStyle = "relative" | "iso" | "local";

/** Signals that end a command. */
export type SignalName = "SIGINT" | "SIGTERM";

/** Exit code of a command that a signal ended: 128 and the signal's number. */
export const SIGNAL_EXIT_CODES: Readonly<Record<SignalName, number>> = { SIGINT: 130, SIGTERM: 143 };

/** One Ctrl-C can arrive twice within a millisecond under task runners; people need longer. */
const SECOND_SIGNAL_AFTER_MS = 1000;

/**
 * Listens to SIGINT and SIGTERM: the first aborts the returned signal, so that the command can end in good order;
 * another one, a second or more later, calls `force` with the exit code.
 *
 * @param force Ends the process at once.
 */
export function forceOnSecondSignal(force: (exitCode: number) => void): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      const nowMs = performance.now();
      firstAtMs ??= nowMs;
      controller.abort(name);
      if (nowMs - firstAtMs >= SECOND_SIGNAL_AFTER_MS) force(SIGNAL_EXIT_CODES[name]);
    });
  }
  return controller.signal;
}

/**
 * The context of the real process. Under `deno task` the working folder is the checkout and the user's own is in
 * `INIT_CWD`.
 *
 * @param signal Aborts when the user interrupts.
 */
export function systemContext(signal: AbortSignal): CliContext {
  const env = Deno.env.toObject();
  return {
    stdout: textSink(Deno.stdout, "standard output"),
    stderr: textSink(Deno.stderr, "standard error"),
    input: () => Deno.stdin.readable,
    ask: (question) => ask(question, signal),
    env,
    isTerminal: {
      stdin: Deno.stdin.isTerminal(),
      stdout: Deno.stdout.isTerminal(),
      stderr: Deno.stderr.isTerminal(),
    },
    columns: () => terminalSize()?.columns,
    rows: () => terminalSize()?.rows,
    signal,
    baseDir: resolve(env.INIT_CWD ?? Deno.cwd()),
    timeStyle: "relative",
  };
}

/** What a command says cannot be written, as on a full disk. */
export class OutputError extends Error {}

/** A short write is continued: a pipe may take less than it is given. */
function textSink(stream: { writeSync(data: Uint8Array): number }, name: string): TextSink {
  const encoder = new TextEncoder();
  return {
    write(text) {
      let rest = encoder.encode(text);
      try {
        while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw error;
        throw new OutputError(`Cannot write to ${name}: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** Not `prompt()`, which asks on stdout, where data goes, and hears no signal while it waits. */
async function ask(question: string, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  const stderr = textSink(Deno.stderr, "standard error");
  stderr.write(`${question} `);
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      stderr.write("\n");
      reject(signal.reason);
    }, { once: true });
  });
  return await Promise.race([readLine(), interrupted]);
}

/** Byte by byte, so that nothing behind the line is taken. */
async function readLine(): Promise<string | null> {
  const bytes: number[] = [];
  const next = new Uint8Array(1);
  while (await Deno.stdin.read(next) !== null) {
    if (next[0] === 0x0a) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(next[0]);
  }
  return null;
}

function terminalSize(): { columns: number; rows: number } | undefined {
  try {
    const size = Deno.consoleSize();
    return size.columns > 0 ? size : undefined; // some terminals do not know their size
  } catch {
    return undefined; // not a terminal
  }
}

/** The file that a flag or argument names, as an absolute path. */
export function userPath(context: CliContext, path: string): string {
  return resolve(context.baseDir, path);
}
