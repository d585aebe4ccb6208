import assert from "node:assert/strict";
import { beamArea, beamAt, beamOfShape, beamShape, fitBeam } from "../../../scripts/stages/lib/beam.ts";

const CELL = 1 / 206_264.8;

for (const degrees of [-80, -30, 0, 25, 60, 90]) {
  Deno.test(`fitBeam() recovers widths and angle when the beam lies at ${degrees} degrees`, () => {
    const beam = { majorRad: 9 * CELL, minorRad: 5 * CELL, positionAngleRad: degrees * Math.PI / 180 };
    const shape = beamShape(beam, CELL);
    const size = 64;
    const psf = Float32Array.from({ length: size * size }, (_, k) => {
      return beamAt(shape, k % size - size / 2, Math.floor(k / size) - size / 2);
    });
    const found = beamOfShape(fitBeam(psf, size), CELL);
    assert.ok(Math.abs(found.majorRad / beam.majorRad - 1) < 1e-4);
    assert.ok(Math.abs(found.minorRad / beam.minorRad - 1) < 1e-4);
    assert.ok(Math.abs(Math.sin(found.positionAngleRad - beam.positionAngleRad)) < 1e-4);
  });
}

Deno.test("beamShape() turns the major axis from north towards east, which is to the left", () => {
  const shape = beamShape({ majorRad: 10 * CELL, minorRad: 4 * CELL, positionAngleRad: Math.PI / 4 }, CELL);
  assert.ok(beamAt(shape, -3, 3) > beamAt(shape, 3, 3));
  const north = beamShape({ majorRad: 10 * CELL, minorRad: 4 * CELL, positionAngleRad: 0 }, CELL);
  assert.ok(beamAt(north, 0, 3) > beamAt(north, 3, 0));
  assert.ok(Math.abs(beamAt(north, 0, 5) - 0.5) < 1e-9, "half maximum at half the width");
});

Deno.test("beamArea() is the sum over the pixels of a beam", () => {
  const shape = beamShape({ majorRad: 8 * CELL, minorRad: 6 * CELL, positionAngleRad: 0.3 }, CELL);
  let sum = 0;
  for (let y = -30; y <= 30; y++) for (let x = -30; x <= 30; x++) sum += beamAt(shape, x, y);
  assert.ok(Math.abs(sum / beamArea(shape) - 1) < 1e-6);
});

Deno.test("fitBeam() asks for smaller pixels when the core is a single one", () => {
  const psf = new Float32Array(64 * 64);
  psf[32 * 64 + 32] = 1;
  assert.throws(() => fitBeam(psf, 64), /smaller "cell_arcsec"/);
});
