import assert from "node:assert/strict";
import { applyGains, isSameScan } from "../../../scripts/stages/lib/apply_gains.ts";
import { solveScan } from "../../../scripts/stages/lib/gain_solver.ts";
import { gainIndex, readGainTable, writeGainTable } from "../../../scripts/stages/lib/gain_table.ts";
import {
  createBlock,
  readVisset,
  readVissetMeta,
  type VissetMeta,
  writeVisset,
} from "../../../scripts/stages/lib/visset.ts";
import { pointModel } from "../../../scripts/stages/lib/sky_model.ts";
import { withFolder } from "../_chain.ts";
import { createArray, createGains, createRandom, type Observation, simulate } from "../_simulator.ts";

const COUNT = 12;
const CHANNELS = 8;
const FREQUENCIES = Array.from({ length: CHANNELS }, (_, k) => 1.4e9 + k * 1e6);
const ANTENNAS = createArray(COUNT, createRandom(11));

/** Writes a visset of a simulated scan that starts on the given Julian date. */
function writeScan(folder: string, startJd: number, observation: Partial<Observation>): VissetMeta {
  const hourAngles = [-0.02, 0, 0.02];
  const rows = simulate({
    antennas: ANTENNAS,
    frequenciesHz: FREQUENCIES,
    hourAngles,
    dec: 0.6,
    sources: [],
    ...observation,
  });
  const meta: Omit<VissetMeta, "rowCount"> = {
    version: 1,
    telescope: "SIM",
    scan: "SIM 2026-03-01T00:00:00.000 1400.000-1401.000 MHz",
    phaseCentre: { name: "field", raDeg: 10, decDeg: 34.4, frame: "ICRS", equinox: null },
    frequenciesHz: FREQUENCIES,
    channelWidthHz: 1e6,
    channels: FREQUENCIES.map((_, k) => k),
    polarizations: ["XX", "YY"],
    antennas: Array.from({ length: COUNT }, (_, k) => ({ name: `A${k}`, diameterM: null })),
    startJd,
    endJd: startJd + 0.01,
    unit: "uncalib",
  };
  const block = createBlock(meta, rows.rowCount);
  block.visibility.set(rows.visibility);
  block.weight.fill(1);
  block.uvwM.set(rows.uvwM);
  block.timeJd.set(Array.from(rows.integration, (k) => startJd + k * 0.005));
  block.antenna1.set(rows.antenna1);
  block.antenna2.set(rows.antenna2);
  return writeVisset(folder, meta, [block]);
}

const CALIBRATOR = { sources: [{ l: 0, m: 0, fluxJy: 4 }] };
const ALL = Array.from({ length: CHANNELS }, (_, k) => k);

Deno.test("solveScan() and applyGains() give back a sky that was seen through gains", async () => {
  await withFolder((folder) => {
    const gain = createGains(COUNT, createRandom(12));
    const calibrator = writeScan(`${folder}/cal`, 2460000, { ...CALIBRATOR, gain });
    const table = solveScan(calibrator, readVisset(`${folder}/cal`, calibrator), {
      model: pointModel(4),
      channels: ALL,
    });
    assert.equal(table.channelsPerSolution, 1);
    assert.equal(table.solutions.unconverged, 0);

    const sky = [{ l: 0.001, m: -0.002, fluxJy: 1.5 }];
    const target = writeScan(`${folder}/target`, 2460001, { sources: sky, gain });
    const done = applyGains({ folder: `${folder}/target`, meta: target }, [table], `${folder}/out`);
    assert.equal(done.heldOut, false);
    assert.deepEqual(done.meta.channels, ALL);
    const expected = simulate({
      antennas: ANTENNAS,
      frequenciesHz: FREQUENCIES,
      hourAngles: [-0.02, 0, 0.02],
      dec: 0.6,
      sources: sky,
    }).visibility;
    for (const block of readVisset(`${folder}/out`, readVissetMeta(`${folder}/out`))) {
      block.visibility.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-4));
    }
  });
});

Deno.test("applyGains() weighs each baseline by the squares of its gains", async () => {
  await withFolder((folder) => {
    const gain = (antenna: number): [number, number] => [antenna === 0 ? 3 : 1, 0];
    const meta = writeScan(`${folder}/cal`, 2460000, { ...CALIBRATOR, gain });
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    const target = writeScan(`${folder}/target`, 2460001, { ...CALIBRATOR, gain });
    applyGains({ folder: `${folder}/target`, meta: target }, [table], `${folder}/out`);
    for (const block of readVisset(`${folder}/out`, readVissetMeta(`${folder}/out`))) {
      for (let row = 0; row < block.rowCount; row++) {
        const expected = block.antenna1[row] === 0 ? 9 : 1;
        assert.ok(Math.abs(block.weight[row * CHANNELS * 2] / expected - 1) < 1e-6);
      }
    }
  });
});

Deno.test("solveScan() drops an antenna whose gain is below 0.15 of the median, and applyGains() flags it", async () => {
  await withFolder((folder) => {
    const gain = (
      antenna: number,
      hand: number,
    ): [number, number] => [antenna === 3 && hand === 1 ? 0.1 : 1, 0];
    const meta = writeScan(`${folder}/cal`, 2460000, { ...CALIBRATOR, gain });
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    assert.deepEqual(table.dropped, [{ antenna: "A3", polarization: "YY" }]);
    const target = writeScan(`${folder}/target`, 2460001, { ...CALIBRATOR, gain });
    const { flaggedFraction, antennasWithoutGains } = applyGains(
      { folder: `${folder}/target`, meta: target },
      [table],
      `${folder}/out`,
    );
    assert.ok(Math.abs(flaggedFraction - (COUNT - 1) / (COUNT * (COUNT - 1) / 2) / 2) < 1e-9);
    assert.deepEqual(antennasWithoutGains, []);
  });
});

Deno.test("solveScan() shares solutions between channels when one channel is too noisy", async () => {
  await withFolder((folder) => {
    const gain = createGains(COUNT, createRandom(13));
    const meta = writeScan(`${folder}/cal`, 2460000, { ...CALIBRATOR, gain, noise: 0.9 });
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    assert.ok(table.channelsPerSolution > 1 && table.channelsPerSolution < CHANNELS);
    assert.ok(table.medianSnr > 20 && table.medianSnr < 60);
  });
});

Deno.test("solveScan() says what is wrong when all is noise, or all is flagged", async () => {
  await withFolder((folder) => {
    const meta = writeScan(`${folder}/cal`, 2460000, { noise: 1 });
    const blocks = [...readVisset(`${folder}/cal`, meta)];
    const solve = () => solveScan(meta, blocks, { model: pointModel(1), channels: ALL });
    assert.throws(solve, /No gains were found for field "field"/);
    blocks.forEach((block) => block.weight.fill(0));
    assert.throws(solve, /No gains were found for field "field"/);
  });
});

Deno.test("solveScan() takes the gains of a flagged channel from its neighbours", async () => {
  await withFolder((folder) => {
    const meta = writeScan(`${folder}/cal`, 2460000, {
      ...CALIBRATOR,
      gain: createGains(COUNT, createRandom(14)),
    });
    const [block] = readVisset(`${folder}/cal`, meta);
    block.weight.forEach((_, k) => (k >> 1) % CHANNELS === 0 && (block.weight[k] = 0));
    const table = solveScan(meta, [block], { model: pointModel(4), channels: ALL });
    const [first, second] = [0, 1].map((channel) => {
      const at = gainIndex(table, 0, channel);
      return table.gains.slice(at, at + 2 * COUNT);
    });
    assert.deepEqual(first, second);
    assert.ok(first.every((value, k) => value !== 0 || k % 2 === 1));
  });
});

Deno.test("applyGains() hands on only channels that were not solved when the scan is the same", async () => {
  await withFolder((folder) => {
    const meta = writeScan(`${folder}/cal`, 2460000, CALIBRATOR);
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), {
      model: pointModel(4),
      channels: [0, 2, 4, 6],
    });
    const done = applyGains({ folder: `${folder}/cal`, meta }, [table], `${folder}/out`);
    assert.ok(done.heldOut);
    assert.deepEqual(done.meta.channels, [1, 3, 5, 7]);
    const all = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    assert.throws(
      () => applyGains({ folder: `${folder}/cal`, meta }, [all], `${folder}/out`),
      /All channels of field/,
    );
  });
});

Deno.test("applyGains() refuses a table of another array, band or polarization", async () => {
  await withFolder((folder) => {
    const meta = writeScan(`${folder}/cal`, 2460000, CALIBRATOR);
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    const target = writeScan(`${folder}/target`, 2460001, CALIBRATOR);
    const apply = (change: object) => {
      applyGains({ folder: `${folder}/target`, meta: target }, [{ ...table, ...change }], `${folder}/out`);
    };
    assert.throws(() => apply({ telescope: "VLA" }), /The calibration table is of VLA/);
    assert.throws(
      () => apply({ frequenciesHz: FREQUENCIES.map((f) => f + 1e8) }),
      /no gains at 1400\.000 MHz/,
    );
    assert.throws(() => apply({ polarizations: ["RR", "LL"] }), /gains for RR and LL but not for XX/);
  });
});

Deno.test("isSameScan() needs the same telescope, an overlap in time and one in frequency", () => {
  const scan = { telescope: "A", startJd: 1, endJd: 2, frequenciesHz: [1, 2] };
  assert.ok(isSameScan(scan, { ...scan, startJd: 1.5, endJd: 3 }));
  assert.ok(!isSameScan(scan, { ...scan, telescope: "B" }));
  assert.ok(!isSameScan(scan, { ...scan, startJd: 3, endJd: 4 }));
  assert.ok(!isSameScan(scan, { ...scan, frequenciesHz: [3, 4] }));
});

Deno.test("readGainTable() gives back what writeGainTable() wrote, and refuses a damaged folder", async () => {
  await withFolder((folder) => {
    const meta = writeScan(`${folder}/cal`, 2460000, CALIBRATOR);
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model: pointModel(4), channels: ALL });
    writeGainTable(`${folder}/gains`, table);
    assert.deepEqual(readGainTable(`${folder}/gains`), table);
    Deno.truncateSync(`${folder}/gains/gains.f64`, 80);
    assert.throws(() => readGainTable(`${folder}/gains`), /damaged: it has 10 numbers instead of 384/);
    assert.throws(() => readGainTable(`${folder}/cal`), /cal is not a calibration table/);
  });
});

Deno.test("solveScan() solves on a calibrator of several sources away from the phase centre", async () => {
  await withFolder((folder) => {
    const model = [{ l: 0.002, m: -0.001, fluxJy: 4 }, { l: -0.003, m: 0.002, fluxJy: 2 }];
    const gain = createGains(COUNT, createRandom(12));
    const meta = writeScan(`${folder}/cal`, 2460000, { sources: model, gain, noise: 0.01 });
    const table = solveScan(meta, readVisset(`${folder}/cal`, meta), { model, channels: ALL });
    const ratio = (antenna: number) => {
      const at = gainIndex(table, 0, 0);
      return Math.hypot(table.gains[at + 2 * antenna], table.gains[at + 2 * antenna + 1]) /
        Math.hypot(...gain(antenna, 0, 0));
    };
    for (let antenna = 0; antenna < COUNT; antenna++) assert.ok(Math.abs(ratio(antenna) - 1) < 0.005);
    assert.equal(table.modelFluxJy, 6);
    assert.equal(table.solutions.flaggedFraction, 0);
  });
});
