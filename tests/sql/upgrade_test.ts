import assert from "node:assert/strict";
import { DUMP, dumpSchema } from "../../scripts/dump_schema.ts";
import type { Database } from "../../lib/database.ts";
import { installSchema } from "../../lib/schema.ts";
import { checkSchema } from "../../lib/schema_check.ts";
import { noteAlteredSql, recordSql } from "../../lib/schema_objects.ts";
import { OBJECT_TEXTS } from "../../lib/schema_script.ts";
import { SCHEMA_VERSION } from "../../lib/version.ts";
import { claim, complete, drain, type Row, rows, spawn, task, value } from "./queue.ts";
import { withFirstSchema } from "./schemas.ts";

/** What the dump holds. */
const STATES = {
  ready: "ready",
  scheduled: "scheduled",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  retrying: "scheduled",
  dying: "cancelled",
  claimed: "claimed",
  blocked: "blocked",
  paused: "ready",
  "step_a": "completed",
  "step_b": "ready",
  "step_c": "blocked",
  "bad_a": "failed",
  "bad_b": "cancelled",
};

async function tasksByName(database: Database): Promise<Record<string, Row>> {
  const list = await database.query<Row>("select * from absurd.tasks");
  return Object.fromEntries(list.map((row) => [row.task_name, row]));
}

Deno.test("the first schema is upgraded to what a fresh installation makes, object by object", async () => {
  await withFirstSchema(async (database) => {
    const { applied, created } = await installSchema(database, { roles: true, with: ["sky"] });
    assert.deepEqual([applied.length, created], [SCHEMA_VERSION - 3, false]);
    assert.deepEqual(await checkSchema(database), []);
    const [upgraded, fresh] = [await dumpSchema(database), await Deno.readTextFile(DUMP)].map((dump) =>
      dump.split(/\n(?=create|grant)/)
    );
    assert.deepEqual(upgraded.filter((line) => !fresh.includes(line)), [], "what is left over");
    assert.deepEqual(fresh.filter((line) => !upgraded.includes(line)), [], "what is missing");
  });
});

Deno.test("an upgrade keeps tasks in every state", async () => {
  await withFirstSchema(async (database) => {
    const before = await tasksByName(database);
    assert.deepEqual(
      Object.fromEntries(Object.values(before).map((row) => [row.task_name, row.state])),
      STATES,
    );
    await installSchema(database);
    const newColumns = { report: null, "claimed_ahead": null };
    for (const [name, row] of Object.entries(await tasksByName(database))) {
      assert.deepEqual(row, { ...before[name], ...newColumns });
    }
    const [stats] = await rows(database, "get_queue_stats", { "queue_name": "q" });
    const { ready, scheduled, blocked, claimed, completed, failed, cancelled } = stats;
    assert.deepEqual(
      { ready, scheduled, blocked, claimed, completed, failed, cancelled },
      { ready: 2, scheduled: 2, blocked: 2, claimed: 1, completed: 2, failed: 2, cancelled: 3 },
    );
  });
});

Deno.test("tasks of the first schema go on after an upgrade", async () => {
  await withFirstSchema(async (database) => {
    await installSchema(database);
    const before = await tasksByName(database);
    // a claim from before the upgrade is still the live one
    const { "task_id": id, attempt } = before.claimed;
    assert.equal(await complete(database, { id, attempt }, { made: "claimed" }), "ok");
    assert.equal(await spawn(database, { key: "k-ready" }, { name: "ready" }), before.ready.task_id);
    await rows(database, "replay_dead_letters", { filter: { all: true } });
    await rows(database, "resume_queue", { "queue_name": "resting" });
    await value(database, "retry_task", { "task_id": before.cancelled.task_id });
    const done = await drain(database);
    assert.deepEqual(done.toSorted(), ["a", "b", "b", "blocked", "c", "cancelled", "failed", "ready"]);
    const inputs = (await task(database, before.step_c.task_id)).result;
    assert.deepEqual(inputs, { made: "c" });
    assert.equal((await claim(database, 1, { queues: ["resting"] }))[0].row.task_name, "paused");
    const workflows = await database.query<{ status: string }>(
      "select distinct status from absurd.workflows",
    );
    assert.deepEqual(workflows, [{ status: "completed" }]);
    assert.deepEqual((await task(database, before.failed.task_id)).attempts.length, 2);
  });
});

Deno.test("an upgrade that changes a table which was altered by hand tells so, once", async () => {
  await withFirstSchema(async (database) => {
    // The first schema was recorded in another way, which cannot be compared.
    const record = `${noteAlteredSql(OBJECT_TEXTS)}\n${recordSql(OBJECT_TEXTS, "of the first version")}`;
    await database.script(`begin;\n${record}\ncommit;`);
    await database.script("alter table absurd.tasks alter column task_name set default 'mine'");
    const { unmended, functionsDiffered } = await installSchema(database);
    assert.deepEqual(unmended.map(({ problem }) => problem), [
      "Schema absurd has another table absurd.tasks than was installed",
    ]);
    assert.ok(functionsDiffered);
    assert.deepEqual(await checkSchema(database), []);
    assert.deepEqual((await installSchema(database)).unmended, []);
  });
});
