/**
 * Whether the database answers, as the worker's loops find out.
 *
 * @module
 */

import {
  AbsurdError,
  DatabaseUnavailableError,
  InvalidArgumentError,
  NotAllowedError,
  SchemaError,
} from "../errors.ts";
import type { WorkerEvent } from "./events.ts";

/** What is told of the contact; schedulers tell it, too. */
type ContactEvent = Extract<WorkerEvent, { type: "disconnected" | "warning" | "reconnected" }>;

/** Tells once when contact is lost, and once when it is back. */
export class Contact {
  readonly #emit: (event: ContactEvent) => void;
  #lostMs?: number;
  #warning?: string;
  #deaf = false;

  /** Tells `emit`. */
  constructor(emit: (event: ContactEvent) => void) {
    this.#emit = emit;
  }

  /** A call went through. */
  succeeded(): void {
    if (this.#lostMs === undefined) return;
    const awaySec = Math.round(performance.now() - this.#lostMs) / 1000;
    this.#lostMs = undefined;
    this.#emit({ type: "reconnected", awaySec });
  }

  /** A call failed and will be made again. What the database itself refuses is a warning, said once. */
  failed(error: unknown): void {
    if (!(error instanceof DatabaseUnavailableError)) {
      if (messageOf(error) !== this.#warning) this.#emit({ type: "warning", ...wordsOf(error) });
      this.#warning = messageOf(error);
    } else if (this.#lostMs === undefined) {
      this.#lostMs = performance.now();
      this.#emit({ type: "disconnected", ...wordsOf(error) });
    }
  }

  /** Something is wrong that is not the database's fault. */
  warn(message: string): void {
    this.#emit({ type: "warning", message });
  }

  /** Notifications cannot be heard, which costs only promptness. Said once. */
  deaf(error: unknown): void {
    if (!this.#deaf) this.#emit({ type: "warning", ...wordsOf(error) });
    this.#deaf = true;
  }
}

/**
 * True when a worker or scheduler is set up wrongly, if it has not worked before. Later, the same may be an upgrade that
 * is under way.
 */
export function isPermanent(error: unknown): boolean {
  return error instanceof InvalidArgumentError || error instanceof NotAllowedError ||
    error instanceof SchemaError;
}

function wordsOf(error: unknown): { message: string; hint?: string } {
  return { message: messageOf(error), hint: error instanceof AbsurdError ? error.hint : undefined };
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
