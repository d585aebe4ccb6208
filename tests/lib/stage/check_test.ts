import assert from "node:assert/strict";
import { checkPrograms } from "../../../lib/stage/check.ts";
import { loadManifest } from "../../../lib/stage/manifest.ts";
import { FIXTURES } from "./_helpers.ts";

Deno.test("checkPrograms() names each module and program that is missing", async () => {
  const manifest = await loadManifest(FIXTURES);
  assert.deepEqual(await checkPrograms(manifest), [
    'Program "no-such-program" of stage "absent" is not installed on this machine',
    `Module "${manifest.directory}/no_such_module.ts" of stage "lost_module" does not exist`,
  ]);
});
