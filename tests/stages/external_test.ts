import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/task.ts";
import { checkPrograms } from "../../lib/stage/check.ts";
import { loadManifest } from "../../lib/stage/manifest.ts";
import { TaskFailure } from "../../lib/errors.ts";
import { simulate } from "../../scripts/stages/lib/simulation/simulate.ts";
import { compareWithTruth, type FoundSource } from "../../scripts/stages/lib/simulation/truth.ts";
import { EXTERNAL_STAGES, runChain, runStage, testData, withFolder } from "./_chain.ts";

const missing = await checkPrograms(await loadManifest(EXTERNAL_STAGES));
const ignore = missing.length > 0 && Deno.env.get("CI") !== "true";

Deno.test({
  name: "the external profile finds the sources of a scan with a table that it made from another",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const run = (steps: string[], params: JsonObject) => {
        return runChain(folder, steps, { params, stages: EXTERNAL_STAGES });
      };
      const scan = { antennas: 60, native: true, subBands: 2, sources: 3 };
      await Deno.mkdir(`${folder}/calibrator`);
      const startMs = Date.UTC(2026, 2, 1, 7, 30);
      const known = await simulate(`${folder}/calibrator`, {
        ...scan,
        calibratorFluxJy: 6,
        seed: 2,
        startMs,
      });
      const solved = await run(["convert_uvh5", "calibrate"], { input: known.files, "model_flux_jy": 6 });
      const sky = await simulate(folder, scan);
      const converted = await run(["convert_uvh5"], { input: sky.files });
      const { extract } = await run(["apply_calibration", "image", "extract"], {
        ms: converted.convert_uvh5.result.ms,
        table: solved.calibrate.result.table,
        size: 1024,
      });
      const { sources } = JSON.parse(await Deno.readTextFile(String(extract.result.sources)));
      const { found, fluxRatios } = compareWithTruth(sources as FoundSource[], sky.sources);
      assert.equal(found, 3);
      assert.ok(fluxRatios.every((ratio) => Math.abs(ratio - 1) < 0.05), `${fluxRatios}`);
    });
  },
});

Deno.test({
  name: "the external profile refuses a file that is not phased, for good and in one sentence",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const params = { input: testData("hera_h2c_zen.2458432.34569.uvh5") };
      await assert.rejects(runStage(folder, "convert_uvh5", { params, stages: EXTERNAL_STAGES }), (error) => {
        return error instanceof TaskFailure && error.permanent &&
          /is not phased to a position/.test(error.message);
      });
    });
  },
});
