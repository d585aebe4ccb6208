/**
 * Stage `apply_calibration`: applies the gains that an earlier `calibrate` made to another visset.
 *
 * Params: `visset`, absolute path of the visset (default: that of step `convert_uvh5`); `table`, absolute path of the
 * calibration table, or a list of them: between the times of two, gains are interpolated. Where a table was solved from
 * that very scan, only the channels that it has not seen are handed on.
 *
 * @module
 */

import { type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { applyGains } from "./lib/apply_gains.ts";
import { readGainTable } from "./lib/gain_table.ts";
import { requireInputPath, requirePath, requirePaths } from "./lib/params.ts";
import { readVissetMeta } from "./lib/visset.ts";

function applyCalibration(task: StageTask, stage: Stage): JsonObject {
  const source = task.params.visset === undefined
    ? requireInputPath(task.inputs, [["convert_uvh5", "visset"]])
    : requirePath(task.params.visset, 'parameter "visset"');
  const tables = requirePaths(task.params.table, 'parameter "table"').map(readGainTable);
  const visset = `${task.work_dir}/visset`;
  stage.progress(0.1, "applying gains");
  const application = applyGains({ folder: source, meta: readVissetMeta(source) }, tables, visset);
  return {
    visset,
    tables: tables.length,
    "solved_channels": tables[0].solvedChannels,
    "applied_channels": application.meta.channels,
    "held_out": application.heldOut,
    "antennas_without_gains": application.antennasWithoutGains,
    "flagged_fraction": application.flaggedFraction,
  };
}

if (import.meta.main) await runStage(applyCalibration);
