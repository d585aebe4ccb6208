/**
 * How far the steps of a workflow are, while somebody waits for it.
 *
 * @module
 */

import type { Task, Workflow } from "@dsa110/absurd";
import type { CliContext } from "./context.ts";
import { tell } from "./errors.ts";
import { duration, ellipsis } from "./format.ts";
import { LiveLines, progressBar } from "./live.ts";
import { paint, printable, type Style } from "./output.ts";

/** So that the time of a running step moves. */
const REDRAW_MS = 1000;

const MARKS: Readonly<Record<string, [mark: string, style: Style]>> = {
  completed: ["✔", "green"],
  failed: ["✘", "red"],
  cancelled: ["–", "gray"],
  claimed: ["▶", "yellow"],
};

/** Shows steps on stderr: lines drawn in place on a terminal, a line for each change elsewhere. */
export class WorkflowProgress implements Disposable {
  #context: CliContext;
  #live: LiveLines | undefined;
  #redraw: ReturnType<typeof setInterval> | undefined;
  #workflow: Workflow | undefined;
  #told = new Map<string, string>();

  /** Shows nothing until the first update. */
  constructor(context: CliContext) {
    this.#context = context;
    if (!context.isTerminal.stderr) return;
    this.#live = new LiveLines(context);
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** Shows the steps as they are now. */
  update(workflow: Workflow): void {
    this.#workflow = workflow;
    if (this.#live) this.#draw();
    else for (const step of workflow.steps) this.#tellChange(step);
  }

  /** Ends the drawing; what was shown last stays. */
  [Symbol.dispose](): void {
    clearInterval(this.#redraw);
    this.#live?.[Symbol.dispose]();
  }

  #draw(): void {
    if (!this.#workflow) return;
    const width = Math.max(...this.#workflow.steps.map((step) => stepName(step).length));
    this.#live?.draw(this.#workflow.steps.map((step) => this.#line(step, width)));
  }

  #line(step: Task, width: number): string {
    const [mark, style] = MARKS[step.status] ?? ["·", "gray"];
    return `${paint(this.#context, "stderr", style, mark)} ${stepName(step).padEnd(width)}  ${
      describe(step)
    }`;
  }

  #tellChange(step: Task): void {
    const { status, attempt } = step;
    const change = `${status} ${attempt}`;
    const isNews = this.#told.get(step.taskId) !== change && (status !== "pending" || attempt > 0);
    this.#told.set(step.taskId, change);
    if (isNews) tell(this.#context, `${stepName(step)}: ${describe(step)}`);
  }
}

function stepName(step: Task): string {
  return step.stepName ?? step.taskName;
}

function describe(step: Task): string {
  const sinceClaim = step.claimedAt
    ? duration((step.finishedAt ?? new Date()).getTime() - step.claimedAt.getTime())
    : "";
  if (step.status === "completed") return `completed in ${sinceClaim}`;
  if (step.status === "failed" || step.status === "pending" && step.error) {
    return printable(`${step.state}: ${ellipsis(step.error ?? "", 200)}`);
  }
  if (step.status !== "claimed") return step.state;
  if (!step.progress) return `running for ${sinceClaim}`;
  const { fraction, message } = step.progress;
  const percent = `${Math.round(fraction * 100)}%`.padStart(4);
  return `${progressBar(fraction)} ${percent} ${sinceClaim}  ${printable(message ?? "")}`.trimEnd();
}
