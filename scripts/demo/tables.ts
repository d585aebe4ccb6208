// deno-lint-ignore-file camelcase -- rows are named as SQL names them
/**
 * The tables that the demo ends with.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";
import type { CliContext } from "../../cli/context.ts";
import { byteSize, duration } from "../../cli/format.ts";
import { paintStatus, printHeading, printTable } from "../../cli/output.ts";
import type { TrueSource } from "../stages/lib/simulation/simulate.ts";
import { separationArcsec } from "../stages/lib/wcs.ts";

/** A row of `sky.list_sources`. */
export interface Source {
  source_id: number;
  ra_deg: number;
  dec_deg: number;
  flux_jy: number;
  flux_error_jy: number;
  detection_count: number;
}

/** Prints one row a task: how it ended, how long its last attempt took, what it needed, what went wrong. */
export async function printTasks(context: CliContext, tasks: readonly Task[]): Promise<void> {
  const rows = tasks.map((task) => {
    const last = task.attempts?.at(-1);
    return [
      task.stepName,
      paintStatus(context, task.status),
      task.attempt,
      last && last.durationMs !== null ? duration(last.durationMs) : null,
      last && last.peakMemoryBytes !== null ? byteSize(last.peakMemoryBytes) : null,
      task.error,
    ];
  });
  printHeading(context, "Tasks");
  await printTable(context, ["step", "status", "attempt", "time", "memory", "error"], rows);
}

/** Prints the catalogue. */
export async function printCatalogue(context: CliContext, sources: readonly Source[]): Promise<void> {
  const rows = sources.map((source) => [
    source.source_id,
    source.ra_deg.toFixed(6),
    source.dec_deg.toFixed(6),
    source.flux_jy.toFixed(4),
    source.flux_error_jy.toFixed(4),
    source.detection_count,
  ]);
  printHeading(context, "Catalogue");
  const head = ["source", "RA (deg)", "Dec (deg)", "flux (Jy)", "error (Jy)", "detections"];
  await printTable(context, head, rows);
}

/** Prints the catalogue beside the truth, each row with its nearest true source. */
export async function printTruth(
  context: CliContext,
  sources: readonly Source[],
  truth: readonly TrueSource[],
): Promise<void> {
  const rows = sources.map((source) => {
    const place = { raDeg: source.ra_deg, decDeg: source.dec_deg };
    const distances = truth.map((each) => separationArcsec(place, each));
    const nearest = distances.indexOf(Math.min(...distances));
    return [
      source.source_id,
      source.ra_deg.toFixed(6),
      source.dec_deg.toFixed(6),
      distances[nearest].toFixed(3),
      source.flux_jy.toFixed(4),
      truth[nearest].fluxJy.toFixed(4),
      source.detection_count,
    ];
  });
  printHeading(context, `Catalogue and truth (${truth.length} sources)`);
  const head = [
    "source",
    "RA (deg)",
    "Dec (deg)",
    "off (arcsec)",
    "flux (Jy)",
    "true flux (Jy)",
    "detections",
  ];
  await printTable(context, head, rows);
}
