import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { advanceClock, CLOCK_SQL, resetClock } from "../support/clock.ts";
import { eventually, ROOT, runCli, startCli } from "../support/process.ts";
import { withRoles } from "../support/roles.ts";
import { withFolder } from "./support.ts";

const STAGES = fileURLToPath(new URL("../fixtures/stages/absurd.json", import.meta.url));

/** The queries of README, as they stand there. */
async function readmeQueries(): Promise<string[]> {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, block] = /```sql\n([^]*?)```/.exec(readme) ?? assert.fail("README has no queries");
  return block.split(";").map((query) => query.trim()).filter((query) => query !== "");
}

Deno.test("README's queries name the claim of a worker that was killed, and count its queue, as absurd_reader", async () => {
  const [stale, stats] = await readmeQueries();
  await withFolder((folder) =>
    withRoles(async ({ users, urls, owner }) => {
      await owner.script(`
        ${CLOCK_SQL}
        grant usage on schema absurd_test to absurd_owner;
        grant select on absurd_test.clock to absurd_owner`);
      const env = {
        ABSURD_ENABLED: "true",
        ABSURD_STAGES: STAGES,
        ABSURD_WORK_DIR: folder,
        // nobody takes the claims back while the test looks
        ABSURD_LEASE: "3600",
      };
      const spawn = async (name: string) => {
        const args = ["spawn", name, "-P", "script=sleep 600"];
        const { code, stdout, stderr } = await runCli(args, {
          env: { ...env, ABSURD_DATABASE_URL: urls.producer },
        });
        assert.equal(code, 0, stderr);
        return stdout.trim();
      };
      const startWorker = () =>
        startCli(["worker", "--concurrency", "1"], { env: { ...env, ABSURD_DATABASE_URL: urls.worker } });
      const claims = async (count: number) =>
        (await users.reader.query("select from absurd.tasks where status = 'claimed'")).length === count;

      await advanceClock(owner, -180); // what is claimed now was claimed three minutes ago
      const killed = await spawn("shell");
      await using first = startWorker();
      await eventually(() => claims(1), { timeoutMs: 60_000 });
      first.kill("SIGKILL");
      await first.result;
      await resetClock(owner);
      const alive = await spawn("shell");
      await using _second = startWorker();
      await eventually(() => claims(2), { timeoutMs: 60_000 });
      await spawn("unknown");

      const found = await users.reader.query<
        { "task_id": string; "worker_id": string; "heartbeat_at": Date }
      >(stale);
      assert.deepEqual(found.map((row) => row.task_id), [killed]);
      assert.deepEqual(Object.keys(found[0]), ["task_id", "worker_id", "heartbeat_at"]);
      assert.match(found[0].worker_id, new RegExp(`-${first.pid}-`));
      assert.ok(Date.now() - found[0].heartbeat_at.getTime() > 120_000);
      assert.notEqual(killed, alive);

      const [{ pending, claimed, completed, failed, ready, oldest_ready_at: oldest, ...rest }] = await users
        .reader.query<Record<string, unknown>>(stats);
      assert.deepEqual({ pending, claimed, completed, failed, ready }, {
        pending: 1,
        claimed: 2,
        completed: 0,
        failed: 0,
        ready: 1,
      });
      assert.ok(oldest instanceof Date);
      assert.equal(rest.queue_name, "dsa110-pipeline");
    })
  );
});
