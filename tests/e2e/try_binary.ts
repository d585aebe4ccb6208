// deno-lint-ignore-file no-console
/**
 * Compiles the program for this machine and tries it, as tests/e2e/bundle_test.ts does with the bundle:
 * `deno task test:binary`. It is no test of the suite because the base binary that it needs is a download.
 *
 * @module
 */

import { join } from "node:path";
import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { bundle, compile } from "../../scripts/build.ts";
import { tryShipped } from "./shipped.ts";
import { withFolder } from "./support.ts";

await withFolder(async (folder) => {
  const dist = join(folder, "dist");
  await bundle(dist);
  await compile([Deno.build.target], dist);
  const { url } = await startPostgres(join(folder, "postgres"), { durable: false });
  try {
    await tryShipped({ program: [join(dist, Deno.build.target, "absurd")], folder, databaseUrl: url });
  } finally {
    await stopPostgres(join(folder, "postgres"));
  }
});
console.log("The binary does everything from an empty folder");
