import assert from "node:assert/strict";
import { beamAt, beamShape } from "../../../scripts/stages/lib/beam.ts";
import { findIslands } from "../../../scripts/stages/lib/islands.ts";
import { findSources } from "../../../scripts/stages/lib/source_finder.ts";
import { separationArcsec, skyToPixel } from "../../../scripts/stages/lib/wcs.ts";
import { createNormal, createRandom } from "../_simulator.ts";

const SIZE = 256;
const CELL = 3 / 206_264.806;
const GEOMETRY = {
  projection: { raDeg: 200, decDeg: 35, x: SIZE / 2, y: SIZE / 2, cellRad: CELL },
  beam: { majorRad: 6 * CELL, minorRad: 4 * CELL, positionAngleRad: 0.5 },
  observation: "test",
  observedAt: null,
  frame: null,
};
const SHAPE = beamShape(GEOMETRY.beam, CELL);

function draw(sources: { x: number; y: number; fluxJy: number }[], noise: number): Float32Array {
  const normal = createNormal(createRandom(21));
  const pixels = Float32Array.from({ length: SIZE * SIZE }, () => noise * normal());
  for (const { x, y, fluxJy } of sources) {
    pixels.forEach((_, k) => pixels[k] += fluxJy * beamAt(SHAPE, k % SIZE - x, Math.floor(k / SIZE) - y));
  }
  return pixels;
}

Deno.test("findSources() recovers fluxes and positions of point sources in noise", () => {
  const truth = [
    { x: 60.3, y: 200.7, fluxJy: 1 },
    { x: 128, y: 128, fluxJy: 0.3 },
    { x: 210.5, y: 31.2, fluxJy: 0.15 },
  ];
  const found = findSources(draw(truth, 0.01), SIZE, { geometry: GEOMETRY, thresholdSigma: 7 });
  assert.equal(found.length, 3);
  found.forEach((source, k) => {
    assert.ok(Math.abs(source.fluxJy - truth[k].fluxJy) < 4 * source.fluxErrorJy);
    assert.ok(Math.hypot(source.x - truth[k].x, source.y - truth[k].y) * 3 < 5 * source.positionErrorArcsec);
    const pixel = skyToPixel(GEOMETRY.projection, source);
    assert.ok(Math.hypot(pixel.x - source.x, pixel.y - source.y) < 1e-6);
    assert.ok(separationArcsec(source, source) === 0);
  });
  assert.ok(found[0].snr > 80 && found[0].snr < 120);
});

Deno.test("findSources() finds nothing in noise, nor negative sources", () => {
  const pixels = draw([{ x: 100, y: 100, fluxJy: -1 }], 0.01);
  assert.deepEqual(findSources(pixels, SIZE, { geometry: GEOMETRY, thresholdSigma: 7 }), []);
});

Deno.test("findSources() leaves out a ridge, which no beam fits", () => {
  const pixels = draw([], 0.01);
  for (let x = 100; x < 112; x++) pixels[130 * SIZE + x] += 0.1;
  assert.deepEqual(findSources(pixels, SIZE, { geometry: GEOMETRY, thresholdSigma: 7 }), []);
});

Deno.test("findSources() finds a source at the very edge without failing", () => {
  const found = findSources(draw([{ x: 0, y: 100, fluxJy: 1 }], 0.01), SIZE, {
    geometry: GEOMETRY,
    thresholdSigma: 7,
  });
  assert.equal(found.length, 1);
  assert.ok(Math.abs(found[0].fluxJy - 1) < 0.05);
});

Deno.test("findIslands() joins diagonal neighbours and does not wrap around edges", () => {
  const pixels = Float32Array.from([
    ...[0, 0, 0, 1],
    ...[2, 0, 0, 0],
    ...[0, 3, 0, 0],
    ...[0, 0, 0, 0],
  ]);
  const islands = findIslands(pixels, 4, (pixel) => pixels[pixel] > 0);
  assert.deepEqual(islands, [{ pixels: [3], peak: 3 }, { pixels: [4, 9], peak: 9 }]);
});
