import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/task.ts";
import { pixelToSky, separationArcsec } from "../../scripts/stages/lib/wcs.ts";
import { runChain, runStage, withFolder } from "./_chain.ts";
import { createArray, createGains, createRandom, type Observation, simulate } from "./_simulator.ts";
import { writeUvh5 } from "./_uvh5_writer.ts";

const COUNT = 40;
const ANTENNAS = createArray(COUNT, createRandom(51));
const FREQUENCIES = Array.from({ length: 8 }, (_, k) => 1.4e9 + k * 1e6);
const CENTRE = { ra: 2.1, dec: 0.65 };
const ARCSEC = 1 / 206_264.806;
const FLUXES = [2.1, 0.9, 0.45, 0.2];

/** Sources at random places in the inner half of a degree. */
const SKY = FLUXES.map((fluxJy, k) => {
  const random = createRandom(60 + k);
  const [radius, angle] = [300 + 600 * random(), 2 * Math.PI * random()];
  return { l: radius * ARCSEC * Math.cos(angle), m: radius * ARCSEC * Math.sin(angle), fluxJy };
});

/** Writes a scan as a file; both scans of the test are seen through the same gains. */
async function writeScan(path: string, startJd: number, observation: Pick<Observation, "sources" | "seed">) {
  const timesJd = [0, 1, 2].map((k) => startJd + k * 12.9 / 86_400);
  const rows = simulate({
    antennas: ANTENNAS,
    frequenciesHz: FREQUENCIES,
    hourAngles: [-0.001, 0, 0.001],
    dec: CENTRE.dec,
    noise: 0.5,
    gain: createGains(COUNT, createRandom(52)),
    ...observation,
  });
  await writeUvh5(path, rows, {
    longitudeDeg: 0,
    positionsM: ANTENNAS,
    timesJd,
    frequenciesHz: FREQUENCIES,
    centre: CENTRE,
  });
}

Deno.test("the standard chain finds every source and no other when gains come from another scan", async () => {
  await withFolder(async (folder) => {
    const [calibrator, target] = [`${folder}/calibrator.uvh5`, `${folder}/target.uvh5`];
    await writeScan(calibrator, 2460000.5, { sources: [{ l: 0, m: 0, fluxJy: 6 }], seed: 1 });
    await writeScan(target, 2460000.6, { sources: SKY, seed: 2 });
    const converted = await runStage(folder, "convert_uvh5", { params: { input: calibrator } });

    const steps = await runChain(folder, ["convert_uvh5", "calibrate", "image", "extract", "catalog"], {
      params: { input: target, calibrator: converted.result.visset, "model_flux_jy": 6, size: 512 },
    });
    assert.equal(steps.calibrate.result.held_out, false);
    assert.equal((steps.calibrate.result.applied_channels as unknown[]).length, FREQUENCIES.length);
    assert.equal((steps.image.result.clean as JsonObject).converged, true);

    const rows = steps.catalog.result.rows as JsonObject[];
    assert.equal(rows.length, SKY.length, JSON.stringify(rows));
    const projection = {
      raDeg: CENTRE.ra * 180 / Math.PI,
      decDeg: CENTRE.dec * 180 / Math.PI,
      x: 0,
      y: 0,
      cellRad: 1,
    };
    SKY.forEach(({ l, m, fluxJy }, k) => {
      const expected = pixelToSky(projection, -l, m);
      const found = { raDeg: Number(rows[k].ra_deg), decDeg: Number(rows[k].dec_deg) };
      assert.ok(
        separationArcsec(found, expected) < 1,
        `source ${k}: ${separationArcsec(found, expected)} arcsec`,
      );
      assert.ok(Math.abs(Number(rows[k].flux_jy) / fluxJy - 1) < 0.05, `source ${k}: ${rows[k].flux_jy} Jy`);
    });
  });
});
