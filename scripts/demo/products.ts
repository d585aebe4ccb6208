/**
 * The files and folders that tasks made.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";

/** What the results of stages call their products. */
const PRODUCTS = ["visset", "table", "fits", "sources"];

/** How products were found. */
export interface ProductCount {
  /** Products that results name, and that are there. */
  readonly present: number;
  /** Products that results name, but that are not there. */
  readonly missing: string[];
  /** Products that two results name. */
  readonly twice: string[];
}

/** Looks for each product that the results of tasks name. */
export async function countProducts(tasks: readonly Task[]): Promise<ProductCount> {
  const paths = tasks.flatMap(({ result }) => {
    const named = Object.entries(result ?? {}).filter(([key]) => PRODUCTS.includes(key));
    return named.map(([, path]) => String(path));
  });
  const exists = await Promise.all(paths.map((path) => Deno.stat(path).then(() => true, () => false)));
  return {
    present: exists.filter(Boolean).length,
    missing: paths.filter((_, k) => !exists[k]),
    twice: paths.filter((path, k) => paths.indexOf(path) !== k),
  };
}
