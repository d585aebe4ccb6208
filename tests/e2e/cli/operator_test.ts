import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { findProcesses, ROOT } from "../../support/process.ts";

const FOLDER = new URL("./operator/", import.meta.url).pathname;

Deno.test("an operator gets through a day with the command line, a shell and jq", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await withDatabase(async (_database, url) => {
      // so that nothing that waits for ever outlives the test
      const command = new Deno.Command("timeout", {
        args: ["--kill-after=5", "240", `${FOLDER}day.sh`],
        cwd: ROOT,
        env: {
          ABSURD_DATABASE_URL: url,
          ABSURD_WORK_DIR: `${folder}/work`,
          ABSURD_STAGES: `${FOLDER}absurd.json`,
          CALIBRATOR: `${folder}/calibrator`,
          NO_COLOR: "1",
        },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
      const { code, stdout, stderr } = await command.output();
      const decoder = new TextDecoder();
      assert.equal(code, 0, decoder.decode(stderr));
      assert.match(decoder.decode(stdout), /a day without a word of SQL\n$/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual(await findProcesses({ marker: folder }), []);
});
