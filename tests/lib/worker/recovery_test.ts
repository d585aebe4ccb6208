import assert from "node:assert/strict";
import { lookEverySec } from "../../../lib/worker/recovery.ts";
import { withDatabase } from "../../support/database.ts";

Deno.test("lookEverySec() is what the database takes, for every heartbeat interval that may be set", async () => {
  await withDatabase(async (database) => {
    for (const intervalSec of [0.05, 30, 366 * 86_400]) {
      const everySec = lookEverySec(intervalSec);
      assert.ok(everySec > 0 && everySec < intervalSec);
      assert.deepEqual(await database.call("recover_claims", { "every_sec": everySec }), []);
    }
  });
});
