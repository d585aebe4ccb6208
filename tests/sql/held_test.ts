import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { claim, type Row, rows, type Session, spawnGraph, value } from "./queue.ts";

/** How often the limits were looked at in this transaction. */
async function looks(session: Session): Promise<number> {
  const [read] = await session.query<{ looks: number }>(
    `select (seq_scan + coalesce(idx_scan, 0))::int as looks from pg_stat_xact_user_tables
    where schemaname = 'absurd' and relname = 'limits'`,
  );
  return read.looks;
}

Deno.test("lists of many ready tasks look at a limit once for each name, not for each task", async () => {
  await withDatabase(async (database) => {
    await value(database, "set_limit", { "max_claims": 2, "queue_name": "q", "task_name": "work" });
    const steps = Array.from({ length: 30 }, (_, index) => ({ name: `step${index}`, "task_name": "work" }));
    const { workflow } = await spawnGraph(database, {}, { steps });
    await claim(database, 2);
    const reads: [name: string, args: Row, states: (found: Row[]) => string[]][] = [
      ["get_workflow", { "workflow_id": workflow }, ([found]) => found.steps.map(({ state }: Row) => state)],
      ["list_tasks", {}, (found) => found.map(({ state }) => state)],
      ["list_workflows", {}, ([found]) => found.steps.map(({ state }: Row) => state)],
    ];
    for (const [name, args, states] of reads) {
      await database.session(async (session) => {
        await session.script("begin");
        const before = await looks(session); // of earlier transactions, which the server has not reported yet
        const found = (await rows(session, name, args)).map((row) => row[name]);
        const read = await looks(session) - before;
        await session.script("commit");
        assert.deepEqual(
          states(found).sort(),
          [...Array(2).fill("claimed"), ...Array(28).fill("held")],
          name,
        );
        assert.ok(read < 10, `${name} looked ${read} times`);
      });
    }
    await value(database, "set_limit", { "max_claims": 3, "queue_name": "q", "task_name": "work" });
    const found = await value<Row>(database, "get_workflow", { "workflow_id": workflow });
    assert.ok(found.steps.every(({ state }: Row) => state !== "held"));
  });
});
