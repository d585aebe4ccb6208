// deno-lint-ignore-file no-console
/**
 * `deno task test:pipeline -- --runs N --seed S`: the stages against skies of known truth.
 *
 * @module
 */

import { readOptions } from "../support/options.ts";
import { proveAll } from "./prove.ts";

const { runs, seed } = readOptions({ runs: 10, seed: 1 });
Deno.exitCode = await proveAll({ skies: runs, seed }, console.log) ? 0 : 1;
