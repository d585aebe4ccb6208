/**
 * What a worker does, as lines.
 *
 * @module
 */
import type { WorkerEvent } from "@dsa110/absurd/worker";
export function eventLine(event: WorkerEvent, now: Date): string {
  return event.type + now.toISOString();
}
