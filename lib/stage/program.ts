/**
 * What a stage written in TypeScript needs: the task from standard input, progress and result to standard output,
 * and the exit codes that a worker understands. It imports nearly nothing, so that a stage starts as fast as Deno does.
 *
 * The protocol below is plain enough that a program in any language can follow it without this file: one JSON object
 * on stdin; on stdout, each line that is a JSON object with an `absurd` key is a message, every other line is log;
 * exit code 0 is done, 65 means that the input is bad, 75 that the task cannot be done now, anything else a failure.
 *
 * @example A stage that counts the lines of a file
 * ```ts
 * import { BadInput, type Stage, type StageTask, runStage } from "@dsa110/absurd/stage";
 *
 * async function countLines(task: StageTask, stage: Stage) {
 *   const { input } = task.params;
 *   if (typeof input !== "string") throw new BadInput('Parameter "input" must be the path of a file');
 *   stage.progress(0.1, "reading");
 *   const text = await Deno.readTextFile(input);
 *   return { input, lines: text.split("\n").length - 1 };
 * }
 *
 * if (import.meta.main) await runStage(countLines);
 * ```
 *
 * @module
 */

import { parseJson, TaskReader } from "./task_reader.ts";

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** One attempt at a task, as the worker writes it to the stage's standard input. */
export interface StageTask {
  /** UUIDv7 of the task. */
  "task_id": string;
  /** Name under which the manifest lists this stage. */
  "task_name": string;
  /** Queue that the task came from. */
  "queue_name": string;
  /** Number of this attempt, from 1. */
  attempt: number;
  /** Parameters given when the task was spawned. */
  params: JsonObject;
  /** Results of the steps before this one, by step name. */
  inputs: Record<string, JsonObject>;
  /** File that holds `inputs` when they are too large for standard input; {@linkcode runStage} reads it by itself. */
  "inputs_path"?: string;
  /** Workflow that the task is a step of, or null. */
  "workflow_id": string | null;
  /** Folder of this attempt; everything that the stage makes belongs here. */
  "work_dir": string;
}

/** How important a log line is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a stage can tell its worker while it runs. */
export interface Stage {
  /**
   * Tells how far the task is.
   *
   * @param fraction Done so far, from 0 to 1; values outside are clamped.
   * @param message What is being done, in a few words.
   */
  progress(fraction: number, message?: string): void;
  /** Adds a line to the log that is kept with the attempt. */
  log(level: LogLevel, message: string): void;
}

/** Does one task and returns its result, an object that JSON can hold; nothing (or null) when the task has none. */
export type StageHandler = (
  task: StageTask,
  stage: Stage,
) => Promise<object | null | void> | object | null | void;

/** Where a stage reads its task from, and where it writes to. */
export interface StageStreams {
  /** Returns the whole task document. */
  read(): Promise<string>;
  /** Writes one line to standard output. */
  write(line: string): void;
  /** Writes one line to standard error. */
  writeError(line: string): void;
}

/**
 * The input can never be processed: the task fails for good, without another attempt (exit code 65).
 *
 * @example
 * ```ts
 * import { BadInput, performTask } from "@dsa110/absurd/stage";
 * import assert from "node:assert/strict";
 *
 * const streams = { read: () => Promise.resolve('{"params":{}}'), write() {}, writeError() {} };
 * const exitCode = await performTask(() => { throw new BadInput('Parameter "input" is missing'); }, streams);
 * assert.equal(exitCode, 65);
 * ```
 */
export class BadInput extends Error {
  /** Always `BadInput`. */
  override readonly name: string = "BadInput";
}

/**
 * The task cannot be done at the moment, through no fault of its own (a disk is full, a licence is taken): it is tried
 * again later and the attempt does not count as a failure (exit code 75).
 */
export class NotNow extends Error {
  /** Always `NotNow`. */
  override readonly name: string = "NotNow";
}

/** Exit code of a stage whose input can never be processed (`EX_DATAERR` of BSD's sysexits). */
export const EXIT_BAD_INPUT = 65;

/** Exit code of a stage that wants to be run again later (`EX_TEMPFAIL` of BSD's sysexits). */
export const EXIT_NOT_NOW = 75;

/**
 * Runs a stage: reads the task from standard input, calls the handler, writes its result to standard output, and ends
 * the process with the exit code that tells the worker what happened. A warm stage (`mode` of its manifest) gets a
 * task a line, one after the other, and lives until one fails or the input ends.
 *
 * @param handler Does the task. What it throws becomes the task's error: its message is the last line on stderr.
 * @example A stage for tests of a chain
 * ```ts
 * import { runStage } from "@dsa110/absurd/stage";
 *
 * if (import.meta.main) await runStage((task) => ({ echoed: task.params }));
 * ```
 */
export async function runStage(handler: StageHandler): Promise<never> {
  const input = new TaskReader(Deno.stdin.readable.getReader());
  let exitCode;
  do {
    exitCode = await performDocument(handler, await input.next(), STANDARD_STREAMS);
  } while (exitCode === 0 && await input.hasMore());
  Deno.exit(exitCode);
}

/**
 * Does what {@linkcode runStage} does on streams of the caller's, and returns the exit code. Tests of a stage use it
 * to run the handler in their own process.
 *
 * @param handler Does the task.
 * @param streams Where the task comes from and the messages go to.
 * @returns The exit code: 0, 65 ({@linkcode BadInput}), 75 ({@linkcode NotNow}), or 1 for any other error.
 * @example Run a handler in a test
 * ```ts
 * import { performTask } from "@dsa110/absurd/stage";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const exitCode = await performTask((task, stage) => {
 *   stage.progress(0.5, "half way");
 *   return { sum: Number(task.params.a) + Number(task.params.b) };
 * }, {
 *   read: () => Promise.resolve('{"params":{"a":1,"b":2}}'),
 *   write: (line) => lines.push(line),
 *   writeError: (line) => lines.push(line),
 * });
 * assert.equal(exitCode, 0);
 * assert.deepEqual(lines, [
 *   '{"absurd":"progress","fraction":0.5,"message":"half way"}',
 *   '{"absurd":"result","result":{"sum":3}}',
 * ]);
 * ```
 */
export async function performTask(handler: StageHandler, streams: StageStreams): Promise<number> {
  return await performDocument(handler, parseJson(await streams.read()), streams);
}

type Output = Pick<StageStreams, "write" | "writeError">;

async function performDocument(handler: StageHandler, document: unknown, output: Output): Promise<number> {
  let isOver = false; // what a handler left running must not speak for the next task
  const send = (message: object) => isOver || output.write(JSON.stringify(message, refuseLostNumbers));
  try {
    const { serial, ...task } = await checkTask(document);
    const result = await handler(task, createStage(send));
    send({ absurd: "result", serial, result: result ?? null });
    return 0;
  } catch (error) {
    return reportError(error, output);
  } finally {
    isOver = true;
  }
}

function createStage(send: (message: object) => void): Stage {
  return {
    progress(fraction, message) {
      send({ absurd: "progress", fraction: Math.min(1, Math.max(0, fraction || 0)), message });
    },
    log(level, message) {
      send({ absurd: "log", level, message });
    },
  };
}

/** @returns The task; `serial` is what a warm stage repeats with its result, so that nobody takes it for another's. */
async function checkTask(document: unknown): Promise<StageTask & { serial?: number }> {
  if (document === undefined) throw new BadInput("Standard input is not a task in JSON");
  if (document === null || typeof document !== "object" || Array.isArray(document)) {
    throw new BadInput("Standard input is not a JSON object");
  }
  const task = document as StageTask;
  const inputs = task.inputs_path ? JSON.parse(await Deno.readTextFile(task.inputs_path)) : task.inputs ?? {};
  return { ...task, params: task.params ?? {}, inputs };
}

/** JSON has no NaN and no Infinity, and would write null for them: a measurement lost without a word. */
function refuseLostNumbers(key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`Cannot write ${value} to JSON, found at key "${key}"`);
  }
  return value;
}

/** The stack comes first and the message last, because the last line of stderr becomes the task's error. */
function reportError(error: unknown, output: Output): number {
  const { name, message, stack } = error instanceof Error
    ? error
    : { name: "Error", message: String(error), stack: undefined };
  const line = message.replaceAll(/\s*\n\s*/g, " ");
  if (error instanceof BadInput || error instanceof NotNow) {
    output.writeError(line);
    return error instanceof BadInput ? EXIT_BAD_INPUT : EXIT_NOT_NOW;
  }
  const frames = stack?.split("\n").filter((frame) => frame.startsWith("    at ")) ?? [];
  for (const frame of frames) output.writeError(frame);
  output.writeError(`${name}: ${line}`);
  return 1;
}

/** The handler may have left a line without its end, and a message has to stand alone on its line. */
const STANDARD_STREAMS: Output = {
  write: (line) => writeLine(Deno.stdout, `\n${line}`),
  writeError: (line) => writeLine(Deno.stderr, line),
};

/** Writes synchronously, so that the line is out before the process ends, and wholly, however small the pipe is. */
function writeLine(stream: { writeSync(data: Uint8Array): number }, line: string): void {
  let rest = new TextEncoder().encode(`${line}\n`);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}
