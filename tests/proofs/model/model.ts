/**
 * The queue as the design states it, in memory: spawning, claiming, pausing. The ends of attempts stand in `ends.ts`,
 * what operators do in `operations.ts`.
 *
 * @module
 */

import { behindReserved } from "./reservations.ts";
import type { Claimed, ClaimRequest, SpawnRequest, StepRequest } from "./requests.ts";
import { forbids, holdsKey, inputsOf, letsGo, stateOf, workflowStatus } from "./rules.ts";
import {
  type Edge,
  type Letter,
  type Policy,
  Refused,
  type Reservation,
  type Task,
  type Workflow,
} from "./types.ts";

/** A limit; null means any. */
export interface Limit {
  readonly queue: string | null;
  readonly name: string | null;
  readonly max: number;
}

/** The whole queue. */
export class Model {
  /** The database's time. */
  now: number;
  /** Every task, the oldest first. */
  readonly tasks: Task[] = [];
  /** Every workflow. */
  readonly workflows: Workflow[] = [];
  /** Every dead letter that was not purged. */
  letters: Letter[] = [];
  /** Which of several possible causes the schema chose for a task that was cancelled down the graph, by id. */
  readonly causes: Map<string, string> = new Map();
  /** Retention has been at work: the events of old changes may be gone. */
  forgetful = false;
  /** What workers have set aside. */
  reservations: Reservation[] = [];
  /** How many claims there may be. */
  readonly limits: Limit[] = [];
  /** Queues from which nothing is claimed. */
  readonly paused: Set<string> = new Set();
  /** Queues that exist. */
  readonly queues: Set<string> = new Set();

  /** An empty queue at a point in time. */
  constructor(now: number) {
    this.now = now;
  }

  /** The tasks that are still kept. */
  kept(): Task[] {
    return this.tasks.filter(({ pruned }) => !pruned);
  }

  /** Who holds a key. */
  holderOf(kind: "task" | "workflow", queue: string, key: string): Task | Workflow | undefined {
    const holders: (Task | Workflow)[] = kind === "task" ? this.tasks : this.workflows;
    return holders.find((one) => one.key === key && one.queue === queue && holdsKey(one, this.now));
  }

  /**
   * Spawns a task, once `idOf` tells what the schema called it.
   *
   * @returns The holder of the key when somebody holds it, else the new task.
   */
  spawn(request: SpawnRequest, idOf: () => string): { task: Task; created: boolean } {
    const { queue, key, policy } = request;
    const holder = key === null ? undefined : this.holderOf("task", queue, key);
    if (holder) return { task: holder as Task, created: false };
    const parents = [...new Set(request.parents)];
    if (parents.some((parent) => parent === null || parent.pruned)) throw new Refused("TQ001");
    const edges = (parents as Task[]).map((parent) => newEdge(parent, policy));
    if (edges.some(forbids)) throw new Refused("TQ006");
    return { task: this.#add(idOf(), request, { edges, workflow: null, step: null }), created: true };
  }

  /** Spawns a graph; a step depends on earlier steps by number, or on tasks outside. */
  spawnGraph(
    request: { queue: string; key: string | null; steps: readonly StepRequest[] },
    idsOf: () => { workflow: string; tasks: string[] },
  ): { workflow: Workflow; created: boolean } {
    const { queue, key, steps } = request;
    const holder = key === null ? undefined : this.holderOf("workflow", queue, key);
    if (holder) return { workflow: holder as Workflow, created: false };
    const outside = steps.flatMap(({ parents }) => parents).filter(({ on }) => typeof on !== "number");
    if (outside.some(({ on }) => (on as Task).pruned)) throw new Refused("TQ001");
    if (outside.some(({ on, policy }) => forbids(newEdge(on as Task, policy)))) throw new Refused("TQ006");
    const ids = idsOf();
    const workflow: Workflow = {
      id: ids.workflow,
      queue,
      key,
      steps: [],
      cancelled: false,
      finishedAt: null,
      pruned: false,
    };
    this.workflows.push(workflow);
    for (const [index, { name, retries, parents }] of steps.entries()) {
      const edges = parents.map(({ on, policy }) =>
        newEdge(typeof on === "number" ? workflow.steps[on] : on, policy)
      );
      const rest = { queue, name, retries, priority: 0, delayMs: 0, key: null, dlq: true };
      workflow.steps.push(this.#add(ids.tasks[index], rest, { edges, workflow, step: name }));
    }
    return { workflow, created: true };
  }

  /** What is ready and not reserved, in order. */
  claimable(queues: readonly string[]): Task[] {
    const reserved = new Set(this.reservations.flatMap(({ named }) => named));
    return this.kept()
      .filter((task) => queues.includes(task.queue) && !this.paused.has(task.queue))
      .filter((task) => stateOf(task, this.now) === "ready" && !reserved.has(task))
      .toSorted((a, b) => b.priority - a.priority || a.age - b.age);
  }

  /** The tasks that a claim gets, in order. */
  claim({ worker, queues, limit, names, retries }: ClaimRequest): Claimed[] {
    return this.#inTurn(queues, limit, names)
      .filter(this.#withRoom(limit))
      .map((task) => {
        task.status = "claimed";
        task.attempt++;
        task.maxRetries = task.retriesAsked ?? retries;
        task.claim = { worker, claimedAt: this.now, heartbeatAt: this.now, suspectedAt: null, ahead: false };
        return { task, attempt: task.attempt, inputs: inputsOf(task) };
      });
  }

  /** What a claim of so many goes through: of one queue without limits those behind what is reserved, if enough. */
  #inTurn(queues: readonly string[], limit: number, names: readonly string[] | null): Task[] {
    const open = queues.filter((queue) => this.queues.has(queue) && !this.paused.has(queue));
    const isPlain = names === null && this.limits.length === 0 && open.length === 1;
    const behind = isPlain ? behindReserved(this, open[0], limit) : null;
    return behind?.found ?? this.claimable(queues).filter((task) => names?.includes(task.name) ?? true);
  }

  /** Allows at most `max` claims of a queue, of a name, or of both; null takes the limit away. */
  limit(queue: string | null, name: string | null, max: number | null): void {
    const index = this.limits.findIndex((one) => one.queue === queue && one.name === name);
    if (index >= 0) this.limits.splice(index, 1);
    if (max === null) return;
    this.limits.push({ queue, name, max });
    if (queue !== null) this.queues.add(queue);
  }

  /** Takes tasks, the best first, while every limit that they are under has room. */
  #withRoom(limit: number): (task: Task) => boolean {
    const isUnder = (task: Task, { queue, name }: Limit) =>
      (queue ?? task.queue) === task.queue && (name ?? task.name) === task.name;
    const rooms = this.limits.map((one) => {
      const counted = this.tasks.filter((task) => isUnder(task, one)).flatMap(({ claim, dying }) => [
        ...(claim ? [claim] : []),
        ...dying.filter(({ leaseEndsAt }) => leaseEndsAt > this.now),
      ]);
      return { one, room: one.max - counted.length };
    });
    let taken = 0;
    return (task) => {
      const over = rooms.filter(({ one }) => isUnder(task, one));
      if (taken === limit || over.some(({ room }) => room <= 0)) return false;
      for (const place of over) place.room--;
      taken++;
      return true;
    };
  }

  /** Holds a queue back. */
  pause(queue: string): void {
    this.queues.add(queue);
    this.paused.add(queue);
  }

  /** Lets a queue go on. */
  resume(queue: string): void {
    if (!this.queues.has(queue)) throw new Refused("TQ008");
    this.paused.delete(queue);
  }

  /** Notes when workflows ended; called after each verb. */
  settle(): void {
    for (const workflow of this.workflows) {
      const running = workflowStatus(workflow) === "running";
      workflow.finishedAt = running ? null : workflow.finishedAt ?? this.now;
    }
  }

  #add(
    id: string,
    request: Omit<SpawnRequest, "parents" | "policy">,
    place: Pick<Task, "edges" | "workflow" | "step">,
  ): Task {
    const { queue, name, priority, key, dlq, retries, delayMs } = request;
    const task: Task = {
      id,
      age: this.tasks.length,
      queue,
      name,
      priority,
      key,
      dlq,
      retriesAsked: retries,
      ...place,
      plain: key === null && retries === null,
      children: [],
      status: "pending",
      notBefore: this.now + delayMs,
      failedAt: this.now,
      attempt: 0,
      failures: 0,
      notNow: 0,
      maxRetries: retries ?? 3,
      claim: null,
      dying: [],
      attempts: [],
      result: null,
      finishedAt: null,
      cascaded: false,
      pruned: false,
    };
    this.tasks.push(task);
    this.queues.add(queue);
    for (const { parent } of place.edges) parent.children.push(task);
    return task;
  }
}

function newEdge(parent: Task, policy: Policy): Edge {
  const edge = { parent, policy, satisfied: false };
  return { ...edge, satisfied: letsGo(edge) };
}
