/**
 * How far the steps of a workflow are, while somebody waits for it.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";
import type { CliContext } from "./context.ts";
import { tell } from "./errors.ts";
import { duration, ellipsis } from "./format.ts";
import { LiveLines, progressBar } from "./live.ts";
import { canDraw, paint, printable, type Style } from "./output.ts";
import { stepName, treeLines } from "./tree.ts";

/** Shows the steps of a workflow, or a task alone, on stderr until it is disposed of. */
export interface StepsView extends Disposable {
  /** Shows the steps as they are now. */
  update(steps: readonly Task[]): void;
}

/** A view that fits where stderr goes: drawn in place on a terminal that can, a line for each change elsewhere. */
export function viewSteps(context: CliContext): StepsView {
  return canDraw(context, "stderr") ? new LiveView(context) : new LineView(context);
}

/** So that the time of a running step moves. */
const REDRAW_MS = 1000;

const MARKS: Readonly<Record<string, [mark: string, style: Style]>> = {
  completed: ["✔", "green"],
  failed: ["✘", "red"],
  cancelled: ["–", "gray"],
  claimed: ["▶", "yellow"],
};

class LiveView implements StepsView {
  #context: CliContext;
  #lines: LiveLines;
  #redraw: ReturnType<typeof setInterval>;
  #steps: readonly Task[] = [];

  constructor(context: CliContext) {
    this.#context = context;
    this.#lines = new LiveLines(context);
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
    // an interrupted command does not wait for what waits, and must not leave the cursor hidden
    context.signal.addEventListener("abort", this.#end, { once: true });
  }

  update(steps: readonly Task[]): void {
    this.#steps = steps;
    this.#draw();
  }

  [Symbol.dispose](): void {
    this.#context.signal.removeEventListener("abort", this.#end);
    this.#end();
  }

  #end = () => {
    clearInterval(this.#redraw);
    this.#lines[Symbol.dispose]();
  };

  #draw(): void {
    const lines = treeLines(this.#steps);
    const width = lines.reduce(
      (widest, { prefix, step }) => Math.max(widest, prefix.length + stepName(step).length),
      0,
    );
    this.#lines.draw(lines.map(({ step, prefix, after }) => {
      const [mark, style] = MARKS[step.status] ?? ["·", "gray"];
      const branch = paint(this.#context, "stderr", "gray", prefix);
      const name = stepName(step).padEnd(width - prefix.length);
      const words = after.length > 0 && step.status === "pending"
        ? `${describe(step)} (after ${after.join(", ")})`
        : describe(step);
      return `${branch}${paint(this.#context, "stderr", style, mark)} ${name}  ${words}`;
    }));
  }
}

class LineView implements StepsView {
  #context: CliContext;
  #told = new Map<string, string>();

  constructor(context: CliContext) {
    this.#context = context;
  }

  update(steps: readonly Task[]): void {
    for (const step of steps) this.#tellChange(step);
  }

  [Symbol.dispose](): void {}

  /** Progress within an attempt is left out, and that a step waits for its first one. */
  #tellChange(step: Task): void {
    const change = `${step.status} ${step.attempt}`;
    const isNews = this.#told.get(step.taskId) !== change && (step.status !== "pending" || step.attempt > 0);
    this.#told.set(step.taskId, change);
    if (!isNews) return;
    const words = step.status === "claimed" ? `runs, attempt ${step.attempt}` : describe(step);
    tell(this.#context, `${stepName(step)}: ${words}`);
  }
}

const ERROR_LENGTH = 200;

function describe(step: Task): string {
  const error = printable(ellipsis(step.error ?? "no message", ERROR_LENGTH));
  switch (step.status) {
    case "completed":
      return `completed in ${timeSinceClaim(step)}`;
    case "failed":
      return `failed: ${error}`;
    case "claimed":
      return describeRun(step);
    case "pending":
      return step.error === null ? step.state : `waits for another attempt after: ${error}`;
    default:
      return step.state;
  }
}

function describeRun(step: Task): string {
  if (!step.progress) return `running for ${timeSinceClaim(step)}`;
  const { fraction, message } = step.progress;
  const percent = `${Math.round(fraction * 100)}%`.padStart(4);
  return `${progressBar(fraction)} ${percent} ${timeSinceClaim(step)}  ${printable(message ?? "")}`.trimEnd();
}

function timeSinceClaim({ claimedAt, finishedAt }: Task): string {
  return claimedAt ? duration((finishedAt ?? new Date()).getTime() - claimedAt.getTime()) : "no time";
}
