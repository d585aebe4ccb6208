/**
 * Plays one action on the schema and on the model, and compares the answers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DatabaseSession, json } from "../../../lib/database.ts";
import { advanceClock } from "../../support/clock.ts";
import { type Action, NAMES, type Pick, QUEUES } from "./actions.ts";
import type { Token } from "./ends.ts";
import { both, same } from "./calls.ts";
import type { Model } from "./model.ts";
import {
  cancelTask,
  cancelTasks,
  cancelWorkflow,
  purge,
  releaseClaims,
  replay,
  retry,
  retryTasks,
  setPriority,
  unblockTasks,
} from "./operations.ts";
import { KnownReservations, playForget, playReserve, playReserved } from "./reserving.ts";
import { prune } from "./retention.ts";
import { type Place, playGraph, playSpawn } from "./spawning.ts";
import { Tokens } from "./tokens.ts";
import { Refused, type Task } from "./types.ts";
import { playBeat, playClaim, playEnd, playRecovery, playWork } from "./working.ts";

const BULK = {
  "cancel_tasks": cancelTasks,
  "retry_tasks": retryTasks,
  "release_claims": releaseClaims,
  "unblock_tasks": unblockTasks,
};

function nameOf(name: number | null): string | null {
  return name === null ? null : NAMES[name];
}

/** Plays actions one after the other. */
export class Player {
  /** What was done, for whoever reads a failure. */
  readonly story: string[] = [];
  readonly #place: Place;
  readonly #session: DatabaseSession;
  readonly #model: Model;
  readonly #tokens = new Tokens();
  readonly #reservations = new KnownReservations();

  /** Plays on a session and on a model that are in the same state. */
  constructor(session: DatabaseSession, model: Model) {
    this.#session = session;
    this.#model = model;
    this.#place = { session, model, task: (pick) => this.#task(pick) };
  }

  /**
   * Plays one action.
   *
   * @returns Whether the schema refused it, as the model said it would.
   * @throws AssertionError when the answers differ.
   */
  async play(action: Action): Promise<boolean> {
    this.story.push(JSON.stringify(action));
    try {
      await this.#play(action);
      return false;
    } catch (error) {
      if (error instanceof Refused) return true;
      throw error;
    }
  }

  async #play(action: Action): Promise<void> {
    switch (action.type) {
      case "spawn":
        return await playSpawn(this.#place, action);
      case "graph":
        return await playGraph(this.#place, action);
      case "claim":
        return void await playClaim(this.#place, this.#tokens, action);
      case "reserve":
        return await playReserve(this.#place, this.#known, { ...action, queue: QUEUES[action.queue] });
      case "reserved":
        return await playReserved(this.#place, this.#known, action);
      case "forget":
        return await playForget(this.#place, action);
      case "work":
        return await playWork(this.#place, this.#tokens, action);
      case "complete":
      case "fail":
      case "release":
      case "acknowledge":
        return await playEnd(this.#place, this.#picked(action.picks), action);
      case "beat":
        return await playBeat(this.#place, this.#tokens, action);
      case "recover":
        return await playRecovery(this.#place);
      case "silence":
        // No worker beats for as long as both looks of a recovery need.
        for (const sec of [121, 31]) {
          await this.#advance(sec);
          await playRecovery(this.#place);
        }
        return;
      case "advance":
        return await this.#advance(action.sec);
      case "pause":
      case "resume": {
        const queue = QUEUES[action.queue];
        const change = () => this.#model[action.type](queue);
        return void await same(this.#session, `${action.type}_queue`, { "queue_name": queue }, change);
      }
      case "priority": {
        const task = this.#task(action.pick);
        if (!task) return;
        const { priority } = action;
        return await same(
          this.#session,
          "set_priority",
          { "task_id": task.id, priority },
          () => setPriority(task, priority),
        );
      }
      case "bulk":
        return await this.#bulk(action);
      case "limit": {
        const [queue, name] = [action.queue === null ? null : QUEUES[action.queue], nameOf(action.name)];
        const args = { "max_claims": action.max, "queue_name": queue, "task_name": name };
        return await same(this.#session, "set_limit", args, () => this.#model.limit(queue, name, action.max));
      }
      case "prune": {
        const [{ rows: [row], answer }] = await both(
          this.#session,
          "prune",
          { "older_than_sec": action.sec },
          () => prune(this.#model, action.sec * 1000),
        );
        assert.deepEqual([row.tasks, row.workflows], [answer.tasks, answer.workflows]);
        return;
      }
      default:
        return await this.#operate(action);
    }
  }

  get #known(): { claims: Tokens; reservations: KnownReservations } {
    return { claims: this.#tokens, reservations: this.#reservations };
  }

  #picked(picks: readonly Pick[]): Token[] {
    return [...new Set(picks.map((pick) => this.#tokens.pick(pick)).filter((one) => one !== undefined))];
  }

  async #advance(sec: number): Promise<void> {
    await advanceClock(this.#session, sec);
    this.#model.now += sec * 1000;
  }

  async #bulk({ verb, picks }: Extract<Action, { type: "bulk" }>): Promise<void> {
    const tasks = [...new Set(picks.map((pick) => this.#task(pick)).filter((task) => task !== undefined))];
    const [{ rows, answer }] = await both(
      this.#session,
      verb,
      { "task_ids": tasks.map(({ id }) => id) },
      () => BULK[verb](this.#model, tasks),
    );
    assert.deepEqual(
      rows.map((row) => [row.task_id, row.outcome]),
      tasks.map((task) => [task.id, answer.includes(task) ? "ok" : "skipped"]),
    );
  }

  async #operate(
    action: Extract<Action, { type: "cancel" | "cancelWorkflow" | "retry" | "replay" | "purge" }>,
  ): Promise<void> {
    const model = this.#model;
    if (action.type === "cancelWorkflow") {
      const kept = model.workflows.filter(({ pruned }) => !pruned);
      const workflow = kept[action.pick % kept.length];
      if (!workflow) return;
      return await same(
        this.#session,
        "cancel_workflow",
        { "workflow_id": workflow.id },
        () => cancelWorkflow(model, workflow),
      );
    }
    if (action.type === "cancel" || action.type === "retry") {
      const task = this.#task(action.pick);
      if (!task) return;
      const args = { "task_id": task.id };
      if (action.type === "cancel") {
        return await same(this.#session, "cancel_task", args, () => cancelTask(model, task));
      }
      return await same(this.#session, "retry_task", args, () => retry(model, task), false);
    }
    const queue = action.queue === null ? undefined : QUEUES[action.queue];
    const task = action.type === "replay" && action.pick !== null ? this.#task(action.pick) : undefined;
    const filter = json({
      ...(queue && { "queue_name": queue }),
      ...(task && { "task_ids": [task.id] }),
      ...(!queue && !task && { all: true }),
      ...(action.type === "purge" && action.replayed && { "include_replayed": true }),
    });
    const [{ rows, answer }] = await both(
      this.#session,
      `${action.type}_dead_letters`,
      { filter },
      () =>
        action.type === "replay"
          ? replay(model, { queue, task })
          : purge(model, { queue, replayed: action.replayed }),
    );
    const ids = rows.map((row) => row[`${action.type}_dead_letters`]);
    assert.deepEqual(ids.toSorted(), answer.map(({ id }) => id).toSorted());
  }

  /** A task by number. */
  #task(pick: Pick): Task | undefined {
    const tasks = this.#model.kept();
    return tasks[pick % tasks.length];
  }
}
