/**
 * Stage `simulate`: makes a synthetic observation with known truth, as UVH5 files.
 *
 * Params, all optional: `seed` (default 1), `antennas` (40), `channels` per sub-band (8), `integrations` (3), `sources`
 * (6), `field_deg`, width of the field that they lie in (0.4), `noise_jy`, in the real and in the imaginary part of a
 * sample (0.2), `gain_seed` (7; null for gains of one), `dead_antennas`, how many (0), `calibrator_flux_jy`, for one
 * source at the phase centre instead of a sky, `sub_bands` (1), `missing_sub_bands`, their numbers, `native`, true for
 * DSA-110's own layout, `jitter_sec` of the time stamps (0), `start`, in ISO 8601 (2026-03-01T08:00:00Z), `dec_deg`
 * (37). Result: the paths `files` and `truth`.
 *
 * @module
 */

import { type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { simulate } from "./lib/simulation/simulate.ts";
import { readSimulationOptions } from "./lib/simulation/options.ts";

async function simulateScan(task: StageTask, stage: Stage): Promise<JsonObject> {
  const options = readSimulationOptions(task.params);
  const { files, truth, sources } = await simulate(task.work_dir, options, (file) => {
    stage.progress(file / (options.subBands ?? 1), `writing file ${file + 1}`);
  });
  return { files, truth, "source_count": sources.length };
}

if (import.meta.main) await runStage(simulateScan);
