/**
 * What commands print: tables for people, one JSON document for programs.
 *
 * @module
 */

import { stripVTControlCharacters, styleText } from "node:util";
import type { CliContext } from "./context.ts";
import { toDocument } from "./document.ts";

/** Colours and weights that the command line uses. */
export type Style = "red" | "green" | "yellow" | "cyan" | "gray" | "bold";

/** Whether a stream goes to a terminal that can draw: one that calls itself `dumb` shows escape codes as they stand. */
export function canDraw(context: CliContext, stream: "stdout" | "stderr"): boolean {
  return context.isTerminal[stream] && context.env.TERM !== "dumb";
}

/**
 * Text in a style, where the stream is a terminal that can draw and NO_COLOR is not set.
 *
 * @param stream The stream that the text will be written to.
 */
export function paint(context: CliContext, stream: "stdout" | "stderr", style: Style, text: string): string {
  if (!canDraw(context, stream) || context.env.NO_COLOR) return text;
  return styleText(style, text, { validateStream: false });
}

const STATUS_STYLES: Readonly<Record<string, Style>> = {
  ready: "cyan",
  scheduled: "gray",
  blocked: "gray",
  held: "yellow",
  claimed: "yellow",
  running: "yellow",
  completed: "green",
  failed: "red",
  lost: "red",
  cancelled: "gray",
};

/** A status or state in its colour, for a table on stdout. */
export function paintStatus(context: CliContext, status: string): string {
  const style = STATUS_STYLES[status];
  return style ? paint(context, "stdout", style, status) : status;
}

/**
 * Text that a terminal shows as it stands. Errors and messages come from stages: their control characters must
 * neither break a table nor reach the terminal.
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

/** Prints one JSON document: camelCase objects of the library under the snake_case keys of the database. */
export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(toDocument(value), null, 2)}\n`);
}

/** Prints one JSON document on a line of its own. */
export function printJsonLine(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(toDocument(value))}\n`);
}

/** Flags that say in which form to print. */
export interface OutputFlags {
  /** `--json`. */
  json?: true;
  /** `--jsonl`. */
  jsonl?: true;
}

/**
 * Prints rows as one JSON document, as one a line, or as a table for people.
 *
 * @param table Prints the table.
 */
export async function printRows<Row>(
  context: CliContext,
  rows: readonly Row[],
  { json, jsonl }: OutputFlags,
  table: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  if (jsonl) { for (const row of rows) printJsonLine(context, row); }
  else if (json) printJson(context, rows);
  else await table(rows);
}

/** A cell of a table; null and undefined are shown as `-`. */
export type Cell = string | number | null | undefined;

/**
 * Prints rows under a heading, in columns without lines, numbers to the right. On a terminal that is too narrow for
 * them, long cells are cut, but for those of the first column: ids, and what others are told by.
 *
 * @param head Names of the columns.
 * @param rows As many cells in each row as there are columns.
 */
export async function printTable(context: CliContext, head: string[], rows: Cell[][]): Promise<void> {
  const { layOut } = await import("./columns.ts");
  const lines = layOut(
    [head.map((name) => paint(context, "stdout", "bold", name)), ...rows.map((row) => row.map(cellText))],
    {
      isNumeric: head.map((_, column) => isNumeric(rows, column)),
      width: context.isTerminal.stdout ? context.columns() : undefined,
    },
  );
  context.stdout.write(`${lines.join("\n")}\n`);
}

function cellText(cell: Cell): string {
  return String(cell ?? "-");
}

function isNumeric(rows: Cell[][], column: number): boolean {
  return rows.length > 0 && rows.every((row) => typeof row[column] === "number");
}

/** Prints names and values in two columns; a value that is null or undefined is left out. */
export function printFields(context: CliContext, fields: [name: string, value: Cell][]): void {
  const shown = fields.filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) {
    const label = paint(context, "stdout", "bold", name.padEnd(width));
    context.stdout.write(`${label}  ${value}\n`);
  }
}

/** Prints the heading of a part of the output, after an empty line. */
export function printHeading(context: CliContext, title: string): void {
  context.stdout.write(`\n${paint(context, "stdout", "bold", title)}\n`);
}
