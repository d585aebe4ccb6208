/**
 * Attempts of a task, each with all that is known of it.
 *
 * @module
 */

import type { Attempt } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { byteSize, duration, timeText } from "../format.ts";
import { paintStatus, printable, printFields, printHeading } from "../output.ts";

/** Prints attempts, in the order given. */
export function printAttempts(context: CliContext, attempts: readonly Attempt[]): void {
  for (const attempt of attempts) {
    printHeading(context, `Attempt ${attempt.attempt}`);
    printFields(context, [
      ["outcome", paintStatus(context, attempt.outcome ?? "running")],
      ["reason", attempt.reason],
      ["message", attempt.message && printable(attempt.message)],
      ["worker", attempt.workerId],
      ["claimed", timeText(context, attempt.claimedAt)],
      ["took", attempt.durationMs === null ? null : duration(attempt.durationMs)],
      ["processor", attempt.cpuMs === null ? null : duration(attempt.cpuMs)],
      ["memory", attempt.peakMemoryBytes === null ? null : byteSize(attempt.peakMemoryBytes)],
      ["exit code", attempt.exitCode],
      ["signal", attempt.signal],
      ["folder", attempt.workDir],
      ["flags", attempt.flags?.join(" ")],
      ["log", attempt.logTail ? indented(attempt.logTail) : null],
    ]);
  }
}

/** Lines of a log under each other, with what a terminal must not get taken out. */
function indented(log: string): string {
  return log.trimEnd().split("\n").map((line) => `\n  ${printable(line)}`).join("");
}
