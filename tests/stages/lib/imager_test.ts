import assert from "node:assert/strict";
import { Imager } from "../../../scripts/stages/lib/imager.ts";
import type { StokesI } from "../../../scripts/stages/lib/stokes.ts";
import { briggsWeights, naturalWeights } from "../../../scripts/stages/lib/weighting.ts";
import { createArray, createNormal, createRandom, observe, simulate } from "../_simulator.ts";

const LIGHT = 299_792_458;
const FREQUENCIES = [1.40e9, 1.405e9];
const CELL = 4 / 206_264.8;

/** Baselines of a small array with visibilities that are pure noise: they fill the whole image. */
function noisyData(hourAngles: number[]): StokesI {
  const rows = simulate({
    antennas: createArray(14, createRandom(5)),
    frequenciesHz: FREQUENCIES,
    hourAngles,
    dec: 0.6,
    sources: [],
  });
  const normal = createNormal(createRandom(6));
  const samples = rows.rowCount * FREQUENCIES.length;
  return {
    rowCount: rows.rowCount,
    frequenciesHz: Float64Array.from(FREQUENCIES),
    uvwM: rows.uvwM,
    visibility: Float32Array.from({ length: 2 * samples }, normal),
    weight: Float32Array.from({ length: samples }, (_, k) => 1 + k % 3),
  };
}

/** The direct Fourier sum at a pixel, with the full w term. */
function directSum(data: StokesI, size: number, pixel: number): number {
  const l = -(pixel % size - size / 2) * CELL;
  const m = (Math.floor(pixel / size) - size / 2) * CELL;
  const n = Math.sqrt(1 - l * l - m * m);
  let [sum, weights] = [0, 0];
  data.weight.forEach((weight, k) => {
    const [u, v, w] = data.uvwM.subarray(3 * Math.floor(k / FREQUENCIES.length));
    const phase = 2 * Math.PI * FREQUENCIES[k % FREQUENCIES.length] / LIGHT * (u * l + v * m + w * (n - 1));
    sum += weight * (data.visibility[2 * k] * Math.cos(phase) + data.visibility[2 * k + 1] * Math.sin(phase));
    weights += weight;
  });
  return sum / weights;
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

Deno.test("Imager.dirty() equals the direct Fourier sum when one plane is enough", () => {
  const data = noisyData([0]);
  data.uvwM.forEach((_, k) => k % 3 === 2 && (data.uvwM[k] = 0));
  const size = 64;
  const imager = new Imager({ data, weights: data.weight, size, cellRad: CELL });
  assert.equal(imager.planeCount, 1);
  const image = imager.dirty(data.visibility);
  const worst = largest(image.map((value, pixel) => value - directSum(data, size, pixel)));
  assert.ok(worst < 1e-4 * largest(image), `off by ${worst / largest(image)} of the peak`);
});

Deno.test("Imager.dirty() equals the direct Fourier sum when w is large", () => {
  const data = noisyData([-0.5, 0, 0.5]);
  const size = 128;
  const wide = { ...data, uvwM: data.uvwM.map((value, k) => k % 3 === 2 ? 20 * value : value) };
  const imager = new Imager({ data: wide, weights: data.weight, size, cellRad: CELL });
  assert.ok(imager.planeCount > 1);
  const image = imager.dirty(data.visibility);
  const difference = (pixel: number) =>
    Math.abs(image[pixel] - directSum(wide, size, pixel)) / largest(image);
  const inner = [64 * 128 + 64, 64 * 128 + 34, 90 * 128 + 50, 40 * 128 + 90];
  const corners = [0, 127, 128 * 127, 128 * 128 - 1];
  assert.ok(Math.max(...inner.map(difference)) < 0.02, `${inner.map(difference)} of the peak`);
  assert.ok(Math.max(...corners.map(difference)) < 0.1, `${corners.map(difference)} of the peak`);
});

Deno.test("Imager.subtract() leaves nothing when the model is the sky", () => {
  const size = 128;
  const data = noisyData([-0.4, 0.4]);
  const sources = [{ x: 64, y: 64, fluxJy: 2 }, { x: 20, y: 100, fluxJy: 1 }, { x: 110, y: 30, fluxJy: 0.5 }];
  const model = new Map(sources.map(({ x, y, fluxJy }) => [y * size + x, fluxJy]));
  const sky = sources.map(({ x, y, fluxJy }) => ({ l: -(x - 64) * CELL, m: (y - 64) * CELL, fluxJy }));
  for (let k = 0; k < data.weight.length; k++) {
    const row = Math.floor(k / FREQUENCIES.length);
    data.visibility.set(
      observe(sky, data.uvwM.subarray(3 * row), FREQUENCIES[k % FREQUENCIES.length]),
      2 * k,
    );
  }
  const imager = new Imager({ data, weights: data.weight, size, cellRad: CELL });
  imager.subtract(data.visibility, model);
  const left = largest(data.visibility);
  assert.ok(left < 0.02, `${left} Jy of 3.5 Jy are left`);
});

Deno.test("Imager.pointSpread() is 1 in the middle and equals the direct sum near it", () => {
  const data = noisyData([0]);
  const size = 64;
  const ones = { ...data, visibility: data.visibility.map((_, k) => k % 2 === 0 ? 1 : 0) };
  ones.uvwM = data.uvwM.map((value, k) => k % 3 === 2 ? 0 : value);
  const psf = new Imager({ data, weights: data.weight, size, cellRad: CELL }).pointSpread();
  assert.ok(Math.abs(psf[64 * 128 + 64] - 1) < 1e-4);
  for (let y = 0; y < size; y += 7) {
    for (let x = 0; x < size; x += 5) {
      const expected = directSum(ones, size, y * size + x);
      assert.ok(Math.abs(psf[(y + 32) * 128 + x + 32] - expected) < 1e-4);
    }
  }
});

Deno.test("briggsWeights() go from uniform to natural as robust grows", () => {
  const data = noisyData([-0.3, 0, 0.3]);
  const weigh = (robust: number) => briggsWeights(data, { size: 64, cellRad: CELL, robust });
  const spread = (weights: Float32Array) => {
    const ratios = weights.map((weight, k) => weight / data.weight[k]);
    return Math.max(...ratios) / Math.min(...ratios);
  };
  assert.ok(spread(weigh(2)) < 1.1);
  assert.ok(spread(weigh(-2)) > 3);
});

Deno.test("weights leave out samples that the grid cannot hold", () => {
  const data = noisyData([0]);
  data.uvwM[0] = 1e6;
  assert.equal(briggsWeights(data, { size: 64, cellRad: CELL, robust: 0 })[0], 0);
  const natural = naturalWeights(data, { size: 64, cellRad: CELL });
  assert.equal(natural[0], 0);
  assert.equal(natural[5], data.weight[5]);
});
