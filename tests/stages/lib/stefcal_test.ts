import assert from "node:assert/strict";
import { createBaselineSums, solveGains } from "../../../scripts/stages/lib/stefcal.ts";
import { createRandom } from "../_simulator.ts";

const COUNT = 12;
const FLUX_JY = 2.5;

/** Gains with any phase and amplitudes from 0.5 to 1.5. */
function randomGains(seed: number): { re: number; im: number }[] {
  const random = createRandom(seed);
  return Array.from({ length: COUNT }, () => {
    const [amplitude, phase] = [0.5 + random(), 2 * Math.PI * random()];
    return { re: amplitude * Math.cos(phase), im: amplitude * Math.sin(phase) };
  });
}

/** Noise-free sums of a point source seen through gains, with uneven weights; `missing` antennas have no data. */
function sumsOf(gains: { re: number; im: number }[], missing: number[] = []) {
  const sums = createBaselineSums(COUNT);
  for (let i = 0; i < COUNT; i++) {
    for (let j = 0; j < COUNT; j++) {
      if (i === j || missing.includes(i) || missing.includes(j)) continue;
      const weight = 1 + (i + j) % 3;
      const cell = i * COUNT + j;
      sums.weight[cell] = weight;
      sums.real[cell] = weight * FLUX_JY * (gains[i].re * gains[j].re + gains[i].im * gains[j].im);
      sums.imaginary[cell] = weight * FLUX_JY * (gains[i].im * gains[j].re - gains[i].re * gains[j].im);
    }
  }
  return sums;
}

Deno.test("solveGains() recovers known gains up to a common phase", () => {
  const gains = randomGains(3);
  const { real, imaginary, converged } = solveGains(sumsOf(gains), FLUX_JY);
  assert.ok(converged);
  for (let k = 1; k < COUNT; k++) {
    const expected = [
      gains[k].re * gains[0].re + gains[k].im * gains[0].im,
      gains[k].im * gains[0].re - gains[k].re * gains[0].im,
    ];
    const found = [
      real[k] * real[0] + imaginary[k] * imaginary[0],
      imaginary[k] * real[0] - real[k] * imaginary[0],
    ];
    assert.ok(Math.hypot(found[0] - expected[0], found[1] - expected[1]) < 1e-6);
  }
});

Deno.test("solveGains() gives 0 to antennas without data and solves for the others", () => {
  const gains = randomGains(4);
  const { real, imaginary, converged } = solveGains(sumsOf(gains, [2, 7]), FLUX_JY);
  assert.ok(converged);
  assert.deepEqual([real[2], imaginary[2], real[7], imaginary[7]], [0, 0, 0, 0]);
  assert.ok(Math.abs(Math.hypot(real[5], imaginary[5]) - Math.hypot(gains[5].re, gains[5].im)) < 1e-6);
});

Deno.test("solveGains() says so when it does not converge", () => {
  const solution = solveGains(sumsOf(randomGains(5)), FLUX_JY, { maxIterations: 2 });
  assert.equal(solution.converged, false);
  assert.equal(solution.iterations, 2);
});

Deno.test("solveGains() gives zeros when there are no data at all", () => {
  const solution = solveGains(createBaselineSums(COUNT), FLUX_JY);
  assert.ok(solution.real.every((value) => value === 0));
});
