import assert from "node:assert/strict";
import { NoiseMap } from "../../../scripts/stages/lib/noise_map.ts";
import { median, noiseLevel } from "../../../scripts/stages/lib/statistics.ts";
import { createNormal, createRandom } from "../_simulator.ts";

function noise(count: number, sigma: number): Float32Array {
  const normal = createNormal(createRandom(8));
  return Float32Array.from({ length: count }, () => sigma * normal());
}

Deno.test("median() is the middle value, and NaN for an empty list", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("noiseLevel() is the standard deviation, whatever bright sources there are", () => {
  const pixels = noise(40_000, 0.02);
  pixels.fill(50, 0, 400);
  assert.ok(Math.abs(noiseLevel(pixels) / 0.02 - 1) < 0.05);
});

Deno.test("NoiseMap.at() follows noise that differs from place to place", () => {
  const width = 256;
  const pixels = noise(width * width, 1).map((value, k) => k % width < width / 2 ? value : 5 * value);
  const map = new NoiseMap(pixels, width);
  assert.ok(Math.abs(map.at(10, 128) - 1) < 0.2);
  assert.ok(Math.abs(map.at(245, 10) - 5) < 1);
  assert.ok(map.at(128, 128) > 1.2 && map.at(128, 128) < 5);
});
