/**
 * From where on `absurd status` finds something bad.
 *
 * @module
 */

import { InvalidArgumentError as InvalidOptionError, Option } from "@commander-js/extra-typings";
import { parseDuration } from "@dsa110/absurd";

/** A value above the first number is a warning, above the second critical. */
export type Threshold = readonly [warning: number, critical: number];

/** From where on something is bad. */
export interface Thresholds {
  /** Ready tasks of a queue. */
  readonly ready: Threshold;
  /** Age of the oldest ready task, in seconds. */
  readonly ageSec: Threshold;
  /** Time without a completion while tasks are ready, in seconds. */
  readonly idleSec: number;
  /** Dead letters of all queues. */
  readonly deadLetters: Threshold;
  /** Time that the database takes to answer, in milliseconds. */
  readonly latencyMs: Threshold;
}

/** Thresholds where no flag says otherwise. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  ready: [500, 1000],
  ageSec: [600, 3600],
  idleSec: 300,
  deadLetters: [0, Infinity],
  latencyMs: [500, 1000],
};

/** Flags for thresholds, as commander hands them over. */
export type ThresholdFlags = {
  /** `--max-ready`. */
  maxReady?: Threshold;
  /** `--max-age`. */
  maxAge?: Threshold;
  /** `--max-idle`. */
  maxIdle?: number;
  /** `--max-dead-letters`. */
  maxDeadLetters?: Threshold;
  /** `--max-latency`. */
  maxLatency?: Threshold;
};

/** The options for thresholds. */
export function thresholdOptions(): Option[] {
  const option = (flags: string, help: string, parse: (text: string) => unknown) =>
    new Option(flags, help).argParser(parse) as Option;
  return [
    option(
      "--max-ready <w,c>",
      "ready tasks of a queue: warning, critical above (default: 500,1000)",
      pair(count),
    ),
    option("--max-age <w,c>", "age of the oldest ready task (default: 10m,1h)", pair(duration)),
    option(
      "--max-idle <duration>",
      "time without a completion while tasks are ready (default: 5m)",
      duration,
    ),
    option("--max-dead-letters <w,c>", "dead letters that wait (default: 0 for a warning)", pair(count)),
    option(
      "--max-latency <w,c>",
      "time that the database takes to answer (default: 500ms,1s)",
      pair(duration),
    ),
  ];
}

/** The thresholds by flags, else by default. */
export function readThresholds(flags: ThresholdFlags): Thresholds {
  const { ready, ageSec, idleSec, deadLetters, latencyMs } = DEFAULT_THRESHOLDS;
  return {
    ready: flags.maxReady ?? ready,
    ageSec: flags.maxAge ?? ageSec,
    idleSec: flags.maxIdle ?? idleSec,
    deadLetters: flags.maxDeadLetters ?? deadLetters,
    latencyMs: flags.maxLatency ? [flags.maxLatency[0] * 1000, flags.maxLatency[1] * 1000] : latencyMs,
  };
}

/** Two values with a comma in between; one alone is for warnings. */
function pair(parse: (text: string) => number): (text: string) => Threshold {
  return (text) => {
    const [warning, critical = "", ...rest] = text.split(",");
    if (rest.length > 0) throw new InvalidOptionError("Give one value, or two with a comma in between.");
    const threshold: Threshold = [parse(warning), critical === "" ? Infinity : parse(critical)];
    if (threshold[0] <= threshold[1]) return threshold;
    throw new InvalidOptionError("The value for a warning must not be above the critical one.");
  };
}

function count(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidOptionError("It must be a whole number.");
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidOptionError(`${(error as Error).message}.`);
  }
}
