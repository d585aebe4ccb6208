/**
 * Logs of running attempts on their way to the database, so that they can be followed from any machine.
 *
 * What arrives there is bounded: one call a second for all attempts, a limited piece of each, and a limited length in
 * all. A flood is cut, and says so; head and tail of the whole log are kept with the attempt in any case.
 *
 * @module
 */

import { DatabaseUnavailableError } from "../errors.ts";
import { storableText } from "../json.ts";
import type { LogChunk, Verdict, WorkerCalls } from "./calls.ts";
import type { WorkerEventListener } from "./events.ts";
import type { RunningTask } from "./running_task.ts";
import { waitAtMost } from "./waiting.ts";

const INTERVAL_MS = 1_000;
/** Most characters of an attempt in a second. */
const MAX_CHUNK = 32_768;
/** Most characters of an attempt in all. */
const MAX_TOTAL = 1_000_000;
/** The last piece of a log is a courtesy that holds no outcome up for longer. */
const LAST_WITHIN_MS = 2_000;

/** What of an attempt's log is not sent yet. */
interface Pending {
  text: string;
  dropped: number;
  /** Number of the next chunk; the attempt has told nobody anything before the first. */
  chunk: number;
  sent: number;
  /** True when it may say no more. */
  closed: boolean;
}

function newPending(): Pending {
  return { text: "", dropped: 0, chunk: 0, sent: 0, closed: false };
}

/** Passes logs on. An attempt that ends within a second costs nothing. */
export class LogShipper {
  readonly #calls: Pick<WorkerCalls, "appendLogs" | "claimReserved">;
  readonly #emit: WorkerEventListener;
  readonly #onVerdicts: (verdicts: readonly Verdict[]) => void;
  readonly #pending = new Map<RunningTask, Pending>();
  #timer?: ReturnType<typeof setTimeout>;
  #sending: Promise<void> = Promise.resolve();

  /** Passes logs on by `calls`. */
  constructor(
    calls: Pick<WorkerCalls, "appendLogs" | "claimReserved">,
    emit: WorkerEventListener,
    onVerdicts: (verdicts: readonly Verdict[]) => void,
  ) {
    this.#calls = calls;
    this.#emit = emit;
    this.#onVerdicts = onVerdicts;
  }

  /** Takes a line. */
  add(running: RunningTask, line: string): void {
    let pending = this.#pending.get(running);
    if (!pending) this.#pending.set(running, pending = newPending());
    if (pending.closed) return;
    const room = MAX_CHUNK - pending.text.length;
    if (pending.dropped > 0 || line.length >= room) pending.dropped += line.length + 1;
    else pending.text += `${line}\n`;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send([...this.#pending.keys()]);
    }, INTERVAL_MS);
  }

  /** Whether an attempt has said anything. */
  knows(running: RunningTask): boolean {
    return this.#pending.has(running);
  }

  /** Sends what is left of an attempt that has ended, if somebody may be following it. */
  async finish(running: RunningTask): Promise<void> {
    const isFollowed = (this.#pending.get(running)?.chunk ?? 0) > 0;
    if (isFollowed) {
      const last = this.#sending.then(() => this.#send([running]));
      await waitAtMost(LAST_WITHIN_MS, last);
    }
    this.#pending.delete(running);
  }

  /** Stops; waits for what is under way, but not for long. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await waitAtMost(LAST_WITHIN_MS, this.#sending);
  }

  async #send(attempts: readonly RunningTask[]): Promise<void> {
    const chunks = attempts.flatMap((running) => this.#take(running));
    if (chunks.length === 0) return;
    try {
      await this.#calls.claimReserved(attempts.map(({ task }) => task));
      this.#onVerdicts(await this.#calls.appendLogs(chunks));
    } catch (error) {
      // What was lost is still in the log that is kept with the attempt.
      if (error instanceof DatabaseUnavailableError) return;
      this.#emit({ type: "warning", message: `Logs could not be stored: ${(error as Error).message}` });
    }
  }

  #take(running: RunningTask): LogChunk[] {
    const pending = this.#pending.get(running);
    if (!pending || (pending.text === "" && pending.dropped === 0)) return [];
    const { taskId, attempt } = running.task;
    pending.sent += pending.text.length;
    pending.closed = pending.sent > MAX_TOTAL - MAX_CHUNK;
    const note = pending.dropped > 0 ? `[log cut here: ${pending.dropped} characters]\n` : "";
    const end = pending.closed ? "[log cut here: its end is kept with the attempt]\n" : "";
    const text = storableText(pending.text + note + end);
    pending.text = "";
    pending.dropped = 0;
    return [{ taskId, attempt, chunk: pending.chunk++, text }];
  }
}
