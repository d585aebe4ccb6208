/**
 * A context without a process: what a command writes is kept, what it reads is given.
 *
 * @module
 */

import type { CliContext } from "../../cli/context.ts";
import { run } from "../../cli/program.ts";

/** What the fake world is like. */
export interface FakeWorld {
  /** Environment variables. */
  env?: Record<string, string>;
  /** What standard input holds. */
  input?: string | Uint8Array<ArrayBuffer>;
  /** Answer to every question. */
  answer?: string;
  /** Whether all streams are terminals. @default {false} */
  terminal?: boolean;
  /** Width of the terminal. @default {100} */
  columns?: number;
  /** Folder the user stands in. @default {"/nowhere"} */
  baseDir?: string;
  /** Interrupts the command. */
  signal?: AbortSignal;
  /** Receives what is written to stdout at once. */
  onOutput?: (text: string) => void;
}

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes a context and the lists that its streams write to. */
export function fakeContext(world: FakeWorld = {}): { context: CliContext; out: string[]; err: string[] } {
  const [out, err]: string[][] = [[], []];
  const terminal = world.terminal ?? false;
  const context: CliContext = {
    stdout: {
      write(text) {
        out.push(text);
        world.onOutput?.(text);
      },
    },
    stderr: { write: (text) => void err.push(text) },
    input: () => new Blob([world.input ?? ""]).stream(),
    ask: (question) => {
      err.push(`${question}\n`);
      return Promise.resolve(world.answer ?? null);
    },
    env: world.env ?? {},
    isTerminal: { stdin: terminal, stdout: terminal, stderr: terminal },
    columns: () => world.columns ?? (terminal ? 100 : undefined),
    rows: () => terminal ? 40 : undefined,
    signal: world.signal ?? new AbortController().signal,
    baseDir: world.baseDir ?? "/nowhere",
    timeStyle: "relative",
  };
  return { context, out, err };
}

/** Runs `absurd ARGS` in this process. */
export async function runInProcess(args: string[], world: FakeWorld = {}): Promise<Outcome> {
  const { context, out, err } = fakeContext(world);
  const code = await run(args, context);
  return { code, stdout: out.join(""), stderr: err.join("") };
}
