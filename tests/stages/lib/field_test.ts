import assert from "node:assert/strict";
import { chooseField } from "../../../scripts/stages/lib/field.ts";

const ARCSEC = 1 / 206_264.806;

/** One baseline of 1000 m at 20 cm: 5000 wavelengths. */
const DATA = {
  rowCount: 2,
  frequenciesHz: Float64Array.of(299_792_458 / 0.2),
  uvwM: Float64Array.of(600, 800, 0, 9000, 0, 0),
  visibility: new Float32Array(4),
  weight: Float32Array.of(1, 0),
};

Deno.test("chooseField() takes a quarter of the finest beam as pixel, from baselines that have data", () => {
  const { cellRad } = chooseField(DATA, null);
  assert.ok(Math.abs(cellRad / ARCSEC - 7.2) < 1e-6, `${cellRad / ARCSEC}`); // 0.705 / 5000 / 4 rad = 7.27 arcsec
});

Deno.test("chooseField() takes twice the antenna's beam as field, in powers of two and within limits", () => {
  const size = (diameterM: number | null) => chooseField(DATA, diameterM).size;
  assert.equal(size(null), 512);
  assert.equal(size(25), 512); // 0.94 degrees of 7.2 arcsec
  assert.equal(size(100), 256);
  assert.deepEqual(chooseField(DATA, 4.65).capped, true);
  assert.equal(size(4.65), 1024);
});

Deno.test("chooseField() obeys what was asked for, unless the pixel is too wide", () => {
  const field = chooseField(DATA, 25, { size: 128, cellArcsec: 5 });
  assert.equal(field.size, 128);
  assert.ok(Math.abs(field.cellRad / ARCSEC - 5) < 1e-6);
  assert.throws(
    () => chooseField(DATA, 25, { cellArcsec: 20 }),
    /"cell_arcsec" is 20, too wide .* give at most 14/,
  );
});
