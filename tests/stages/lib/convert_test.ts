import assert from "node:assert/strict";
import { convertUvh5 } from "../../../scripts/stages/lib/convert.ts";
import { Hdf5File } from "../../../scripts/stages/lib/hdf5.ts";
import { greenwichSiderealTime } from "../../../scripts/stages/lib/sidereal_time.ts";
import { readVisset, type VisibilityBlock, type VissetMeta } from "../../../scripts/stages/lib/visset.ts";
import { testData, withFolder } from "../_chain.ts";
import { createArray, createRandom, observe, project, simulate, type SimulatedRows } from "../_simulator.ts";
import { type Uvh5Options, writeUvh5 } from "../_uvh5_writer.ts";

const COUNT = 6;
const LONGITUDE_DEG = -118.3;
const LONGITUDE = LONGITUDE_DEG * Math.PI / 180;
const FREQUENCIES = [1.41e9, 1.405e9, 1.40e9];
const TIMES = [0, 1, 2].map((k) => 2460676.7 + k * 60 / 86_400);
const DEC = 0.65;
const ANTENNAS = createArray(COUNT, createRandom(31));
const SKY = [{ l: 0.003, m: -0.002, fluxJy: 2 }];

/** Positions in the file's frame: turned about the Earth's axis by the longitude. */
const POSITIONS = ANTENNAS.map((_, k) => {
  const [x, y, z] = ANTENNAS.subarray(k - k % 3, k - k % 3 + 3);
  const [sin, cos] = [Math.sin(LONGITUDE), Math.cos(LONGITUDE)];
  return [cos * x - sin * y, sin * x + cos * y, z][k % 3];
});

const ROWS = simulate({
  antennas: ANTENNAS,
  frequenciesHz: FREQUENCIES,
  hourAngles: [-0.01, 0, 0.01],
  dec: DEC,
  sources: SKY,
});

const OPTIONS: Uvh5Options = {
  longitudeDeg: LONGITUDE_DEG,
  positionsM: POSITIONS,
  timesJd: TIMES,
  frequenciesHz: FREQUENCIES,
  centre: { ra: 1.5, dec: DEC },
};

async function convert(
  folder: string,
  options: Partial<Uvh5Options> = {},
  rows: SimulatedRows = ROWS,
): Promise<{ meta: VissetMeta; block: VisibilityBlock; flaggedFraction: number }> {
  await writeUvh5(`${folder}/in.uvh5`, rows, { ...OPTIONS, ...options });
  const conversion = await convertUvh5([`${folder}/in.uvh5`], `${folder}/visset`, () => {});
  const [block] = readVisset(`${folder}/visset`, conversion.meta);
  return { ...conversion, block };
}

Deno.test("convertUvh5() keeps visibilities, baselines and times of a phased file", async () => {
  await withFolder(async (folder) => {
    const { meta, block, flaggedFraction } = await convert(folder);
    assert.equal(meta.rowCount, ROWS.rowCount);
    assert.deepEqual(meta.polarizations, ["XX", "YY"]);
    assert.deepEqual(meta.frequenciesHz, FREQUENCIES);
    assert.ok(Math.abs(meta.phaseCentre.raDeg - 1.5 * 180 / Math.PI) < 1e-9);
    assert.equal(meta.phaseCentre.frame, "ICRS");
    assert.equal(flaggedFraction, 0);
    assert.deepEqual(block.visibility, ROWS.visibility);
    assert.deepEqual(block.uvwM, ROWS.uvwM);
    assert.ok(block.weight.every((weight) => Math.abs(weight - 12.9) < 1e-5));
  });
});

Deno.test("convertUvh5() reads the old layout of rank 4 and an old-style phase centre", async () => {
  await withFolder(async (folder) => {
    const header = {
      "phase_type": "phased",
      "phase_center_ra": -0.5,
      "phase_center_dec": DEC,
      "object_name": "X",
    };
    const { meta, block } = await convert(folder, { oldLayout: true, centre: undefined, header });
    assert.equal(meta.phaseCentre.name, "X");
    assert.ok(Math.abs(meta.phaseCentre.raDeg - (360 - 0.5 * 180 / Math.PI)) < 1e-9);
    assert.deepEqual(block.visibility, ROWS.visibility);
  });
});

Deno.test("convertUvh5() leaves out auto-correlations and flags what is no number", async () => {
  await withFolder(async (folder) => {
    const rows = { ...ROWS, antenna2: ROWS.antenna2.slice(), visibility: ROWS.visibility.slice() };
    rows.antenna2[0] = rows.antenna1[0];
    rows.visibility[4 * FREQUENCIES.length] = NaN; // the first sample of the second row
    const { meta, block, flaggedFraction } = await convert(folder, {}, rows);
    assert.equal(meta.rowCount, ROWS.rowCount - 1);
    assert.equal(block.weight[0], 0);
    assert.equal(block.visibility[0], 0);
    assert.ok(Math.abs(flaggedFraction - 1 / (meta.rowCount * FREQUENCIES.length * 2)) < 1e-12);
  });
});

Deno.test("convertUvh5() turns a file that is fringe-stopped on the meridian to the position at mid time", async () => {
  await withFolder(async (folder) => {
    const sidereal = TIMES.map((time) => greenwichSiderealTime(time) + LONGITUDE);
    const fixed = simulate({
      antennas: ANTENNAS,
      frequenciesHz: FREQUENCIES,
      hourAngles: sidereal.map((time) => time - sidereal[1]),
      dec: DEC,
      sources: SKY,
    });
    const native = driftScan(fixed, sidereal);
    const { meta, block } = await convert(folder, {
      centre: undefined,
      oldLayout: true,
      header: {
        "phase_type": "drift",
        "extra_keywords/phase_center_epoch": "HADEC",
        "extra_keywords/phase_center_dec": DEC,
        "extra_keywords/ha_phase_center": 0,
      },
    }, native);
    const expectedRa = (sidereal[1] * 180 / Math.PI % 360 + 360) % 360;
    assert.ok(Math.abs(meta.phaseCentre.raDeg - expectedRa) < 1e-6);
    assert.equal(meta.phaseCentre.frame, "GAPPT");
    block.uvwM.forEach((value, k) => assert.ok(Math.abs(value - fixed.uvwM[k]) < 1e-3));
    block.visibility.forEach((value, k) => assert.ok(Math.abs(value - fixed.visibility[k]) < 1e-3));
  });
});

/**
 * The same sky as DSA-110 writes it: phases towards the meridian of the moment, baselines of hour angle zero. The
 * sources' direction cosines are computed anew for each time.
 */
function driftScan(fixed: SimulatedRows, sidereal: number[]): SimulatedRows {
  const native = { ...fixed, uvwM: fixed.uvwM.slice(), visibility: fixed.visibility.slice() };
  const [{ l, m, fluxJy }] = SKY;
  const n = Math.sqrt(1 - l * l - m * m);
  const dec = Math.asin(m * Math.cos(DEC) + n * Math.sin(DEC));
  const ra = sidereal[1] + Math.atan2(l, n * Math.cos(DEC) - m * Math.sin(DEC));
  for (let row = 0; row < fixed.rowCount; row++) {
    const [i, j] = [fixed.antenna1[row], fixed.antenna2[row]];
    const baseline = [0, 1, 2].map((axis) => ANTENNAS[3 * j + axis] - ANTENNAS[3 * i + axis]);
    const uvw = project(baseline, 0, DEC);
    native.uvwM.set(uvw, 3 * row);
    const hour = ra - sidereal[fixed.integration[row]];
    const source = {
      l: Math.cos(dec) * Math.sin(hour),
      m: Math.sin(dec) * Math.cos(DEC) - Math.cos(dec) * Math.sin(DEC) * Math.cos(hour),
      fluxJy,
    };
    FREQUENCIES.forEach((frequency, channel) => {
      const [re, im] = observe([source], uvw, frequency);
      for (const hand of [0, 1]) {
        native.visibility.set([re, im], 2 * ((row * FREQUENCIES.length + channel) * 2 + hand));
      }
    });
  }
  return native;
}

const REFUSALS: { when: string; options: Partial<Uvh5Options>; message: RegExp }[] = [
  {
    when: "Header is missing",
    options: { without: ["Header"] },
    message: /Group Header is missing in .*in\.uvh5/,
  },
  { when: "Data is missing", options: { without: ["Data"] }, message: /Group Data is missing in .*in\.uvh5/ },
  {
    when: "the flags are missing",
    options: { without: ["Data/flags"] },
    message: /Dataset Data\/flags is missing in .*in\.uvh5: it is not a complete UVH5 file/,
  },
  {
    when: "the baselines are missing",
    options: { header: { "uvw_array": null } },
    message: /Dataset Header\/uvw_array is missing/,
  },
  {
    when: "flags and data disagree",
    options: { data: { flags: { value: new Int8Array(42), shape: [7, 3, 2] } } },
    message: /Data\/flags \(7 x 3 x 2\) and Data\/visdata \(45 x 3 x 2\) of .* have different shapes/,
  },
  {
    when: "the frequencies are too few",
    options: { header: { "freq_array": Float64Array.of(1e9) } },
    message: /Dataset Header\/freq_array of .* has 1 values where the shape of Data\/visdata asks for 3/,
  },
  {
    when: "only cross hands are there",
    options: { header: { "polarization_array": Int32Array.of(-7, -8) } },
    message: /lists none of XX, YY, RR, LL and I/,
  },
  {
    when: "a row names an unknown antenna",
    options: { header: { "antenna_numbers": Int32Array.of(0, 1, 2, 3, 4, 99) } },
    message: /Antenna 5 of the rows is missing in dataset Header\/antenna_numbers/,
  },
  {
    when: "it drifts",
    options: { centre: undefined, header: { "phase_type": "drift" } },
    message: /not phased to a position on the sky .* is of type "drift"\): phase it first/,
  },
  {
    when: "it holds several fields",
    options: { header: { "phase_center_id_array": Int32Array.from({ length: 45 }, (_, k) => k % 2) } },
    message: /holds several fields/,
  },
  {
    when: "a meridian file's baselines are not those of its antennas",
    options: {
      centre: undefined,
      header: { "extra_keywords/phase_center_epoch": "HADEC", "extra_keywords/phase_center_dec": 0.1 },
    },
    message: /Header\/uvw_array disagrees with Header\/antenna_positions/,
  },
];

for (const { when, options, message } of REFUSALS) {
  Deno.test(`convertUvh5() refuses a file when ${when}`, async () => {
    await withFolder(async (folder) => {
      await assert.rejects(convert(folder, options), { name: "BadInput", message });
    });
  });
}

Deno.test("convertUvh5() refuses a file when all its samples are flagged", async () => {
  await withFolder(async (folder) => {
    const rows = { ...ROWS, visibility: ROWS.visibility.map(() => NaN) };
    await assert.rejects(convert(folder, {}, rows), /All samples of .* are flagged/);
  });
});

Deno.test("Hdf5File.rows() reads what is compressed by LZF", async () => {
  using file = await Hdf5File.open(testData("hera_h3c_zen.2458661.23480.HH.uvh5"));
  const { shape } = file.describe("Data/nsamples");
  const samples = new Float32Array(file.rows("Data/nsamples", 0, shape[0]));
  assert.equal(samples.length, 1600);
  assert.ok(samples.every((count) => count === 1));
});

const REASONS: { when: string; options: Partial<Uvh5Options>; rows?: SimulatedRows; message: RegExp }[] = [
  {
    when: "a value is beyond reason",
    options: {},
    rows: { ...ROWS, visibility: ROWS.visibility.map((value, k) => k === 40 ? 4e37 : value) },
    message:
      /Dataset Data\/visdata of .*in\.uvh5 holds values up to 4\.0e\+37, beyond reason: the file is damaged/,
  },
  {
    when: "numbers of samples are negative",
    options: {
      data: { nsamples: { value: new Float32Array(270).fill(-1.2e12), shape: [ROWS.rowCount, 3, 2] } },
    },
    message: /Dataset Data\/nsamples of .*in\.uvh5 holds negative numbers of samples, down to -1\.2e\+12/,
  },
  {
    when: "a baseline is longer than the Earth",
    options: { header: { "uvw_array": ROWS.uvwM.map((value, k) => k === 4 ? 1e30 : value) } },
    message: /Dataset Header\/uvw_array of .*in\.uvh5 holds 1\.00e\+30 m, beyond reason/,
  },
];

for (const { when, options, rows, message } of REASONS) {
  Deno.test(`convertUvh5() refuses a file when ${when}`, async () => {
    await withFolder(async (folder) => {
      await assert.rejects(convert(folder, options, rows), { name: "BadInput", message });
    });
  });
}
