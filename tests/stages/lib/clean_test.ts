import assert from "node:assert/strict";
import { beamOfShape, fitBeam } from "../../../scripts/stages/lib/beam.ts";
import { clean } from "../../../scripts/stages/lib/clean.ts";
import { Imager } from "../../../scripts/stages/lib/imager.ts";
import { restore } from "../../../scripts/stages/lib/restore.ts";
import { briggsWeights } from "../../../scripts/stages/lib/weighting.ts";
import { createArray, createRandom, simulate } from "../_simulator.ts";

const SIZE = 128;
const CELL = 6 / 206_264.8;
const FREQUENCIES = [1.40e9, 1.41e9, 1.42e9];

/** Pixels off the grid on purpose. */
const TRUTH = [{ x: 64, y: 64, fluxJy: 2 }, { x: 30.4, y: 90.7, fluxJy: 1 }, {
  x: 100.2,
  y: 41.5,
  fluxJy: 0.4,
}];

function observe(noise: number) {
  const rows = simulate({
    antennas: createArray(24, createRandom(41)),
    frequenciesHz: FREQUENCIES,
    hourAngles: [-0.3, 0, 0.3],
    dec: 0.7,
    sources: TRUTH.map(({ x, y, fluxJy }) => ({ l: -(x - 64) * CELL, m: (y - 64) * CELL, fluxJy })),
    noise,
  });
  const samples = rows.rowCount * FREQUENCIES.length;
  const data = {
    rowCount: rows.rowCount,
    frequenciesHz: Float64Array.from(FREQUENCIES),
    uvwM: rows.uvwM,
    visibility: Float32Array.from({ length: 2 * samples }, (_, k) => rows.visibility[4 * (k >> 1) + k % 2]),
    weight: new Float32Array(samples).fill(1),
  };
  const weights = briggsWeights(data, { size: SIZE, cellRad: CELL, robust: 0.5 });
  const imager = new Imager({ data, weights, size: SIZE, cellRad: CELL });
  return { imager, psf: imager.pointSpread(), visibility: data.visibility };
}

Deno.test("clean() converges to the noise, and the restored image has the sources' fluxes", () => {
  const { imager, psf, visibility } = observe(0.3);
  const shape = fitBeam(psf, 2 * SIZE);
  assert.ok(beamOfShape(shape, CELL).minorRad / CELL > 3);
  const result = clean(imager, psf, visibility, { size: SIZE });
  assert.ok(result.converged);
  assert.ok(result.peakResidual <= result.threshold);
  assert.ok(result.noise < 0.02);
  const image = restore(result.residual, result.model, { size: SIZE, shape });
  for (const { x, y, fluxJy } of TRUTH) {
    const value = image[Math.round(y) * SIZE + Math.round(x)];
    assert.ok(Math.abs(value / fluxJy - 1) < 0.12, `${value} Jy at ${x}, ${y}`);
  }
});

Deno.test("clean() tells when it was cut off by the limit of cycles", () => {
  const { imager, psf, visibility } = observe(0.01);
  const cycles: number[] = [];
  const result = clean(imager, psf, visibility, {
    size: SIZE,
    maxMajorCycles: 2,
    onCycle: (k) => cycles.push(k),
  });
  assert.equal(result.converged, false);
  assert.equal(result.majorCycles, 2);
  assert.deepEqual(cycles, [0, 1]);
  assert.ok(result.peakResidual > result.threshold);
});

Deno.test("clean() takes nothing when there is only noise", () => {
  const { imager, psf, visibility } = observe(0.3);
  visibility.forEach((_, k) => visibility[k] = Math.sin(12.9898 * k * k) * 0.3);
  const result = clean(imager, psf, visibility, { size: SIZE });
  assert.ok(result.converged);
  assert.equal(result.iterations, 0);
});
