/**
 * Cron expressions. croner reads and matches them; on which side of a clock change a match falls is decided in
 * `timetable.ts`.
 *
 * @module
 */

import { Cron } from "croner";
import { InvalidArgumentError } from "../errors.ts";

/** What croner would expand too; here, because the hour field has to be looked at. */
const ALIASES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const HINT =
  'Five fields (minute hour day month weekday) or six with seconds first, such as "0 3 * * *"; or ' +
  Object.keys(ALIASES).join(", ");

/** A cron expression that has been understood. It knows clock faces only, no zones. */
export interface CronExpression {
  /** As it was written. */
  readonly text: string;
  /** Whether it means "every so often" and not "at these hours": its hour field is `*`, `0-23` or a step. */
  readonly followsElapsedTime: boolean;
  /**
   * The next clock time that matches.
   *
   * @param wallMs Clock time as milliseconds since 1970 began on the same clock.
   * @returns The first match after it, or null when there is none.
   */
  nextWall(wallMs: number): number | null;
}

/**
 * Reads a cron expression: five fields (minute, hour, day of month, month, weekday), six with seconds first, or an
 * alias such as `@hourly`. Fields take numbers, names, ranges, steps, lists, `L`, `W` and `#`. When both day fields
 * are restricted either one suffices; a `+` before the weekday asks for both.
 *
 * @param text The expression.
 * @throws InvalidArgumentError when it cannot be read, naming the field and value.
 */
export function parseCron(text: string): CronExpression {
  const pattern = (ALIASES[text.trim().toLowerCase()] ?? text).trim();
  const fields = pattern.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw invalid(text, `it has ${pattern === "" ? 0 : fields.length} fields`);
  }
  const cron = readPattern(text, pattern);
  return {
    text,
    followsElapsedTime: isEverySoOften(fields.at(-4)!),
    nextWall: (wallMs) => cron.nextRun(new Date(wallMs))?.getTime() ?? null,
  };
}

/** A clock that never changes: in UTC croner has nothing to decide. */
function readPattern(text: string, pattern: string): Cron {
  try {
    return new Cron(pattern, { paused: true, timezone: "UTC", mode: "5-or-6-parts" });
  } catch (error) {
    throw invalid(text, readableMessage(error as Error), error);
  }
}

/** croner counts days and months from 0 in one of its messages. */
function readableMessage({ message }: Error): string {
  const plain = message.replace(/^CronPattern: /, "");
  return plain.replace(
    /(Invalid value for (?:day|month)): (-?\d+)/,
    (_, what, n) => `${what}: ${Number(n) + 1}`,
  );
}

function invalid(text: string, problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`Cannot read cron expression "${text}": ${problem}`, { hint: HINT, cause });
}

function isEverySoOften(hourField: string): boolean {
  return /[*?/]/.test(hourField) || hourField === "0-23";
}
