/**
 * Plays one action on the schema and on the model, and compares the answers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DatabaseSession, json } from "../../../lib/database.ts";
import { AbsurdError } from "../../../lib/errors.ts";
import { advanceClock } from "../../support/clock.ts";
import { type Action, NAMES, type Pick, QUEUES, WORKERS } from "./actions.ts";
import { acknowledge, beat, complete, fail, recover, release, type Token } from "./ends.ts";
import type { Model, SpawnRequest, StepRequest } from "./model.ts";
import { cancelTask, cancelWorkflow, purge, replay, retry, setPriority } from "./operations.ts";
import { prune } from "./retention.ts";
import { KEY_WINDOW_MS, Refused, type Task } from "./types.ts";

// deno-lint-ignore no-explicit-any -- rows of many shapes; a column that is missing fails the comparison
type Row = Record<string, any>;

const UNKNOWN = "00000000-0000-7000-8000-000000000000";

function nameOf(name: number | null): string | null {
  return name === null ? null : NAMES[name];
}

/** Plays actions one after the other. */
export class Player {
  /** What was done, for whoever reads a failure. */
  readonly story: string[] = [];
  readonly #session: DatabaseSession;
  readonly #model: Model;
  /** Every claim there ever was, the newest last. */
  readonly #tokens: (Token & { worker: string })[] = [];

  /** Plays on a session and on a model that are in the same state. */
  constructor(session: DatabaseSession, model: Model) {
    this.#session = session;
    this.#model = model;
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
        return await this.#spawn(action);
      case "graph":
        return await this.#graph(action);
      case "claim":
        return await this.#claim(action);
      case "complete":
      case "fail":
      case "release":
      case "acknowledge":
        return await this.#end(action);
      case "beat":
        return await this.#beat(action);
      case "recover":
        return await this.#recover();
      case "silence":
        // No worker beats for as long as both looks of a recovery need.
        for (const sec of [121, 31]) {
          await this.#advance(sec);
          await this.#recover();
        }
        return;
      case "advance":
        return await this.#advance(action.sec);
      case "pause":
        await this.#same(
          "pause_queue",
          { "queue_name": QUEUES[action.queue] },
          () => this.#model.pause(QUEUES[action.queue]),
        );
        return;
      case "resume":
        await this.#same(
          "resume_queue",
          { "queue_name": QUEUES[action.queue] },
          () => this.#model.resume(QUEUES[action.queue]),
        );
        return;
      case "priority": {
        const task = this.#task(action.pick);
        if (!task) return;
        const { priority } = action;
        return await this.#same(
          "set_priority",
          { "task_id": task.id, priority },
          () => setPriority(task, priority),
        );
      }
      case "limit": {
        const [queue, name] = [action.queue === null ? null : QUEUES[action.queue], nameOf(action.name)];
        const args = { "max_claims": action.max, "queue_name": queue, "task_name": name };
        return await this.#same("set_limit", args, () => this.#model.limit(queue, name, action.max));
      }
      case "prune": {
        const [{ rows: [row], answer }] = await this.#both(
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

  async #advance(sec: number): Promise<void> {
    await advanceClock(this.#session, sec);
    this.#model.now += sec * 1000;
  }

  async #spawn(action: Extract<Action, { type: "spawn" }>): Promise<void> {
    const parents = action.parents.map((pick) => pick < 0 ? null : this.#task(pick) ?? null);
    const request: SpawnRequest = {
      ...action,
      queue: QUEUES[action.queue],
      name: NAMES[action.name],
      delayMs: action.delaySec * 1000,
      parents,
    };
    const options = {
      priority: action.priority,
      ...(action.delaySec > 0 && { "delay_sec": action.delaySec }),
      "dlq_enabled": action.dlq,
      ...(action.retries !== null && { "max_retries": action.retries }),
      ...(action.key !== null && { key: action.key, "key_window_sec": KEY_WINDOW_MS[action.key] / 1000 }),
      ...(parents.length > 0 && {
        "depends_on": parents.map((parent) => parent?.id ?? UNKNOWN),
        "on_parent_failure": action.policy,
      }),
    };
    const args = {
      "queue_name": request.queue,
      "task_name": request.name,
      params: json({}),
      options: json(options),
    };
    const [{ rows: [row], answer }] = await this.#both(
      "spawn_task",
      args,
      (rows) => this.#model.spawn(request, () => rows![0].task_id),
    );
    assert.deepEqual([row.task_id, row.created], [answer.task.id, answer.created]);
  }

  async #graph({ queue, key, steps, outside }: Extract<Action, { type: "graph" }>): Promise<void> {
    // A graph with a key stands alone: what frees its key then lies within it.
    const parent = outside === null || key !== null ? undefined : this.#task(outside);
    const requests: StepRequest[] = steps.map(({ parents, retries }, index) => ({
      name: `step${index}`,
      retries,
      parents: [
        ...parents.slice(0, index).flatMap((policy, on) => policy === null ? [] : [{ on, policy }]),
        ...(parent && index === 0 ? [{ on: parent, policy: parents[0] ?? "cancel" }] : []),
      ],
    }));
    const document = {
      name: "graph",
      "queue_name": QUEUES[queue],
      ...(key !== null && { key, "key_window_sec": KEY_WINDOW_MS[key] / 1000 }),
      steps: requests.map(({ name, retries, parents }) => ({
        name,
        "task_name": name,
        ...(retries !== null && { "max_retries": retries }),
        "depends_on": parents.map(({ on, policy }) => ({
          ...(typeof on === "number" ? { step: `step${on}` } : { "task_id": on.id }),
          "on_parent_failure": policy,
        })),
      })),
    };
    const [{ rows, answer }] = await this.#both(
      "spawn_workflow",
      { workflow: json(document) },
      (found) =>
        this.#model.spawnGraph({ queue: QUEUES[queue], key, steps: requests }, () => ({
          workflow: found![0].workflow_id,
          tasks: found!.map((row) => row.task_id),
        })),
    );
    assert.deepEqual(
      rows.map((row) => [row.workflow_id, row.created, row.step_name, row.task_id]),
      answer.workflow.steps.filter(({ pruned }) => !pruned).map((step) => [
        answer.workflow.id,
        answer.created,
        step.step,
        step.id,
      ]),
    );
  }

  async #claim({ worker, queues, limit, names, retries }: Extract<Action, { type: "claim" }>): Promise<void> {
    const request = { worker: WORKERS[worker], queues, limit, names, retries };
    const [{ rows, answer }] = await this.#both("claim_tasks", {
      "worker_id": request.worker,
      "queue_names": queues,
      limit,
      ...(names && { "task_names": names }),
      settings: json({ defaults: { "max_retries": retries } }),
    }, () => this.#model.claim(request));
    assert.deepEqual(
      rows.map((row) => [row.task_id, row.attempt, row.max_retries, row.inputs]),
      answer.map(({ task, attempt, inputs }) => [task.id, attempt, task.maxRetries, inputs]),
    );
    for (const { task, attempt } of answer) this.#tokens.push({ task, attempt, worker: request.worker });
  }

  async #end(
    action: Extract<Action, { type: "complete" | "fail" | "release" | "acknowledge" }>,
  ): Promise<void> {
    const tokens = [
      ...new Set(action.picks.map((pick) => this.#token(pick)).filter((one) => one !== undefined)),
    ];
    const results = tokens.map(({ attempt, task }) => ({ of: task.age, attempt })); // in the order of jsonb;
    const outcomes = tokens.map(({ task, attempt }, index) => ({
      "task_id": task.id,
      attempt,
      ...(action.type === "complete" && { result: results[index] }),
      ...(action.type === "fail" &&
        { permanent: action.permanent, "not_now": action.notNow, message: "boom" }),
    }));
    const model = this.#model;
    const [{ rows, answer }] = await this.#both(
      `${action.type}_tasks`,
      { outcomes: json(outcomes) },
      () =>
        tokens.map((token, index) => {
          if (action.type === "complete") return complete(model, token, results[index]);
          if (action.type === "fail") return fail(model, token, action);
          return action.type === "release" ? release(model, token) : acknowledge(token);
        }),
    );
    assert.deepEqual(
      rows.map((row) => [row.task_id, row.attempt, row.outcome]),
      tokens.map(({ task, attempt }, index) => [task.id, attempt, answer[index]]),
    );
  }

  async #beat({ worker, all }: Extract<Action, { type: "beat" }>): Promise<void> {
    const mine = this.#tokens.filter((token) => token.worker === WORKERS[worker] && !token.task.pruned);
    const tokens = all ? mine : mine.slice(-4);
    const [{ rows, answer }] = await this.#both("heartbeat_worker", {
      "worker_id": WORKERS[worker],
      claims: json(tokens.map(({ task, attempt }) => ({ "task_id": task.id, attempt }))),
    }, () => beat(this.#model, tokens));
    assert.deepEqual(
      rows.map((row) => `${row.task_id} ${row.attempt} ${row.verdict}`).toSorted(),
      tokens.flatMap(({ task, attempt }, index) =>
        answer[index] === null ? [] : [`${task.id} ${attempt} ${answer[index]}`]
      ).toSorted(),
    );
  }

  async #recover(): Promise<void> {
    const [{ rows, answer }] = await this.#both("recover_claims", {}, () => recover(this.#model));
    assert.deepEqual(
      rows.map((row) => `${row.task_id} ${row.attempt} ${row.status}`).toSorted(),
      answer.map(({ task, attempt }) => `${task.id} ${attempt} ${task.status}`).toSorted(),
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
      return await this.#same(
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
        return await this.#same("cancel_task", args, () => cancelTask(model, task));
      }
      return await this.#same("retry_task", args, () => retry(model, task), false);
    }
    const queue = action.queue === null ? undefined : QUEUES[action.queue];
    const task = action.type === "replay" && action.pick !== null ? this.#task(action.pick) : undefined;
    const filter = json({
      ...(queue && { "queue_name": queue }),
      ...(task && { "task_ids": [task.id] }),
      ...(!queue && !task && { all: true }),
      ...(action.type === "purge" && action.replayed && { "include_replayed": true }),
    });
    const [{ rows, answer }] = await this.#both(
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

  /** A claim by number: mostly a live one, now and then one that is over, best of a task that was claimed again. */
  #token(pick: Pick): Token | undefined {
    const tokens = this.#tokens.filter(({ task }) => !task.pruned);
    const claimed = tokens.filter(({ task }) => task.status === "claimed");
    const live = claimed.filter(({ task, attempt }) => task.attempt === attempt);
    const superseded = claimed.filter(({ task, attempt }) => task.attempt !== attempt);
    const order = [live, live, live, superseded, tokens];
    const from = [order[pick % order.length], live, tokens].find(({ length }) => length > 0) ?? [];
    return from[Math.floor(pick / order.length) % from.length];
  }

  /** Calls a function that answers with one value, which has to be the model's. */
  async #same(
    name: string,
    args: Parameters<DatabaseSession["call"]>[1],
    expect: () => unknown,
    compared = true,
  ): Promise<void> {
    const [{ rows, answer }] = await this.#both(name, args, expect);
    if (compared && answer !== undefined) assert.equal(rows[0][name], answer);
  }

  /** Calls a function, and lets the model do the same: both answer, or both refuse for the same reason. */
  async #both<T>(
    name: string,
    args: Parameters<DatabaseSession["call"]>[1],
    expect: (rows?: Row[]) => T,
  ): Promise<[{ rows: Row[]; answer: T }]> {
    let rows: Row[] | undefined;
    let refusal: AbsurdError | undefined;
    try {
      rows = await this.#session.call<Row>(name, args);
    } catch (error) {
      if (!(error instanceof AbsurdError)) throw error;
      refusal = error;
    }
    try {
      const answer = expect(rows);
      assert.ok(rows, `${name} was refused: ${refusal?.sqlState} ${refusal?.message}`);
      return [{ rows, answer }];
    } catch (error) {
      if (!(error instanceof Refused)) throw refusal ?? error;
      assert.ok(refusal, `${name} was not refused with ${error.sqlState}: ${JSON.stringify(rows)}`);
      assert.equal(refusal.sqlState, error.sqlState, refusal.message);
      throw error;
    }
  }
}
