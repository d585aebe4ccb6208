import assert from "node:assert/strict";
import { Fft } from "../../../scripts/stages/lib/fft.ts";
import { createRandom } from "../_simulator.ts";

function randomNumbers(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => random() - 0.5);
}

Deno.test("Fft.line() gives the sums of the definition", () => {
  const [size, sign] = [16, 1 as const];
  const [real, imaginary] = [randomNumbers(size, 1), randomNumbers(size, 2)];
  const [re, im] = [real.slice(), imaginary.slice()];
  new Fft(size).line(re, im, sign);
  for (let k = 0; k < size; k++) {
    let [sumRe, sumIm] = [0, 0];
    for (let j = 0; j < size; j++) {
      const phase = sign * 2 * Math.PI * j * k / size;
      sumRe += real[j] * Math.cos(phase) - imaginary[j] * Math.sin(phase);
      sumIm += real[j] * Math.sin(phase) + imaginary[j] * Math.cos(phase);
    }
    assert.ok(Math.hypot(re[k] - sumRe, im[k] - sumIm) < 1e-12);
  }
});

Deno.test("Fft.square() comes back to the image when transformed both ways", () => {
  const size = 32;
  const [real, imaginary] = [randomNumbers(size * size, 3), randomNumbers(size * size, 4)];
  const [re, im] = [real.slice(), imaginary.slice()];
  const fft = new Fft(size);
  fft.square(re, im, 1);
  fft.square(re, im, -1);
  for (let k = 0; k < size * size; k++) {
    assert.ok(Math.hypot(re[k] / size ** 2 - real[k], im[k] / size ** 2 - imaginary[k]) < 1e-12);
  }
});

Deno.test("Fft.square() turns a single wave into a single pixel", () => {
  const [size, kx, ky] = [16, 3, 5];
  const wave = (part: (phase: number) => number) => {
    return Float64Array.from({ length: size * size }, (_, k) => {
      return part(2 * Math.PI * (kx * (k % size) + ky * Math.floor(k / size)) / size);
    });
  };
  const [re, im] = [wave(Math.cos), wave(Math.sin)];
  new Fft(size).square(re, im, -1);
  assert.ok(Math.abs(re[ky * size + kx] - size * size) < 1e-9);
  re[ky * size + kx] = 0;
  assert.ok(re.every((value) => Math.abs(value) < 1e-9));
});

Deno.test("Fft refuses a length that is no power of two", () => {
  assert.throws(() => new Fft(12), /power of two, not 12/);
});

Deno.test("Fft.square() needs only the columns that are asked for", () => {
  const [size, reach] = [64, 9];
  const [real, imaginary] = [randomNumbers(size * size, 5), randomNumbers(size * size, 6)];
  real.fill(0, 3 * size, 7 * size);
  imaginary.fill(0, 3 * size, 7 * size);
  const [re, im] = [real.slice(), imaginary.slice()];
  const fft = new Fft(size);
  fft.square(real, imaginary, -1);
  fft.square(re, im, -1, reach);
  for (let k = 0; k < size * size; k++) {
    const distance = Math.min(k % size, size - k % size);
    if (distance <= reach) assert.ok(re[k] === real[k] && im[k] === imaginary[k]);
  }
  assert.notDeepEqual(re, real);
});
