/**
 * Metrics for Prometheus. Gauges are asked of the database when somebody scrapes; counters and histograms come from the
 * events, from the server's start on.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EventDocument } from "../events/log.ts";
import type { FeedEntry } from "./feed.ts";
import { TASK_STATES } from "../task.ts";
import type { QueueStatsDocument } from "./messages.ts";

/** What only the server knows. */
export interface ServerState {
  /** WebSocket clients. */
  readonly clients: number;
  /** Clients that were cut off. */
  readonly slowClients: number;
  /** Position of the last event. */
  readonly cursor: number;
}

/** A worker, as `list_workers` tells it. */
export interface WorkerDocument {
  /** Whether it beats. */
  readonly live: boolean;
  /** Tasks at a time. */
  readonly concurrency: number | null;
  /** Tasks that it runs. */
  readonly tasks: readonly unknown[];
  /** How many more it has reserved. */
  readonly reserved: number;
}

const SECONDS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
/** Names of tasks are the users' own: more than these are told as one. */
const MAX_NAMES = 200;
/** Tasks whose last change is remembered, to measure how long they wait and run. */
const MAX_TASKS = 100_000;

interface Change {
  readonly status: string;
  readonly atMs: number;
}

/** The metrics of a server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #names = new Set<string>();
  readonly #last = new Map<string, Change>();
  readonly #tasks = this.#gauge("absurd_tasks", "Tasks by state", ["queue", "state"]);
  readonly #oldest = this.#gauge("absurd_oldest_ready_age_seconds", "Age of the oldest ready task", [
    "queue",
  ]);
  readonly #paused = this.#gauge("absurd_queue_paused", "Whether the queue is paused", ["queue"]);
  readonly #deadLetters = this.#gauge("absurd_dead_letters", "Dead letters that wait for an operator", [
    "queue",
  ]);
  readonly #workers = this.#gauge("absurd_workers", "Registered workers", ["live"]);
  readonly #slots = this.#gauge("absurd_worker_slots", "Tasks that live workers can run at a time", ["used"]);
  readonly #cursor = this.#gauge("absurd_event_cursor", "Position of the last event", []);
  readonly #clients = this.#gauge("absurd_websocket_clients", "Connected WebSocket clients", []);
  readonly #slow = this.#gauge(
    "absurd_websocket_slow_clients",
    "Clients that were cut off since the start",
    [],
  );
  readonly #changes = new Counter({
    name: "absurd_task_changes_total",
    help: "Changes of status",
    labelNames: ["queue", "task_name", "status"],
    registers: [this.#registry],
  });
  readonly #retries = new Counter({
    name: "absurd_task_retries_total",
    help: "Attempts that ended badly and are tried again",
    labelNames: ["queue", "task_name"],
    registers: [this.#registry],
  });
  readonly #wait = this.#histogram(
    "absurd_task_wait_seconds",
    "From being pending (or due) to being claimed",
  );
  readonly #run = this.#histogram("absurd_task_run_seconds", "From being claimed to the end of the attempt");
  readonly #lag = new Histogram({
    name: "absurd_event_lag_seconds",
    help: "From a change, by the database's clock, to its arrival here, by this machine's",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.#registry],
  });

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string): Histogram {
    return new Histogram({
      name,
      help,
      labelNames: ["queue", "task_name"],
      buckets: SECONDS,
      registers: [this.#registry],
    });
  }

  /** Counts events that have just come. */
  observe(entries: readonly FeedEntry[]): void {
    const nowMs = Date.now();
    for (const { event } of entries) {
      this.#lag.observe(Math.max(0, nowMs - Date.parse(event.created_at)) / 1000);
      if (event.kind === "task") this.#observeChange(event);
    }
  }

  #observeChange(event: EventDocument): void {
    const { task_id: id, queue_name: queue, status, detail } = event;
    if (id === null) return;
    const atMs = Date.parse(event.created_at);
    const labels = { queue, "task_name": this.#name(event.task_name ?? "") };
    this.#changes.inc({ ...labels, status });
    const before = this.#last.get(id);
    if (status === "claimed" && before?.status === "pending") {
      this.#wait.observe(labels, Math.max(0, atMs - before.atMs) / 1000);
    }
    if (before?.status === "claimed") this.#run.observe(labels, Math.max(0, atMs - before.atMs) / 1000);
    if (status === "pending" && typeof detail?.error_reason === "string") this.#retries.inc(labels);
    this.#remember(id, {
      status,
      atMs: typeof detail?.run_at === "string" ? Date.parse(detail.run_at) : atMs,
    });
  }

  #remember(id: string, change: Change): void {
    this.#last.delete(id);
    if (change.status !== "pending" && change.status !== "claimed") return;
    this.#last.set(id, change);
    if (this.#last.size > MAX_TASKS) this.#last.delete(this.#last.keys().next().value!);
  }

  #name(name: string): string {
    if (!this.#names.has(name) && this.#names.size >= MAX_NAMES) return "other";
    this.#names.add(name);
    return name;
  }

  /** The metrics as text. */
  async text(
    now: Date,
    stats: readonly QueueStatsDocument[],
    workers: readonly WorkerDocument[],
    server: ServerState,
  ): Promise<string> {
    for (const gauge of [this.#tasks, this.#oldest, this.#paused, this.#deadLetters]) gauge.reset();
    for (const one of stats) {
      const labels = { queue: one.queue_name };
      for (const state of TASK_STATES) this.#tasks.set({ ...labels, state }, one[state] as number);
      const oldest = one.oldest_ready_at as Date | null;
      this.#oldest.set(labels, oldest === null ? 0 : Math.max(0, now.getTime() - oldest.getTime()) / 1000);
      this.#paused.set(labels, one.paused ? 1 : 0);
      this.#deadLetters.set(labels, one.dead_letters as number);
    }
    const live = workers.filter((worker) => worker.live);
    this.#workers.set({ live: "true" }, live.length);
    this.#workers.set({ live: "false" }, workers.length - live.length);
    const used = live.reduce((sum, { tasks, reserved }) => sum + tasks.length + reserved, 0);
    const slots = live.reduce((sum, { concurrency }) => sum + (concurrency ?? 0), 0);
    this.#slots.set({ used: "true" }, used);
    this.#slots.set({ used: "false" }, Math.max(0, slots - used));
    this.#cursor.set(server.cursor);
    this.#clients.set(server.clients);
    this.#slow.set(server.slowClients);
    return await this.#registry.metrics();
  }

  /** Media type of the text. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}
