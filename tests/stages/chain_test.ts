import assert from "node:assert/strict";
import { decode } from "fast-png";
import {
  gainIndex,
  type GainTable,
  readGainTable,
  writeGainTable,
} from "../../scripts/stages/lib/gain_table.ts";
import { separationArcsec } from "../../scripts/stages/lib/wcs.ts";
import type { JsonObject } from "../../lib/task.ts";
import { runChain, VLA_SCAN, withFolder } from "./_chain.ts";

const STANDARD = ["convert_uvh5", "calibrate", "image", "extract", "catalog"];
const PHASE_CENTRE = { raDeg: 152.0000666676, decDeg: 7.504597780065 };
/** Width of the synthesized beam. */
const BEAM_ARCSEC = 2.6;
const MAX_MEMORY_BYTES = 400e6;

/** Sources that could be the calibrator: within 0.3 arcsec of the phase centre, 1 Jy within 3 %. */
function findCalibrator(rows: JsonObject[]): JsonObject[] {
  return rows.filter((row) => isAtCentre(row) && Math.abs(Number(row.flux_jy) - 1) < 0.03);
}

function isAtCentre(row: JsonObject): boolean {
  return separation(row) < 0.3;
}

/** Distance of a source from the phase centre, in arcseconds. */
function separation(row: JsonObject): number {
  return separationArcsec({ raDeg: Number(row.ra_deg), decDeg: Number(row.dec_deg) }, PHASE_CENTRE);
}

Deno.test("the standard chain finds the calibrator when run on a real uncalibrated scan", async () => {
  await withFolder(async (folder) => {
    const steps = await runChain(folder, STANDARD, { params: { input: VLA_SCAN } });

    const rows = steps.catalog.result.rows as JsonObject[];
    assert.equal(rows.length, 1);
    assert.equal(findCalibrator(rows).length, 1, JSON.stringify(rows));
    assert.equal(steps.catalog.result.observed_at, "2010-04-26T03:21:56.001Z");

    const { solved_channels: solved, applied_channels: applied } = steps.calibrate.result;
    assert.deepEqual(solved, Array.from({ length: 32 }, (_, k) => 2 * k));
    assert.deepEqual(applied, Array.from({ length: 32 }, (_, k) => 2 * k + 1));

    const picture = decode(await Deno.readFile(String(steps.image.result.png)));
    assert.equal(picture.height, steps.image.result.size);
    for (const name of ["gain_plot", "before_after"]) {
      assert.ok(decode(await Deno.readFile(String(steps.calibrate.result[name]))).width >= 480, name);
    }
    assert.equal((steps.image.result.clean as JsonObject).converged, true);

    for (const [name, { report }] of Object.entries(steps)) {
      const megabytes = (report.peakMemoryBytes ?? 0) / 1e6;
      assert.ok(megabytes < MAX_MEMORY_BYTES / 1e6, `${name} took ${megabytes} MB`);
    }
  });
});

Deno.test("the quick chain shows no source at the phase centre when the scan is not calibrated", async () => {
  await withFolder(async (folder) => {
    const steps = await runChain(folder, ["convert_uvh5", "image", "extract"], {
      params: { input: VLA_SCAN },
    });
    const { sources } = JSON.parse(await Deno.readTextFile(String(steps.extract.result.sources)));
    assert.deepEqual(sources.filter((row: JsonObject) => separation(row) < BEAM_ARCSEC), []);
  });
});

Deno.test("apply_calibration loses a quarter of the flux when the gains of two antennas are swapped", async () => {
  await withFolder(async (folder) => {
    const { sources, rms } = await imageWithGains(folder, (antenna) => ({ 1: 5, 5: 1 })[antenna] ?? antenna);
    assert.deepEqual(findCalibrator(sources), []);
    // 29 of the 120 baselines have a wrong phase: a source remains, at 0.77 Jy, and the noise doubles.
    const flux = Number(sources.find(isAtCentre)?.flux_jy);
    assert.ok(flux > 0.65 && flux < 0.85, `${flux} Jy at the phase centre`);
    assert.ok(rms > 0.014, `noise of ${rms} Jy`);
  });
});

Deno.test("apply_calibration shows nothing at the phase centre when each antenna has its neighbour's gains", async () => {
  await withFolder(async (folder) => {
    const { sources } = await imageWithGains(folder, (antenna, count) => (antenna + 1) % count);
    assert.deepEqual(sources.filter((row) => separation(row) < BEAM_ARCSEC), []);
  });
});

/**
 * Images the scan with the gains of the wrong antennas.
 *
 * @param gainsOf Says whose gains an antenna gets.
 */
async function imageWithGains(
  folder: string,
  gainsOf: (antenna: number, count: number) => number,
): Promise<{ sources: JsonObject[]; rms: number }> {
  const solved = await runChain(folder, ["convert_uvh5", "calibrate"], { params: { input: VLA_SCAN } });
  const table = readGainTable(String(solved.calibrate.result.table));
  const mixed = `${folder}/mixed`;
  writeGainTable(mixed, { ...table, gains: rearrangeGains(table, gainsOf) });
  const steps = await runChain(folder, ["apply_calibration", "image", "extract"], {
    params: { visset: solved.convert_uvh5.result.visset, table: mixed },
  });
  const list = JSON.parse(await Deno.readTextFile(String(steps.extract.result.sources)));
  return { sources: list.sources, rms: Number(steps.extract.result.rms) };
}

function rearrangeGains(table: GainTable, gainsOf: (antenna: number, count: number) => number): Float64Array {
  const gains = table.gains.slice();
  const count = table.antennas.length;
  for (let p = 0; p < table.polarizations.length; p++) {
    for (let channel = 0; channel < table.frequenciesHz.length; channel++) {
      const first = gainIndex(table, p, channel);
      for (let antenna = 0; antenna < count; antenna++) {
        const from = first + 2 * gainsOf(antenna, count);
        gains.set(table.gains.subarray(from, from + 2), first + 2 * antenna);
      }
    }
  }
  return gains;
}
