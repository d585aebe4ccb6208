import assert from "node:assert/strict";
import { CALIBRATOR_CHAIN, type Chain, QUICK_IMAGING_CHAIN, TARGET_CHAIN } from "../../lib/chain.ts";
import type { JsonObject } from "../../lib/task.ts";
import { simulate } from "../../scripts/stages/lib/simulation/simulate.ts";
import { compareWithTruth, type FoundSource, meetsTruth } from "../../scripts/stages/lib/simulation/truth.ts";
import { runChain, withFolder } from "./_chain.ts";

const CALIBRATOR_JY = 6;
const HOUR_MS = 3_600_000;
const TARGET_MS = Date.UTC(2026, 2, 1, 8);

/** Runs a built-in chain on parameters, as a worker would. */
function run(folder: string, chain: Chain, params: JsonObject) {
  return runChain(folder, chain.steps.map(({ task }) => task), { params });
}

/** Gains by the chain `calibrator`, from a scan at some time. */
async function makeTable(folder: string, startMs: number): Promise<string> {
  const path = `${folder}/calibrator-${startMs}`;
  await Deno.mkdir(path);
  const { files: [input] } = await simulate(path, {
    calibratorFluxJy: CALIBRATOR_JY,
    startMs,
    seed: startMs,
  });
  const { calibrate } = await run(folder, CALIBRATOR_CHAIN, { input, "model_flux_jy": CALIBRATOR_JY });
  return String(calibrate.result.table);
}

Deno.test("target finds the truth with the tables that calibrator made before and after, quick alone does not", async () => {
  await withFolder(async (folder) => {
    const { files: [input], sources } = await simulate(folder, { seed: 5, startMs: TARGET_MS });
    const table = [
      await makeTable(folder, TARGET_MS - HOUR_MS),
      await makeTable(folder, TARGET_MS + HOUR_MS),
    ];

    const quick = await run(folder, QUICK_IMAGING_CHAIN, { input, size: 512 });
    const { visset } = quick.convert_uvh5.result;
    const target = await run(folder, TARGET_CHAIN, { visset, table, size: 512 });

    // Phases are random before calibration.
    const peakJy = Number(quick.image.result.peak_jy);
    assert.ok(peakJy < sources[0].fluxJy / 2, `${peakJy} of ${sources[0].fluxJy} Jy`);
    const list = JSON.parse(await Deno.readTextFile(String(target.extract.result.sources)));
    const found = compareWithTruth(list.sources as FoundSource[], sources);
    assert.ok(meetsTruth(found, { flux: 0.03, positionArcsec: 0.3 }), JSON.stringify(found));
  });
});
