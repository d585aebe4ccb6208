/**
 * Races of an operator who lets a task go without its bad parent.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import {
  type Claim,
  claim,
  complete,
  failForGood,
  rows,
  type Session,
  spawnGraph,
  states,
  value,
} from "../../sql/queue.ts";
import { inOrder, type RaceCase } from "./race.ts";

/** A child of two parents: `a` failed and is waited for, `b` is claimed. */
async function stuckChild(database: Database): Promise<{ tasks: Record<string, string>; b: Claim }> {
  const { tasks } = await spawnGraph(database, {
    a: [],
    b: [],
    child: [{ step: "a", "on_parent_failure": "wait" }, "b"],
  });
  const [a, b] = await claim(database, 2);
  await failForGood(database, a);
  return { tasks, b };
}

async function unblock(session: Session, id: string): Promise<string> {
  return (await rows(session, "unblock_tasks", { "task_ids": [id] }))[0].outcome;
}

/** The cases. */
export const UNBLOCK_RACES: readonly RaceCase[] = [
  {
    pair: "unblock/complete",
    name: "a child that is unblocked while its good parent completes is ready once",
    async play(database) {
      const { tasks, b } = await stuckChild(database);
      const answers = await inOrder(
        database,
        (first) => unblock(first, tasks.child),
        (second) => complete(second, b),
      );
      assert.deepEqual(answers, ["ok", "ok"]);
      assert.deepEqual(await states(database, tasks), { a: "failed", b: "completed", child: "ready" });
    },
  },
  {
    pair: "complete/unblock",
    name: "an operator who waits for the completion of the good parent makes the child ready",
    async play(database) {
      const { tasks, b } = await stuckChild(database);
      const answers = await inOrder(
        database,
        (first) => complete(first, b),
        (second) => unblock(second, tasks.child),
      );
      assert.deepEqual(answers, ["ok", "ok"]);
      assert.deepEqual(await states(database, tasks), { a: "failed", b: "completed", child: "ready" });
    },
  },
  {
    pair: "unblock/unblock",
    name: "of two operators who unblock a child the second finds nothing to do",
    async play(database) {
      const { tasks, b } = await stuckChild(database);
      const both = await inOrder(
        database,
        (first) => unblock(first, tasks.child),
        (second) => unblock(second, tasks.child),
      );
      assert.deepEqual(both, ["ok", "skipped"]);
      assert.equal((await states(database, tasks)).child, "blocked");
      await complete(database, b);
      assert.equal((await states(database, tasks)).child, "ready");
    },
  },
  {
    pair: "retry/unblock",
    name: "a child whose bad parent is just being retried is not unblocked",
    async play(database) {
      const { tasks } = await stuckChild(database);
      const answers = await inOrder(
        database,
        (first) => value(first, "retry_task", { "task_id": tasks.a }),
        (second) => unblock(second, tasks.child),
      );
      assert.deepEqual(answers, ["ready", "skipped"]);
      assert.equal((await states(database, tasks)).child, "blocked");
    },
  },
];
