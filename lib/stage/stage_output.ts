/**
 * What a stage's program says: its messages told apart from its log.
 *
 * @module
 */

import type { JsonObject } from "../task.ts";
import { findMisplacedResult, looksLikeResult, parseMessage } from "./message.ts";
import { storableText } from "../json.ts";
import { LineSplitter, LogTail, type OutputLine } from "./output.ts";

/** Limits of what is read, and where progress goes. */
export interface StageOutputOptions {
  /** Largest result, in bytes of JSON. */
  readonly resultBytes: number;
  /** Size of the log that is kept, in characters. */
  readonly logSize: number;
  /**
   * Number that the result of a warm stage must carry, whose standard error is part of its standard output; undefined
   * when the program has but one task.
   */
  readonly serial?: number;
  /** Called for each progress message. */
  readonly onProgress: (fraction: number, message?: string) => void;
  /** Called for each line of the log, also those that are not kept. */
  readonly onLog?: (line: string) => void;
  /** Takes out of a text what nobody may see. */
  readonly redact?: (text: string) => string;
}

/** What a program said, as far as its outcome depends on it. */
export interface OutputSummary {
  /** Its result; undefined when it gave none. */
  readonly result: JsonObject | null | undefined;
  /** What was wrong with the result that it gave. */
  readonly resultProblem: string | null;
  /** True when the result was refused for its size. */
  readonly resultTooLarge: boolean;
  /** True when the program sent any message of the protocol. */
  readonly spoke: boolean;
  /** Last part of standard error alone. */
  readonly errorTail: string;
}

/** Longest line of log that is kept, in bytes. */
const LOG_LINE_BYTES = 16 * 1024;
/** Room for the message around a result. */
const MESSAGE_BYTES = 1024;
/** How much of standard error is searched for the reason of a failure, in characters. */
const ERROR_TAIL_SIZE = 16 * 1024;
/** What is wrong with a result that stands behind something else. */
const MISPLACED = "it does not stand on a line of its own";
/** Part of the log's size that is for its first lines. */
const HEAD_SHARE = 1 / 4;

/** Sorts what a program writes into messages and log, line by line. */
export class StageOutput {
  readonly #options: StageOutputOptions;
  readonly #log: LogTail;
  readonly #errors = new LogTail(ERROR_TAIL_SIZE);
  #result: JsonObject | null | undefined;
  #problem: string | null = null;
  #tooLarge = false;
  /** An empty line came, which is no log if a message follows: `runStage` begins its messages with one. */
  #emptyLine = false;
  #misplaced = false;
  #spoke = false;

  /** True when the program gave a result, one that can be used or not. */
  get answered(): boolean {
    return this.#result !== undefined || this.#problem !== null;
  }

  /** Where standard output goes. */
  readonly stdout: LineSplitter;
  /** Where standard error goes. */
  readonly stderr: LineSplitter;

  /**
   * Creates an empty output.
   *
   * @param options Limits, and where progress goes.
   */
  constructor(options: StageOutputOptions) {
    this.#options = options;
    this.#log = new LogTail(options.logSize, Math.floor(options.logSize * HEAD_SHARE));
    this.stdout = new LineSplitter(options.resultBytes + MESSAGE_BYTES, (line) => this.#readOutput(line));
    this.stderr = new LineSplitter(LOG_LINE_BYTES, ({ text }) => {
      this.#errors.add(this.#addLog(text));
    });
  }

  #readOutput({ text, bytes }: OutputLine): void {
    const limit = this.#options.resultBytes;
    if (bytes > limit && looksLikeResult(text)) {
      this.#tooLarge = true;
      this.#problem = `it has ${bytes} bytes, and ${limit} are allowed`;
      return;
    }
    const message = parseMessage(text);
    if (message === null) return this.#addOutput(text);
    this.#emptyLine = false;
    this.#spoke = true;
    if (message.kind === "progress") this.#options.onProgress(message.fraction, message.message);
    else if (message.kind === "log") this.#addLog(`[${message.level}] ${message.message}`);
    else if (message.kind === "malformed") this.#problem = message.problem;
    else if (this.#result !== undefined) this.#problem = "there is more than one";
    else if (message.serial !== this.#options.serial) this.#problem = "it is that of another task";
    else this.#result = message.result;
  }

  /** What a warm stage writes to standard error comes here, too. */
  #addOutput(text: string): void {
    this.#addEmptyLine();
    if (text === "") {
      this.#emptyLine = true;
      return;
    }
    this.#noteMisplaced(text);
    const line = this.#addLog(text);
    if (this.#options.serial !== undefined) this.#errors.add(line);
  }

  #addEmptyLine(): void {
    if (this.#emptyLine) this.#addLog("");
    this.#emptyLine = false;
  }

  /** A program may quote its result and give it besides; a warm one would wait for its next task if it does not. */
  #noteMisplaced(text: string): void {
    const { serial } = this.#options;
    const misplaced = findMisplacedResult(text);
    if (misplaced === null || misplaced.serial !== serial) return;
    this.#misplaced = true;
    if (serial !== undefined) this.#problem = MISPLACED;
  }

  /** Returns the line as it is kept. */
  #addLog(text: string): string {
    const line = (this.#options.redact?.(text) ?? text).slice(0, LOG_LINE_BYTES);
    this.#log.add(line);
    this.#options.onLog?.(line);
    return line;
  }

  /** Adds a line of the runner's own. */
  note(line: string): void {
    this.#addLog(`[absurd] ${line}`);
  }

  /** Takes the last lines, which may have no end. */
  end(): void {
    this.stdout.end();
    this.stderr.end();
    this.#addEmptyLine();
  }

  /** The first and the last part of the log. */
  log(): string {
    return storableText(this.#log.toString());
  }

  /** What the program said. */
  summary(): OutputSummary {
    return {
      result: this.#result,
      resultProblem: this.#problem ?? (this.#misplaced && this.#result === undefined ? MISPLACED : null),
      resultTooLarge: this.#tooLarge,
      spoke: this.#spoke,
      errorTail: storableText(this.#errors.toString()),
    };
  }
}
