import assert from "node:assert/strict";
import type { GainTable } from "../../../scripts/stages/lib/gain_table.ts";
import { GainTrack } from "../../../scripts/stages/lib/gain_track.ts";
import type { VissetMeta } from "../../../scripts/stages/lib/visset.ts";

const META: VissetMeta = {
  version: 1,
  telescope: "SIM",
  scan: "SIM 2026-03-01T00:00:00.000 1400.000-1401.000 MHz",
  phaseCentre: { name: "field", raDeg: 10, decDeg: 34, frame: "ICRS", equinox: null },
  rowCount: 0,
  frequenciesHz: [1.4e9],
  channelWidthHz: 1e6,
  channels: [0],
  polarizations: ["XX"],
  antennas: [{ name: "A", diameterM: null }, { name: "B", diameterM: null }],
  startJd: 2460000,
  endJd: 2460000.1,
  unit: "uncalib",
};

/** A table of two antennas, given by amplitude and phase. */
function table(startJd: number, a: [number, number], b: [number, number], reference = "A"): GainTable {
  return {
    version: 1,
    telescope: "SIM",
    antennas: ["A", "B"],
    polarizations: ["XX"],
    frequenciesHz: [1.4e9],
    channelWidthHz: 1e6,
    solvedChannels: [0],
    startJd,
    endJd: startJd,
    modelFluxJy: 1,
    referenceAntenna: reference,
    channelsPerSolution: 1,
    medianSnr: 100,
    iterations: 1,
    solutions: { total: 1, unconverged: 0, flaggedFraction: 0 },
    dropped: [],
    gains: Float64Array.from([a, b].flatMap(([amplitude, phase]) => {
      return [amplitude * Math.cos(phase), amplitude * Math.sin(phase)];
    })),
  };
}

/** Amplitude and phase of antenna B at a time. */
function gainOfB(tables: GainTable[], timeJd: number): [number, number] {
  const gains = new GainTrack(META, tables, [0]).at(timeJd);
  return [Math.hypot(gains[2], gains[3]), Math.atan2(gains[3], gains[2])];
}

function assertGain(actual: [number, number], expected: [number, number]): void {
  actual.forEach((value, k) =>
    assert.ok(Math.abs(value - expected[k]) < 1e-9, `${actual} instead of ${expected}`)
  );
}

Deno.test("GainTrack.at() goes linearly from one table to the next, in amplitude and the short way in phase", () => {
  const tables = [table(2460001, [1, 0], [2, -3.0]), table(2460000, [1, 0], [1, 3.0])];
  const step = 2 * Math.PI - 6;
  assertGain(gainOfB(tables, 2460000.25), [1.25, 3 + step / 4]);
  assertGain(gainOfB(tables, 2460000.75), [1.75, -3 - step / 4]);
});

Deno.test("GainTrack.at() keeps the nearest table's gains before the first and after the last", () => {
  const tables = [table(2460000, [1, 0], [1, 0.5]), table(2460001, [1, 0], [2, 1])];
  assertGain(gainOfB(tables, 2459999), [1, 0.5]);
  assertGain(gainOfB(tables, 2460007), [2, 1]);
});

Deno.test("GainTrack.at() compares tables by one reference antenna", () => {
  const tables = [table(2460000, [1, 0], [1, 0.5]), table(2460001, [1, 0.3], [1, 1.0], "B")];
  // Seen from A, antenna B is at 0.5 before and at 0.7 afterwards.
  assertGain(gainOfB(tables, 2460000.5), [1, 0.6]);
});

Deno.test("GainTrack.at() takes the gain of the other table when one has none", () => {
  const tables = [table(2460000, [1, 0], [0, 0]), table(2460001, [1, 0], [2, 1])];
  assertGain(gainOfB(tables, 2460000.5), [2, 1]);
});
