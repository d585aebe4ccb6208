/** How the demo shows the steps of its chain while they run. */

import process from "node:process";
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type { WorkerEvent } from "@dsa110/absurd/worker";

/** Bars on a terminal; elsewhere one line a step. */
export class Progress {
  readonly #names: Map<string, string>;
  readonly #bars?: MultiBar;
  readonly #barOf = new Map<string, SingleBar>();

  /** Takes the steps as `[name, task id]`, in order. */
  constructor(steps: [name: string, taskId: string][]) {
    this.#names = new Map(steps.map(([name, taskId]) => [taskId, name]));
    if (!Deno.stdout.isTerminal()) return;
    const format = "{name} {bar} {percentage}% {message}";
    this.#bars = new MultiBar({ format, hideCursor: true, stream: process.stdout }, Presets.shades_grey);
    for (const [name, taskId] of steps) {
      this.#barOf.set(taskId, this.#bars.create(1, 0, { name: name.padEnd(14), message: "" }));
    }
  }

  /** Shows one event of the worker. */
  show(event: WorkerEvent): void {
    if (!("taskId" in event) || !this.#names.has(event.taskId)) return;
    const bar = this.#barOf.get(event.taskId);
    switch (event.type) {
      case "progress":
        bar?.update(event.fraction, { message: event.message ?? "" });
        break;
      case "completed":
        bar?.update(1, { message: "completed" });
        break;
      default:
        bar?.update({ message: event.type });
    }
    if (!bar && event.type !== "progress") {
      console.log(`${this.#names.get(event.taskId)!.padEnd(14)} ${event.type}`);
    }
  }

  /** Leaves the terminal as it was. */
  stop(): void {
    this.#bars?.stop();
    console.log();
  }
}
