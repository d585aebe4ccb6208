import assert from "node:assert/strict";
import { pixelToSky, separationArcsec, skyToPixel } from "../../../scripts/stages/lib/wcs.ts";

const PROJECTION = { raDeg: 359.9, decDeg: 60, x: 256, y: 256, cellRad: 10 / 206_264.806 };

Deno.test("pixelToSky() gives the reference position at the reference pixel", () => {
  const position = pixelToSky(PROJECTION, 256, 256);
  assert.ok(separationArcsec(position, { raDeg: 359.9, decDeg: 60 }) < 1e-6);
});

Deno.test("skyToPixel() is the inverse of pixelToSky(), also across right ascension zero", () => {
  for (const [x, y] of [[0, 0], [511, 3], [17.25, 400.5], [256, 511]]) {
    const back = skyToPixel(PROJECTION, pixelToSky(PROJECTION, x, y));
    assert.ok(Math.hypot(back.x - x, back.y - y) < 1e-6);
  }
});

Deno.test("pixelToSky() has east on the left and north at the top", () => {
  assert.ok(pixelToSky({ ...PROJECTION, raDeg: 100 }, 250, 256).raDeg > 100);
  assert.ok(pixelToSky(PROJECTION, 256, 260).decDeg > 60);
});

Deno.test("pixelToSky() agrees with spherical trigonometry", () => {
  // A pixel d to the west on the row of the reference pixel is at the angle asin(d) from it.
  const position = pixelToSky({ ...PROJECTION, raDeg: 100 }, 256 + 100, 256);
  const expected = Math.asin(100 * PROJECTION.cellRad) * 206_264.806;
  assert.ok(Math.abs(separationArcsec(position, { raDeg: 100, decDeg: 60 }) - expected) < 1e-3);
});

Deno.test("separationArcsec() counts right ascension by the cosine of the declination", () => {
  const separation = separationArcsec({ raDeg: 10, decDeg: 60 }, { raDeg: 10.001, decDeg: 60 });
  assert.ok(Math.abs(separation - 1.8) < 1e-6);
});
