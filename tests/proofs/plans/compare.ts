/**
 * Few rows against many.
 *
 * @module
 */

import { testDatabase } from "../../support/database.ts";
import { measure, measureBesideOldSnapshot, type Pages } from "./measure.ts";
import { populate, type Population } from "./populations.ts";

/** How many rows stand for "few". */
export const FEW = 1_000;

/** By how much the pages of a call may differ. */
export const FACTOR = 1.5;

/**
 * Pages that a call may touch more in any case: among more rows each descent of an index takes a page more, and what the
 * statistics triggers appended may lie on a page or two more. To read 20,000 rows takes more than 100.
 */
export const SLACK = 20;

/** Jobs done beside the old snapshot. */
const JOBS = 2_000;

/** Pages that a call touches among few and among many rows. */
export interface Comparison {
  readonly population: string;
  readonly call: string;
  /** Whether another session held an old snapshot. */
  readonly beside: boolean;
  readonly few: number;
  readonly many: number;
  readonly fine: boolean;
}

/** Measures all calls among `FEW` and among `many` rows of a kind. */
export async function comparePages(kind: Population, many: number): Promise<Comparison[]> {
  const [small, large] = [await measureAmong(kind, FEW), await measureAmong(kind, many)];
  return [false, true].flatMap((beside) => {
    const key = beside ? "beside" : "alone";
    return Object.keys(small[key]).map((call) => {
      const [few, most] = [small[key][call], large[key][call]];
      const fine = most <= few * FACTOR + SLACK;
      return { population: kind.name, call, beside, few, many: most, fine };
    });
  });
}

async function measureAmong(kind: Population, rows: number): Promise<{ alone: Pages; beside: Pages }> {
  await using test = await testDatabase();
  await populate(test.database, kind, rows);
  const alone = await measure(test.database);
  return { alone, beside: await measureBesideOldSnapshot(test.database, JOBS) };
}

/** A comparison in one line. */
export function describeComparison({ population, call, beside, few, many, fine }: Comparison): string {
  const ratio = (many / few).toFixed(2);
  return [
    fine ? "ok      " : "TOO MANY",
    population.padEnd(12),
    call.padEnd(12),
    beside ? "old snapshot" : "            ",
    `${few}`.padStart(7),
    `${many}`.padStart(8),
    ratio.padStart(8),
  ].join("  ");
}
