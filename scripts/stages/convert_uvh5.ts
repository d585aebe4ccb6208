/**
 * Stage `convert_uvh5`: makes a visset, a folder of columns that later stages load fast, from a UVH5 file, or from the
 * sub-bands of one scan.
 *
 * Params: `input`, absolute path of the file, or a list of them. Result: `visset` and a summary of what is in it.
 *
 * @module
 */

import { type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { convertUvh5 } from "./lib/convert.ts";
import { requirePaths } from "./lib/params.ts";

async function convert(task: StageTask, stage: Stage): Promise<JsonObject> {
  const inputs = requirePaths(task.params.input, 'parameter "input"');
  const visset = `${task.work_dir}/visset`;
  stage.progress(0.05, "reading the header");
  const { meta, flaggedFraction } = await convertUvh5(inputs, visset, (fraction) => {
    stage.progress(0.1 + 0.9 * fraction, "converting visibilities");
  });
  return {
    visset,
    input: task.params.input,
    telescope: meta.telescope,
    field: meta.phaseCentre.name,
    rows: meta.rowCount,
    channels: meta.frequenciesHz.length,
    antennas: meta.antennas.length,
    polarizations: meta.polarizations,
    "flagged_fraction": flaggedFraction,
  };
}

if (import.meta.main) await runStage(convert);
