/**
 * Options of the proofs' programs.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What can be asked for. */
export interface ProofOptions {
  /** How many histories. */
  readonly runs: number;
  /** Where chance begins. */
  readonly seed: number;
  /** How many rows. */
  readonly rows: number;
}

/** Reads `--runs N --seed S --rows N`; a seed that was not given is drawn. */
export function readOptions(
  { runs = 500, rows = 1_000_000, seed = Math.floor(Math.random() * 2 ** 31) }: Partial<ProofOptions> = {},
): ProofOptions {
  // `deno task name -- --runs 5` hands the dashes on.
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: { runs: { type: "string" }, seed: { type: "string" }, rows: { type: "string" } },
  });
  return {
    runs: number("runs", values.runs, runs),
    seed: number("seed", values.seed, seed),
    rows: number("rows", values.rows, rows),
  };
}

function number(name: string, value: string | undefined, otherwise: number): number {
  const read = value === undefined ? otherwise : Number(value);
  if (!Number.isInteger(read)) throw new TypeError(`--${name} must be a whole number: ${value}`);
  return read;
}
