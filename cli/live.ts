/**
 * Lines on a terminal that are drawn again in place.
 *
 * @module
 */

import type { CliContext } from "./context.ts";

const ESCAPE = "\u001b[";

/** Some lines at the end of what a terminal shows, replaced as a whole. */
export class LiveLines implements Disposable {
  #context: CliContext;
  #drawn = 0;
  #ended = false;

  /** Draws on stderr of `context`, which must be a terminal. */
  constructor(context: CliContext) {
    this.#context = context;
    context.stderr.write(`${ESCAPE}?25l`); // hide the cursor
  }

  /** Replaces what was drawn before; a line that is too long for the terminal is cut. Nothing after the end. */
  draw(lines: readonly string[]): void {
    if (this.#ended) return;
    const up = this.#drawn > 0 ? `${ESCAPE}${this.#drawn}A` : "";
    // wrapping is off while drawing: a wrapped line would be counted as one
    const text = lines.map((line) => `${line}${ESCAPE}K\n`).join("");
    this.#context.stderr.write(`${up}${ESCAPE}0J${ESCAPE}?7l${text}${ESCAPE}?7h`);
    this.#drawn = lines.length;
  }

  /** Leaves the last lines where they are, and shows the cursor again. */
  [Symbol.dispose](): void {
    if (!this.#ended) this.#context.stderr.write(`${ESCAPE}?25h`);
    this.#ended = true;
  }
}

/** A page that fills the terminal, as an editor's does: what was there before comes back at the end. */
export class Screen implements Disposable {
  #context: CliContext;
  #last: readonly string[] = [];
  #ended = false;

  /** Takes stdout of `context`, which must be a terminal. */
  constructor(context: CliContext) {
    this.#context = context;
    context.stdout.write(`${ESCAPE}?1049h${ESCAPE}?25l`);
    // an interrupted command does not wait for what waits, and must give the terminal back
    context.signal.addEventListener("abort", this.#end, { once: true });
  }

  /** Draws a page over the one before; what does not fit is left out. */
  draw(lines: readonly string[]): void {
    if (this.#ended) return;
    this.#last = lines;
    const rows = this.#context.rows() ?? lines.length;
    const page = lines.slice(0, Math.max(1, rows - 1)).map((line) => `${line}${ESCAPE}K\n`).join("");
    this.#context.stdout.write(`${ESCAPE}H${ESCAPE}?7l${page}${ESCAPE}?7h${ESCAPE}0J`);
  }

  /** Gives the terminal back, with the last page below what was there before. */
  [Symbol.dispose](): void {
    this.#context.signal.removeEventListener("abort", this.#end);
    this.#end();
  }

  #end = () => {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.stdout.write(`${ESCAPE}?1049l${ESCAPE}?25h${this.#last.join("\n")}`);
  };
}

/**
 * A bar of a fixed width.
 *
 * @param fraction How much is done, from 0 to 1.
 * @param width Characters.
 */
export function progressBar(fraction: number, width = 20): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
