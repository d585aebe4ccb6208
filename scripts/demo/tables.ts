/** The tables that the demo ends with. */

import Table from "cli-table3";
import type { Task } from "@dsa110/absurd";

/** A row of `sky.list_sources`. */
export interface Source {
  source_id: number;
  ra_deg: number;
  dec_deg: number;
  flux_jy: number;
  flux_error_jy: number;
  detection_count: number;
}

/** Prints one row a task: how it ended, how long it took, what it needed, what went wrong. */
export function printTasks(tasks: readonly Task[]): void {
  const table = new Table({ head: ["step", "status", "attempt", "seconds", "error"], style: { head: [] } });
  for (const task of tasks) {
    const seconds = task.claimedAt && task.finishedAt
      ? ((task.finishedAt.getTime() - task.claimedAt.getTime()) / 1000).toFixed(1)
      : "";
    table.push([task.stepName ?? task.taskName, task.status, task.attempt, seconds, task.error ?? ""]);
  }
  console.log(table.toString());
}

/** Prints the catalogue. */
export function printCatalogue(sources: readonly Source[]): void {
  const table = new Table({
    head: ["source", "RA (deg)", "Dec (deg)", "flux (Jy)", "error (Jy)", "detections"],
    style: { head: [] },
  });
  for (const source of sources) {
    table.push([
      source.source_id,
      source.ra_deg.toFixed(6),
      source.dec_deg.toFixed(6),
      source.flux_jy.toFixed(4),
      source.flux_error_jy.toFixed(4),
      source.detection_count,
    ]);
  }
  console.log(`Catalogue\n${table}`);
}
