import assert from "node:assert/strict";
import { Fft } from "../../../scripts/stages/lib/fft.ts";
import { GridTransform } from "../../../scripts/stages/lib/grid_transform.ts";
import { createRandom } from "../../../scripts/stages/lib/simulation/random.ts";

function randomNumbers(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => random() - 0.5);
}

for (const size of [1, 2, 16, 32]) {
  Deno.test(`Fft.transform() gives the sums of the definition for ${size} values`, () => {
    for (const sign of [1, -1] as const) {
      const [real, imaginary] = [randomNumbers(size, 1), randomNumbers(size, 2)];
      const [re, im] = [new Float64Array(size), new Float64Array(size)];
      const fft = new Fft(size);
      fft.order.forEach((place, j) => [re[place], im[place]] = [real[j], imaginary[j]]);
      fft.transform(re, im, sign);
      for (let k = 0; k < size; k++) {
        let [sumRe, sumIm] = [0, 0];
        for (let j = 0; j < size; j++) {
          const phase = sign * 2 * Math.PI * j * k / size;
          sumRe += real[j] * Math.cos(phase) - imaginary[j] * Math.sin(phase);
          sumIm += real[j] * Math.sin(phase) + imaginary[j] * Math.cos(phase);
        }
        assert.ok(Math.hypot(re[k] - sumRe, im[k] - sumIm) < 1e-12);
      }
    }
  });
}

Deno.test("Fft refuses a length that is no power of two", () => {
  assert.throws(() => new Fft(12), /power of two, not 12/);
});

/** The sum over entries of value x exp(sign 2 pi i (x u + y v) / size), with origins in the middle. */
function directSum(
  values: Float32Array,
  width: number,
  { size, sign, x, y }: { size: number; sign: 1 | -1; x: number; y: number },
): [number, number] {
  let [re, im] = [0, 0];
  for (let k = 0; k < width * width; k++) {
    const [u, v] = [k % width - width / 2, Math.floor(k / width) - width / 2];
    const phase = sign * 2 * Math.PI * (u * x + v * y) / size;
    re += values[2 * k] * Math.cos(phase) - values[2 * k + 1] * Math.sin(phase);
    im += values[2 * k] * Math.sin(phase) + values[2 * k + 1] * Math.cos(phase);
  }
  return [re, im];
}

Deno.test("GridTransform.toImage() gives the middle of the transform of a grid that is empty further out", () => {
  const [size, width, reach] = [32, 12, 5];
  const random = createRandom(3);
  const grid = Float32Array.from({ length: 2 * size * size }, (_, k) => {
    const [u, v] = [(k >> 1) % size - size / 2, Math.floor(k / 2 / size) - size / 2];
    return Math.max(Math.abs(u), Math.abs(v)) <= reach ? random() - 0.5 : 0;
  });
  const image = new Float32Array(2 * width * width);
  new GridTransform(size).toImage(grid.slice(), reach, image, width);
  for (let pixel = 0; pixel < width * width; pixel++) {
    const [x, y] = [pixel % width - width / 2, Math.floor(pixel / width) - width / 2];
    const [re, im] = directSum(grid, size, { size, sign: -1, x, y });
    assert.ok(Math.hypot(image[2 * pixel] - re, image[2 * pixel + 1] - im) < 1e-4);
  }
});

Deno.test("GridTransform.toGrid() gives the cells within reach of the transform of an image", () => {
  const [size, width, reach] = [32, 12, 9];
  const random = createRandom(4);
  // Most rows are empty, as those of a model are.
  const image = Float32Array.from({ length: 2 * width * width }, (_, k) => {
    return [2, 7].includes(Math.floor(k / 2 / width)) ? random() - 0.5 : 0;
  });
  const grid = new Float32Array(2 * size * size).fill(NaN);
  new GridTransform(size).toGrid(image, width, grid, reach);
  for (let v = -reach; v <= reach; v++) {
    for (let u = -reach; u <= reach; u++) {
      const cell = (v + size / 2) * size + u + size / 2;
      const [re, im] = directSum(image, width, { size, sign: 1, x: u, y: v });
      assert.ok(Math.hypot(grid[2 * cell] - re, grid[2 * cell + 1] - im) < 1e-4);
    }
  }
});
