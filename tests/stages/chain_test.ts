import assert from "node:assert/strict";
import { decode } from "fast-png";
import { gainIndex, readGainTable, writeGainTable } from "../../scripts/stages/lib/gain_table.ts";
import { separationArcsec } from "../../scripts/stages/lib/wcs.ts";
import type { JsonObject } from "../../lib/task.ts";
import { runChain, runStage, VLA_SCAN, withFolder } from "./_chain.ts";

const STANDARD = ["convert_uvh5", "calibrate", "image", "extract", "catalog"];
const PHASE_CENTRE = { raDeg: 152.0000666676, decDeg: 7.504597780065 };
const MAX_MEMORY_BYTES = 400e6;

/** Sources that could be the calibrator: within 0.3 arcsec of the phase centre, 1 Jy within 3 %. */
function findCalibrator(rows: JsonObject[]): JsonObject[] {
  return rows.filter((row) => isAtCentre(row) && Math.abs(Number(row.flux_jy) - 1) < 0.03);
}

function isAtCentre(row: JsonObject): boolean {
  const position = { raDeg: Number(row.ra_deg), decDeg: Number(row.dec_deg) };
  return separationArcsec(position, PHASE_CENTRE) < 0.3;
}

async function readSources(path: unknown): Promise<JsonObject[]> {
  return JSON.parse(await Deno.readTextFile(String(path))).sources;
}

Deno.test("the standard chain finds the calibrator when run on a real uncalibrated scan", async () => {
  await withFolder(async (folder) => {
    const started = performance.now();
    const steps = await runChain(folder, STANDARD, { params: { input: VLA_SCAN } });
    const seconds = (performance.now() - started) / 1000;

    const rows = steps.catalog.result.rows as JsonObject[];
    assert.equal(rows.length, 1);
    assert.equal(findCalibrator(rows).length, 1, JSON.stringify(rows));
    assert.equal(steps.catalog.result.observed_at, "2010-04-26T03:21:56.001Z");

    const { solved_channels: solved, applied_channels: applied } = steps.calibrate.result;
    assert.deepEqual(solved, Array.from({ length: 32 }, (_, k) => 2 * k));
    assert.deepEqual(applied, Array.from({ length: 32 }, (_, k) => 2 * k + 1));

    const picture = decode(await Deno.readFile(String(steps.image.result.png)));
    assert.equal(picture.width, steps.image.result.size);
    assert.equal((steps.image.result.clean as JsonObject).converged, true);

    for (const [name, { report }] of Object.entries(steps)) {
      const megabytes = (report.peakMemoryBytes ?? 0) / 1e6;
      assert.ok(megabytes < MAX_MEMORY_BYTES / 1e6, `${name} took ${megabytes} MB`);
    }
    // 3 s on two idle cores; the bound is for machines that do something else besides.
    assert.ok(seconds < 60, `the chain took ${seconds} s`);
  });
});

Deno.test("the quick chain shows no source when the scan is not calibrated", async () => {
  await withFolder(async (folder) => {
    const steps = await runChain(folder, ["convert_uvh5", "image", "extract"], {
      params: { input: VLA_SCAN },
    });
    assert.equal(steps.extract.result.count, 0);
  });
});

for (
  const { name, rotate } of [{ name: "two antennas are swapped", rotate: 0 }, {
    name: "all are rotated",
    rotate: 1,
  }]
) {
  Deno.test(`apply_calibration shows no calibrator when the gains of ${name}`, async () => {
    await withFolder(async (folder) => {
      const solved = await runChain(folder, ["convert_uvh5", "calibrate"], { params: { input: VLA_SCAN } });
      const table = readGainTable(String(solved.calibrate.result.table));
      const mixed = `${folder}/mixed`;
      writeGainTable(mixed, { ...table, gains: rearrange(table, rotate) });
      const steps = await runChain(folder, ["apply_calibration", "image", "extract"], {
        params: { visset: solved.convert_uvh5.result.visset, table: mixed },
      });
      const sources = await readSources(steps.extract.result.sources);
      console.log(name, JSON.stringify(sources), JSON.stringify(steps.image.result));
      assert.deepEqual(findCalibrator(sources), []);
    });
  });
}

function rearrange(table: ReturnType<typeof readGainTable>, rotate: number): Float64Array {
  const gains = table.gains.slice();
  const count = table.antennas.length;
  const order = table.antennas.map((_, k) => rotate ? (k + 1) % count : k === 1 ? 5 : k === 5 ? 1 : k);
  for (let p = 0; p < table.polarizations.length; p++) {
    for (let channel = 0; channel < table.frequenciesHz.length; channel++) {
      const first = gainIndex(table, p, channel);
      order.forEach((from, to) => {
        gains.set(table.gains.subarray(first + 2 * from, first + 2 * from + 2), first + 2 * to);
      });
    }
  }
  return gains;
}
