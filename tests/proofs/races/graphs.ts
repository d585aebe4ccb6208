/**
 * Races within graphs: last parents, last steps, children that come while a parent ends, replay and cancellation.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import {
  claim,
  claimOne,
  complete,
  failForGood,
  refused,
  type Row,
  rows,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "../../sql/queue.ts";
import { inOrder, type RaceCase } from "./race.ts";

async function statusOf(database: Database, workflow: string): Promise<string> {
  return (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status;
}

/** A graph a -> b -> c of which a failed for good. */
async function deadChain(database: Database) {
  const graph = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
  await failForGood(database, await claimOne(database));
  return graph;
}

/** The cases. */
export const GRAPH_RACES: readonly RaceCase[] = [
  {
    pair: "two last parents",
    name: "two last parents that complete together release their child once",
    async play(database) {
      const { workflow, tasks } = await spawnGraph(database, { a: [], b: [], child: ["a", "b"] });
      const [a, b] = await claim(database, 2);
      const answers = await inOrder(
        database,
        (first) => complete(first, a),
        (second) => complete(second, b),
      );
      assert.deepEqual(answers, ["ok", "ok"]);
      assert.deepEqual(await states(database, tasks), { a: "completed", b: "completed", child: "ready" });
      await complete(database, await claimOne(database));
      assert.equal(await statusOf(database, workflow), "completed");
    },
  },
  {
    pair: "two last parents",
    name: "a parent that fails while the other completes cancels their child",
    async play(database) {
      const { workflow, tasks } = await spawnGraph(database, { a: [], b: [], child: ["a", "b"] });
      const [a, b] = await claim(database, 2);
      await inOrder(database, (first) => complete(first, a), (second) => failForGood(second, b));
      assert.deepEqual(await states(database, tasks), { a: "completed", b: "failed", child: "cancelled" });
      assert.equal(await statusOf(database, workflow), "failed");
    },
  },
  {
    pair: "two last parents",
    name: "two parents that fail together cancel their child once",
    async play(database) {
      const { tasks } = await spawnGraph(database, { a: [], b: [], child: ["a", "b"] });
      const [a, b] = await claim(database, 2);
      await inOrder(database, (first) => failForGood(first, a), (second) => failForGood(second, b));
      assert.deepEqual(await states(database, tasks), { a: "failed", b: "failed", child: "cancelled" });
      const [{ count }] = await database.query<{ count: number }>(
        "select count(*)::int as count from absurd.event_batches where $1 = any (task_ids) and status = 'cancelled'",
        [tasks.child],
      );
      assert.equal(count, 1);
    },
  },
  {
    pair: "two last parents",
    name: "two last parents that complete together, each in a batch with roots, release their child once",
    async play(database) {
      const { tasks } = await spawnGraph(database, {
        a: [],
        b: [],
        left: ["a"],
        right: ["b"],
        child: ["left", "right"],
      });
      for (const held of await claim(database, 2)) await complete(database, held);
      await spawn(database);
      await spawn(database);
      const held = await claim(database, 4);
      const [left, right, one, other] = held.map(({ id, attempt }) => ({ "task_id": id, attempt }));
      const answers = await inOrder(
        database,
        (first) => rows(first, "complete_tasks", { outcomes: [one, left] }),
        (second) => rows(second, "complete_tasks", { outcomes: [right, other] }),
      );
      assert.deepEqual(answers.flat().map(({ outcome }) => outcome), ["ok", "ok", "ok", "ok"]);
      assert.equal((await task(database, tasks.child)).state, "ready");
    },
  },
  {
    pair: "two last steps",
    name: "two last steps that complete together complete their workflow",
    async play(database) {
      const { workflow } = await spawnGraph(database, { a: [], b: [] });
      const [a, b] = await claim(database, 2);
      await inOrder(database, (first) => complete(first, a), (second) => complete(second, b));
      assert.equal(await statusOf(database, workflow), "completed");
    },
  },
  {
    pair: "spawn/complete",
    name: "a child that is spawned while its parent completes is released",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      const [child] = await inOrder(
        database,
        (first) => spawn(first, { "depends_on": [held.id] }),
        (second) => complete(second, held, { n: 1 }),
      );
      assert.equal((await task(database, child)).state, "ready");
    },
  },
  {
    pair: "complete/spawn",
    name: "a child whose spawn waits for the completion of its parent is ready",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      const [, child] = await inOrder(
        database,
        (first) => complete(first, held, { n: 1 }),
        (second) => spawn(second, { "depends_on": [held.id] }),
      );
      assert.equal((await task(database, child)).state, "ready");
    },
  },
  {
    pair: "spawn/fail",
    name: "a child that is spawned while its parent fails is cancelled with it",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      const [child, answer] = await inOrder(
        database,
        (first) => spawn(first, { "depends_on": [held.id] }),
        (second) => failForGood(second, held),
      );
      assert.equal(answer.status, "failed");
      assert.equal((await task(database, child)).state, "cancelled");
    },
  },
  {
    pair: "fail/spawn",
    name: "a child whose spawn waits for the failure of its parent is refused",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      await inOrder(
        database,
        (first) => failForGood(first, held),
        (second) => refused(spawn(second, { "depends_on": [held.id] }), "TQ006", /failed/),
      );
    },
  },
  {
    pair: "replay/cancel",
    name: "a cancellation that waits for a replay cancels what it opened",
    async play(database) {
      const { workflow, tasks } = await deadChain(database);
      const [, cancelled] = await inOrder(
        database,
        (first) => rows(first, "replay_dead_letters", { filter: { all: true } }),
        (second) => value<number>(second, "cancel_workflow", { "workflow_id": workflow }),
      );
      assert.equal(cancelled, 3);
      assert.deepEqual(await states(database, tasks), { a: "cancelled", b: "cancelled", c: "cancelled" });
      assert.equal(await statusOf(database, workflow), "cancelled");
    },
  },
  {
    pair: "cancel/replay",
    name: "a replay that waits for a cancellation leaves alone what the user cancelled",
    async play(database) {
      const { tasks } = await spawnGraph(database, {
        a: [],
        b: [{ step: "a", "on_parent_failure": "wait" }],
      });
      await failForGood(database, await claimOne(database));
      await inOrder(
        database,
        (first) => value(first, "cancel_task", { "task_id": tasks.b }),
        (second) => rows(second, "replay_dead_letters", { filter: { all: true } }),
      );
      assert.deepEqual(await states(database, tasks), { a: "ready", b: "cancelled" });
    },
  },
  {
    pair: "replay/complete",
    name:
      "a child that is opened again while a parent completes whose bad end it had ignored is freed by the other",
    async play(database) {
      const { tasks } = await spawnGraph(database, {
        a: [],
        b: [],
        child: [{ step: "a", "on_parent_failure": "ignore" }, "b"],
      });
      for (const held of await claim(database, 2)) await failForGood(database, held);
      await value(database, "retry_task", { "task_id": tasks.a });
      const again = await claimOne(database);
      await inOrder(
        database,
        (first) => value(first, "retry_task", { "task_id": tasks.b }),
        (second) => complete(second, again),
      );
      assert.deepEqual(await states(database, tasks), { a: "completed", b: "ready", child: "blocked" });
      await complete(database, await claimOne(database));
      assert.equal((await task(database, tasks.child)).state, "ready");
    },
  },
  {
    pair: "replay/replay",
    name: "two replays open a dead letter once",
    async play(database) {
      const { tasks } = await deadChain(database);
      const [mine, yours] = await inOrder(
        database,
        (first) => rows(first, "replay_dead_letters", { filter: { all: true } }),
        (second) => rows(second, "replay_dead_letters", { filter: { all: true } }),
      );
      assert.deepEqual([mine.length, yours.length], [1, 0]);
      assert.deepEqual(await states(database, tasks), { a: "ready", b: "blocked", c: "blocked" });
    },
  },
  {
    pair: "replay/fail",
    name: "a parent that fails while another is replayed forbids their child",
    async play(database) {
      const { tasks } = await spawnGraph(database, { a: [], b: [], child: ["a", "b"] });
      const [a, b] = await claim(database, 2);
      await failForGood(database, a);
      await inOrder(
        database,
        (first) => value(first, "retry_task", { "task_id": tasks.a }),
        (second) => failForGood(second, b),
      );
      assert.deepEqual(await states(database, tasks), { a: "ready", b: "failed", child: "cancelled" });
    },
  },
  {
    pair: "claim/complete",
    name: "what an earlier attempt of a parent tells changes nothing while a later one runs",
    async play(database) {
      const { tasks } = await spawnGraph(database, { a: [], child: ["a"] });
      const earlier = await claimOne(database);
      await rows(database, "release_tasks", {
        outcomes: [{ "task_id": earlier.id, attempt: earlier.attempt }],
      });
      const later = await claimOne(database);
      assert.equal(await complete(database, earlier, { late: true }), "stale");
      assert.equal((await failForGood(database, earlier)).outcome, "stale");
      assert.deepEqual(await states(database, tasks), { a: "claimed", child: "blocked" });
      assert.equal(await complete(database, later), "ok");
      assert.deepEqual(await states(database, tasks), { a: "completed", child: "ready" });
    },
  },
];
