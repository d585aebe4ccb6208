/**
 * Cells in columns, by the room that they take on a terminal.
 *
 * @module
 */

import stringWidth from "string-width";

/** Spaces between columns. */
const GAP = "  ";
/** Short cells, such as times and states, are left whole. */
const SHORTEST = 16;
const PLAIN = /^[ -~]*$/;

/** How to lay cells out. */
export interface Layout {
  /** Which columns hold numbers: they stand to the right. */
  readonly isNumeric: readonly boolean[];
  /** What a line may take; undefined = as much as it needs. */
  readonly width?: number;
}

/**
 * Lays cells out in columns. Where lines would be too wide, the widest columns are cut, but never the first, nor numbers.
 *
 * @param rows Texts, as many in each row as there are columns; they may hold codes for colours.
 * @returns A line for each row, without spaces at its end. One may still be wider than it should, when there is nothing
 *   left to cut.
 */
export function layOut(rows: readonly (readonly string[])[], { isNumeric, width }: Layout): string[] {
  const widths = isNumeric.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column])), 0)
  );
  const mayCut = isNumeric.map((numeric, column) => column > 0 && !numeric);
  if (width !== undefined) narrow(widths, mayCut, width);
  return rows.map((row) =>
    row.map((text, column) => {
      const shown = cut(text, widths[column]);
      const space = " ".repeat(Math.max(0, widths[column] - widthOf(shown)));
      return isNumeric[column] ? space + shown : shown + space;
    }).join(GAP).trimEnd()
  );
}

/** Takes from the widest column what is too much, down to the next widest, until all fit. */
function narrow(widths: number[], mayCut: readonly boolean[], width: number): void {
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  for (let excess = total() - width; excess > 0; excess--) {
    const column = widths.reduce(
      (widest, one, index) => mayCut[index] && one > (widths[widest] ?? SHORTEST) ? index : widest,
      -1,
    );
    if (column < 0) return;
    widths[column]--;
  }
}

/** How many columns of a terminal a text takes. Most are plain, and there may be very many. */
function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The beginning of a text that is too wide, with an ellipsis. */
function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [shown, taken] = ["", 1];
  for (const { segment } of CHARACTERS.segment(text)) {
    taken += widthOf(segment);
    if (taken > width) break;
    shown += segment;
  }
  return `${shown}…`;
}
