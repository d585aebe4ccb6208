import assert from "node:assert/strict";
import { checkPrograms, describeUnsafe } from "../../../lib/stage/check.ts";
import { loadManifest } from "../../../lib/stage/manifest.ts";
import { FIXTURES } from "./_helpers.ts";

Deno.test("checkPrograms() names each module, program and package that is missing", async () => {
  const manifest = await loadManifest(FIXTURES);
  assert.deepEqual(await checkPrograms(manifest), [
    'Program "no-such-program" of stage "absent" is not installed on this machine',
    `Module "${manifest.directory}/no_such_module.ts" of stage "lost_module" does not exist`,
    'python3-nothing is not installed on this machine, which stage "absent" needs',
  ]);
});

Deno.test("describeUnsafe() names commands, and no stage that its permissions bind", async () => {
  const sentences = describeUnsafe(await loadManifest(FIXTURES));
  assert(sentences.includes('Stage "shell" is a command, which no permissions bind'));
  assert(!sentences.some((sentence) => sentence.includes('"peek"')));
});
