import assert from "node:assert/strict";
import { decodeFits, encodeFits } from "../../../scripts/stages/lib/fits.ts";
import { describeImage, isoTime, readGeometry } from "../../../scripts/stages/lib/image_header.ts";
import type { VissetMeta } from "../../../scripts/stages/lib/visset.ts";

const META: VissetMeta = {
  version: 1,
  telescope: "SIM",
  scan: "SIM 2026-03-01T00:00:00.000 1400.000-1401.000 MHz",
  phaseCentre: {
    name: "O'Brien's field",
    raDeg: 123.456789012345,
    decDeg: -7.5,
    frame: "ICRS",
    equinox: null,
  },
  rowCount: 1,
  frequenciesHz: [1.4e9, 1.41e9],
  channelWidthHz: 1e7,
  channels: [0, 1],
  polarizations: ["XX", "YY"],
  antennas: [],
  startJd: 2455312.64023149,
  endJd: 2455312.65,
  unit: "Jy",
};
const FACTS = {
  size: 64,
  cellRad: 1e-5,
  beam: { majorRad: 5e-5, minorRad: 4e-5, positionAngleRad: -0.3 },
  history: ["made by a test"],
};

function encode(meta = META): Uint8Array {
  const pixels = Float64Array.from({ length: 64 * 64 }, (_, k) => k / 7);
  return encodeFits(pixels, [64, 64, 1, 1], describeImage(meta, FACTS));
}

Deno.test("decodeFits() gives back what encodeFits() wrote", () => {
  const image = decodeFits(encode(), "a.fits");
  assert.equal(image.width, 64);
  assert.equal(image.height, 64);
  assert.deepEqual(image.pixels, Float32Array.from({ length: 64 * 64 }, (_, k) => k / 7));
  assert.equal(image.header.get("OBJECT"), "O'Brien's field");
  assert.equal(image.header.get("CRVAL1"), 123.456789012345);
  assert.equal(image.header.get("CTYPE2"), "DEC--SIN");
  assert.equal(image.header.get("RADESYS"), "ICRS");
  assert.equal(image.header.has("EQUINOX"), false);
  assert.equal(image.header.get("DATE-OBS"), "2010-04-26T03:21:56.001");
  const { projection, beam, observedAt } = readGeometry(image, "a.fits");
  assert.ok(Math.abs(projection.cellRad / FACTS.cellRad - 1) < 1e-12);
  assert.equal(projection.x, 32);
  assert.ok(Math.abs(beam.positionAngleRad + 0.3) < 1e-12);
  assert.equal(observedAt, "2010-04-26T03:21:56.001Z");
});

Deno.test("encodeFits() writes blocks of 2880 bytes and cards of 80 that end in column 30", () => {
  const bytes = encode();
  assert.equal(bytes.length % 2880, 0);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 2880 * 2));
  assert.equal(text.slice(0, 30), "SIMPLE  =                    T");
  assert.equal(text.slice(80, 110), "BITPIX  =                  -32");
  const card = (key: string) => text.match(/.{80}/g)!.find((line) => line.startsWith(key));
  assert.match(card("CRPIX1")!, /^CRPIX1 {2}= {17}33\.0 *$/);
  assert.match(card("BMAJ")!, /^BMAJ {4}= {4}2\.864788975654E-3 \/ /);
  assert.match(card("CTYPE1")!, /^CTYPE1 {2}= 'RA---SIN' *$/);
});

Deno.test("describeImage() gives the equinox of FK5 and the arbitrary unit of uncalibrated data", () => {
  const phaseCentre = { ...META.phaseCentre, frame: "FK5" as const, equinox: 2000 };
  const { header } = decodeFits(encode({ ...META, phaseCentre, unit: "uncalib" }), "a.fits");
  assert.equal(header.get("EQUINOX"), 2000);
  assert.equal(header.get("BUNIT"), "uncalib");
});

Deno.test("decodeFits() says what is wrong when a file is cut off or is none", () => {
  assert.throws(
    () => decodeFits(encode().subarray(0, 6000), "a.fits"),
    /a\.fits is truncated: \d+ bytes are missing/,
  );
  assert.throws(() => decodeFits(encode().subarray(0, 1000), "a.fits"), /a\.fits is not a FITS file/);
  assert.throws(() => decodeFits(new TextEncoder().encode("hello"), "a.fits"), /a\.fits is not a FITS file/);
  assert.throws(() => decodeFits(encodeFits(new Float32Array(8), [2, 2, 2], []), "b.fits"), /axes 2 x 2 x 2/);
});

Deno.test("readGeometry() names the keyword that is missing", () => {
  const cards = describeImage(META, FACTS).filter(({ key }) => key !== "BMAJ");
  const image = decodeFits(encodeFits(new Float32Array(64 * 64), [64, 64], cards), "a.fits");
  assert.throws(() => readGeometry(image, "a.fits"), /Keyword BMAJ is missing in the header of a\.fits/);
});

Deno.test("isoTime() rounds to the millisecond and has no zone", () => {
  assert.equal(isoTime(2451545), "2000-01-01T12:00:00.000");
});
