import assert from "node:assert/strict";
import { QUICK_IMAGING_CHAIN } from "../../../lib/chain.ts";
import { AbsurdClient } from "../../../lib/client.ts";
import type { ScheduleDefinition } from "../../../lib/scheduler/documents.ts";
import { compareSchedules } from "../../../lib/scheduler/sync.ts";
import { withDatabase } from "../../support/database.ts";

const FULL: ScheduleDefinition = {
  name: "full",
  cronExpression: "0 3 * * *",
  timezone: "Europe/Berlin",
  chain: {
    ...QUICK_IMAGING_CHAIN,
    steps: [...QUICK_IMAGING_CHAIN.steps, {
      name: "again",
      task: "image",
      params: { b: 2, a: [1] },
      dependsOn: ["image", { step: "convert_uvh5", onParentFailure: "ignore" }],
      onParentFailure: "wait",
      timeoutSec: 5,
    }],
  },
  params: { zebra: 1, ape: { nested: [true, null] } },
  queueName: "other",
  missed: "all",
  missedLimit: 7,
  graceSec: 5,
  overlap: "skip",
  jitterSec: 30,
  startsAt: new Date("2026-01-01T00:00Z"),
  endsAt: new Date("2126-01-01T00:00Z"),
  priority: 3,
  maxRetries: 2,
  timeoutSec: 60,
  description: "all there is",
  synced: true,
};
const SHORT: ScheduleDefinition = { name: "short", cronExpression: "@daily", taskName: "work", synced: true };
const DEFAULTS = { queueName: "dsa110-pipeline", dlqEnabled: true };

Deno.test("compareSchedules() finds no difference in what was saved, however much or little it says", async () => {
  await withDatabase(async (_database, databaseUrl) => {
    await using client = new AbsurdClient({ databaseUrl });
    for (const definition of [FULL, SHORT]) await client.saveSchedule(definition);
    assert.deepEqual(compareSchedules([FULL, SHORT], await client.listSchedules(), DEFAULTS), []);
  });
});

Deno.test("compareSchedules() names each field that differs, and what is to go", async () => {
  await withDatabase(async (_database, databaseUrl) => {
    await using client = new AbsurdClient({ databaseUrl });
    for (const definition of [FULL, SHORT, { ...SHORT, name: "byhand", synced: false }]) {
      await client.saveSchedule(definition);
    }
    const changed = { ...FULL, priority: undefined, params: { zebra: 2 } };
    const changes = compareSchedules(
      [changed, { ...SHORT, name: "new" }],
      await client.listSchedules(),
      DEFAULTS,
    );
    assert.deepEqual(changes.map(({ action, name }) => [action, name]), [
      ["change", "full"],
      ["add", "new"],
      ["remove", "short"],
    ]);
    const [change] = changes;
    assert.deepEqual(change.action === "change" && change.differences, [
      { field: "params", before: { ape: { nested: [true, null] }, zebra: 1 }, after: { zebra: 2 } },
      { field: "priority", before: 3, after: null },
    ]);
  });
});

Deno.test("compareSchedules() names the schedule whose expression or zone cannot be used", () => {
  const broken = { ...SHORT, timezone: "Mars/Olympus" };
  assert.throws(
    () => compareSchedules([broken], [], DEFAULTS),
    /^InvalidArgumentError: Schedule short: There is no time zone/,
  );
});
