/**
 * How the demo shows the steps of its chain while they run.
 *
 * @module
 */

import process from "node:process";
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type { WorkerEvent } from "@dsa110/absurd/worker";
import type { CliContext } from "../../cli/context.ts";

/** Bars on a terminal; elsewhere a line for each change of a step. */
export class Progress implements Disposable {
  readonly #context: CliContext;
  readonly #nameOf: ReadonlyMap<string, string>;
  readonly #bars?: MultiBar;
  readonly #barOf = new Map<string, SingleBar>();

  /** Takes the steps as `[name, task id]`, in order. */
  constructor(context: CliContext, steps: [name: string, taskId: string][]) {
    this.#context = context;
    this.#nameOf = new Map(steps.map(([name, taskId]) => [taskId, name.padEnd(14)]));
    if (!context.isTerminal.stderr) return;
    const format = "{name} {bar} {percentage}%  {message}";
    this.#bars = new MultiBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_grey);
    for (const [taskId, name] of this.#nameOf) {
      this.#barOf.set(taskId, this.#bars.create(1, 0, { name, message: "" }));
    }
  }

  /** Shows one event of the worker. */
  show(event: WorkerEvent): void {
    const name = "taskId" in event && this.#nameOf.get(event.taskId);
    if (!name) return;
    const bar = this.#barOf.get(event.taskId);
    if (event.type === "progress") bar?.update(event.fraction, { message: event.message ?? "" });
    else if (bar) bar.update(event.type === "completed" ? 1 : 0, { message: event.type });
    else this.#context.stderr.write(`${name} ${event.type}\n`);
  }

  /** Leaves the terminal as it was. */
  [Symbol.dispose](): void {
    this.#bars?.stop();
  }
}
