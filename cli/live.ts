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
