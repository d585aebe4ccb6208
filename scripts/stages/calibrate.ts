/**
 * Stage `calibrate`: solves for the antennas' gains on a calibrator and applies them.
 *
 * Params: `calibrator`, absolute path of another visset (default: the scan calibrates itself); what it looks like:
 * either `model_flux_jy`, flux density in Jy of a point source at the phase centre (default 1), or `model`, a list of
 * sources `{ra_deg, dec_deg, flux_jy}`. Input: `convert_uvh5.visset`.
 *
 * Result: the calibrated `visset`, the calibration `table`, and two pictures: `gain_plot`, amplitude and phase of each
 * antenna, and `before_after`, the field without and with calibration.
 *
 * Where target and calibrator are the same scan, even channels are solved and odd ones are handed on, so that the
 * image is made from data that the gains have not seen; the result lists both.
 *
 * @module
 */

import { BadInput, type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { applyGains, isSameScan } from "./lib/apply_gains.ts";
import { solveScan } from "./lib/gain_solver.ts";
import { type GainTable, writeGainTable } from "./lib/gain_table.ts";
import { drawBeforeAfter } from "./lib/before_after.ts";
import { plotGains } from "./lib/gain_plot.ts";
import { requireInputPath, requirePath } from "./lib/params.ts";
import { writeProduct } from "./lib/products.ts";
import { readSkyModel } from "./lib/sky_model.ts";
import { readVisset, readVissetMeta } from "./lib/visset.ts";

function calibrate(task: StageTask, stage: Stage): JsonObject {
  const target = requireInputPath(task.inputs, [["convert_uvh5", "visset"]]);
  const calibrator = task.params.calibrator
    ? requirePath(task.params.calibrator, 'parameter "calibrator"')
    : target;
  const meta = readVissetMeta(target);

  stage.progress(0.1, "solving for gains");
  const table = solveFor(calibrator, meta, task.params);
  const tableFolder = `${task.work_dir}/gains`;
  writeGainTable(tableFolder, table);

  stage.progress(0.6, "applying gains");
  const visset = `${task.work_dir}/visset`;
  const application = applyGains({ folder: target, meta }, [table], visset);
  stage.progress(0.8, "drawing pictures");
  const [plot, pair] = [`${task.work_dir}/gains.png`, `${task.work_dir}/before_after.png`];
  writeProduct(plot, plotGains(table));
  const pictures = drawBeforeAfter(target, visset);
  if (pictures !== null) writeProduct(pair, pictures);
  return {
    visset,
    table: tableFolder,
    "gain_plot": plot,
    "before_after": pictures === null ? null : pair,
    ...describeTable(table),
    "applied_channels": application.meta.channels,
    "held_out": application.heldOut,
    "flagged_fraction": application.flaggedFraction,
  };
}

function solveFor(
  calibrator: string,
  target: ReturnType<typeof readVissetMeta>,
  params: JsonObject,
): GainTable {
  const meta = readVissetMeta(calibrator);
  const isSelf = isSameScan(target, meta);
  if (isSelf && meta.channels.length < 2) {
    throw new BadInput(
      "A scan of a single channel cannot calibrate itself, because no channel is left to image: " +
        'name another scan in the parameter "calibrator"',
    );
  }
  const channels = [...meta.channels.keys()].filter((position) => !isSelf || position % 2 === 0);
  return solveScan(meta, readVisset(calibrator, meta), {
    model: readSkyModel(params, meta.phaseCentre),
    channels,
  });
}

function describeTable(table: GainTable): JsonObject {
  return {
    "model_flux_jy": table.modelFluxJy,
    "solved_channels": table.solvedChannels,
    "channels_per_solution": table.channelsPerSolution,
    "median_snr": table.medianSnr,
    "reference_antenna": table.referenceAntenna,
    "dropped_antennas": table.dropped.map(({ antenna, polarization }) => ({ antenna, polarization })),
    "unconverged_solutions": table.solutions.unconverged,
    "flagged_solutions": table.solutions.flaggedFraction,
    iterations: table.iterations,
  };
}

if (import.meta.main) await runStage(calibrate);
