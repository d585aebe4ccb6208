/**
 * Whether the database answers, as the worker's loops find out.
 *
 * @module
 */

import { AbsurdError } from "../errors.ts";
import type { WorkerEvent } from "./events.ts";

/** What is told of the contact. */
export type ContactEvent = Extract<WorkerEvent, { type: "disconnected" | "warning" | "reconnected" }>;

/** Tells once when contact is lost, and once when it is back. */
export class Contact {
  readonly #emit: (event: ContactEvent) => void;
  #lostMs?: number;

  /** Tells `emit`. */
  constructor(emit: (event: ContactEvent) => void) {
    this.#emit = emit;
  }

  /** A call went through. Returns true when the ones before did not. */
  succeeded(): boolean {
    if (this.#lostMs === undefined) return false;
    const awaySec = Math.round(performance.now() - this.#lostMs) / 1000;
    this.#lostMs = undefined;
    this.#emit({ type: "reconnected", awaySec });
    return true;
  }

  /** A call failed for a reason that lies with the database. */
  failed(error: unknown): void {
    if (this.#lostMs !== undefined) return;
    this.#lostMs = performance.now();
    const hint = error instanceof AbsurdError ? error.hint : undefined;
    this.#emit({ type: "disconnected", message: messageOf(error), hint });
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
