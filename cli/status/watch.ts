/**
 * `absurd status --watch`: the state of everything, again and again.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { AbsurdError, InvalidArgumentError } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { Screen } from "../live.ts";
import { canDraw, paint, printable, printJsonLine } from "../output.ts";
import { printStatus } from "./print.ts";
import type { StatusDocument } from "./read.ts";

/** How to watch. */
export interface StatusWatch {
  /** Between two looks. */
  readonly intervalSec: number;
  /** Looks. */
  read(): Promise<StatusDocument>;
  /** Whether to print JSON lines. */
  readonly jsonl?: boolean;
}

/**
 * Shows the state until the user interrupts: in place on a terminal, below each other elsewhere, or as JSON lines. A
 * database that is away is told, and asked again.
 */
export async function watchStatus(
  context: CliContext,
  { intervalSec, read, jsonl }: StatusWatch,
): Promise<void> {
  using screen = canDraw(context, "stdout") && !jsonl ? new Screen(context) : undefined;
  for (;;) {
    const text = await look(context, read, jsonl);
    if (screen) screen.draw(text.split("\n"));
    else context.stdout.write(jsonl ? text : `${text}\n`);
    await delay(intervalSec * 1000, undefined, { signal: context.signal });
  }
}

async function look(
  context: CliContext,
  read: () => Promise<StatusDocument>,
  jsonl?: boolean,
): Promise<string> {
  let text = "";
  const page = { ...context, stdout: { write: (more: string) => void (text += more) } };
  try {
    const status = await read();
    if (jsonl) printJsonLine(page, status);
    else await printStatus(page, status);
  } catch (error) {
    if (!(error instanceof AbsurdError) || error instanceof InvalidArgumentError) throw error;
    if (jsonl) {
      printJsonLine(page, { at: new Date(), health: { level: "critical", problems: [error.message] } });
    } else text = `${paint(context, "stdout", "red", "critical")}  ${printable(error.message)}\n`;
  }
  return text;
}
