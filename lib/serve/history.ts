/**
 * The numbers of queues over the last hour, for charts: asked at fixed intervals, as long as the server runs.
 *
 * @module
 */

import { TASK_STATES } from "../task.ts";
import type { QueueStatsDocument } from "./messages.ts";

const MAX_SAMPLES = 720;
const MAX_QUEUES = 100;

/** Samples of all queues. */
export class History {
  readonly #times: number[] = [];
  readonly #queues = new Map<string, (number | null)[][]>();

  /** Adds a sample. */
  add(time: Date, stats: readonly QueueStatsDocument[]): void {
    this.#times.push(Math.round(time.getTime() / 100) / 10);
    for (const one of stats) {
      if (!this.#queues.has(one.queue_name) && this.#queues.size < MAX_QUEUES) {
        this.#queues.set(one.queue_name, TASK_STATES.map(() => this.#times.slice(1).map(() => null)));
      }
    }
    const byName = new Map(stats.map((one) => [one.queue_name, one]));
    for (const [name, series] of this.#queues) {
      TASK_STATES.forEach((key, index) =>
        series[index].push((byName.get(name)?.[key] as number | undefined) ?? null)
      );
    }
    if (this.#times.length <= MAX_SAMPLES) return;
    this.#times.shift();
    for (const series of this.#queues.values()) series.forEach((values) => values.shift());
  }

  /** `{times: [s], queues: {name: {ready: […], …}}}`; times in seconds since 1970, `completed` and the like count up. */
  document(): unknown {
    const queues = [...this.#queues].map(([name, series]) => [
      name,
      Object.fromEntries(TASK_STATES.map((key, index) => [key, series[index]])),
    ]);
    return { times: this.#times, queues: Object.fromEntries(queues) };
  }
}
