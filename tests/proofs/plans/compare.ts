/**
 * Few rows against many.
 *
 * @module
 */

import type { Database } from "../../../lib/database.ts";
import { testDatabase } from "../../support/database.ts";
import { measure, measureBesideOldSnapshot, type Pages } from "./measure.ts";
import { populate, type Population } from "./populations.ts";

/** How many rows stand for "few". */
export const FEW = 1_000;

/** By how much the pages of a call may differ. */
export const FACTOR = 1.5;

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

/** Measures all calls among `FEW` and among `many` rows of a kind, while nobody else holds a snapshot. */
export async function comparePages(kind: Population, many: number): Promise<Comparison[]> {
  const [few, most] = [await measureAmong(kind, FEW, measure), await measureAmong(kind, many, measure)];
  return compare(kind, few, most, false);
}

/** The same while another session holds an old snapshot. */
export async function comparePagesBesideOldSnapshot(kind: Population, many: number): Promise<Comparison[]> {
  const beside = (database: Database) => measureBesideOldSnapshot(database, JOBS);
  const [few, most] = [await measureAmong(kind, FEW, beside), await measureAmong(kind, many, beside)];
  return compare(kind, few, most, true);
}

async function measureAmong(
  kind: Population,
  rows: number,
  measuring: (database: Database) => Promise<Pages>,
): Promise<Pages> {
  await using test = await testDatabase();
  await populate(test.database, kind, rows);
  return await measuring(test.database);
}

function compare({ name }: Population, few: Pages, many: Pages, beside: boolean): Comparison[] {
  return Object.entries(few).map(([call, pages]) => {
    const fine = many[call] <= pages * FACTOR;
    return { population: name, call, beside, few: pages, many: many[call], fine };
  });
}

/** A comparison in one line. */
export function describeComparison({ population, call, beside, few, many, fine }: Comparison): string {
  const ratio = (many / few).toFixed(2);
  return [
    fine ? "ok      " : "TOO MANY",
    population.padEnd(12),
    call.padEnd(18),
    beside ? "old snapshot" : "            ",
    `${few}`.padStart(7),
    `${many}`.padStart(8),
    ratio.padStart(8),
  ].join("  ");
}
