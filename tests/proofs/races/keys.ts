/**
 * Races for keys, and around the installation of the schema.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSession } from "../../../lib/database.ts";
import { checkSchema } from "../../../lib/schema_check.ts";
import { schemaSql } from "../../../lib/schema_script.ts";
import {
  claim,
  claimOne,
  complete,
  failForGood,
  refused,
  type Row,
  rows,
  spawn,
  value,
} from "../../sql/queue.ts";
import { inOrder, race, type RaceCase } from "./race.ts";

async function spawnKeyed(session: DatabaseSession): Promise<Row> {
  const args = { "queue_name": "q", "task_name": "work", options: { key: "k" } };
  return (await rows(session as Parameters<typeof rows>[0], "spawn_task", args))[0];
}

/** The cases. */
export const KEY_RACES: readonly RaceCase[] = [
  {
    pair: "same key twice",
    name: "of two spawns with one key the second finds the first",
    async play(database) {
      const [mine, yours] = await inOrder(database, spawnKeyed, spawnKeyed);
      assert.deepEqual([yours.task_id, mine.created, yours.created], [mine.task_id, true, false]);
    },
  },
  {
    pair: "same key twice",
    name: "a spawn with the key of one that is undone spawns",
    async play(database) {
      await race(database, async ({ first, second, blocked }) => {
        await spawnKeyed(first);
        const spawning = spawnKeyed(second);
        await blocked();
        await first.script("rollback");
        assert.equal((await spawning).created, true);
      });
    },
  },
  {
    pair: "same key twice",
    name: "of two spawns that take over a free key the second finds the first",
    async play(database) {
      await spawnKeyed(database);
      await failForGood(database, await claimOne(database));
      const [mine, yours] = await inOrder(database, spawnKeyed, spawnKeyed);
      assert.deepEqual([yours.task_id, mine.created, yours.created], [mine.task_id, true, false]);
    },
  },
  {
    pair: "spawn/retry",
    name: "a retry beside a spawn that takes its key waits for nothing, and is refused after it",
    async play(database) {
      const { "task_id": id } = await spawnKeyed(database);
      await failForGood(database, await claimOne(database));
      await race(database, async ({ first, second, commit }) => {
        await spawnKeyed(first);
        await refused(value(second, "retry_task", { "task_id": id }), "40001", /is being taken/);
        await commit();
        await refused(value(second, "retry_task", { "task_id": id }), "TQ004", /Key k/);
      });
    },
  },
  {
    pair: "retry/spawn",
    name: "a spawn that waits for the retry of the holder of its key finds it",
    async play(database) {
      const { "task_id": id } = await spawnKeyed(database);
      await failForGood(database, await claimOne(database));
      const [, late] = await inOrder(
        database,
        (first) => value(first, "retry_task", { "task_id": id }),
        spawnKeyed,
      );
      assert.deepEqual([late.task_id, late.created], [id, false]);
    },
  },
  {
    pair: "init/claim",
    name: "the schema is installed again while a claim is in flight, and neither waits",
    async play(database) {
      await spawn(database);
      await spawn(database);
      const held = await claimOne(database);
      await race(database, async ({ first, second, commit }) => {
        await claim(first, 1);
        await second.script("set lock_timeout = '5s'");
        await second.script(schemaSql());
        assert.equal(await complete(second, held), "ok");
        await commit();
      });
    },
  },
  {
    pair: "init/init",
    name: "an installation waits for another, and finds its work done",
    async play(database) {
      await race(database, async ({ first, second, commit, blocked }) => {
        await first.script(schemaSql().replace(/commit;[^]*?$/, ""));
        const installing = second.script(schemaSql());
        await blocked();
        await commit();
        await installing;
        assert.deepEqual(await checkSchema(database), []);
      });
    },
  },
];
