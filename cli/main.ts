/**
 * Entry of the `absurd` command line, and the only place that ends the process.
 *
 * @module
 */

import { forceOnSecondSignal, systemContext } from "./context.ts";
import { run } from "./program.ts";

if (import.meta.main) {
  const interruption = forceOnSecondSignal((code) => Deno.exit(code));
  Deno.exit(await run(Deno.args, systemContext(interruption)));
}
