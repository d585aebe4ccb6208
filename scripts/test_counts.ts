/**
 * How many tests passed, from what `deno test` prints. Its JUnit report leaves out files that cannot be loaded.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** Outcome of one or more runs. */
export interface Counts {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed, and files that could not be loaded. */
  readonly failed: number;
  /** Tests and steps that were skipped. */
  readonly skipped: number;
}

/** `ok | 3 passed (1 step) | 0 failed | 1 ignored (2 steps) (259ms)` */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed\b.*? \| (\d+) failed\b(.*)$/gm;

/**
 * Counts the tests of one run of `deno test`.
 *
 * @param output What it wrote to stdout.
 * @param status How it ended; a run that broke off, or failed beside its tests, counts as one failure at least.
 */
export function countTests(output: string, { success }: { success: boolean }): Counts {
  const summary = [...stripVTControlCharacters(output).matchAll(SUMMARY)].at(-1);
  const counts = summary === undefined
    ? { passed: 0, failed: 0, skipped: 0 }
    : { passed: Number(summary[1]), failed: Number(summary[2]), skipped: countSkipped(summary[3]) };
  return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** Adds up two runs. */
export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function countSkipped(rest: string): number {
  const [, tests = "0", steps = "0"] = rest.match(/(\d+) ignored(?: \((\d+) steps?\))?/) ?? [];
  return Number(tests) + Number(steps);
}
