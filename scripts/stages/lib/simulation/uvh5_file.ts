/**
 * Synthetic observations as UVH5 files: in the present layout, phased to a fixed position; or as DSA-110 writes them,
 * in the old layout of rank 4, fringe-stopped on the meridian.
 *
 * @module
 */

import type { Hdf5Data } from "../hdf5_writer.ts";
import { type AntennaArray, DIAMETER_M, SITE } from "./array.ts";
import type { ObservedRows } from "./observe.ts";
import type { Direction } from "./sky.ts";

/** What a file says besides its rows. */
export interface FileFacts {
  /** The array. */
  array: AntennaArray;
  /** Name of the telescope. */
  telescope: string;
  /** Name of the field. */
  field: string;
  /** Julian date of the middle of each integration. */
  timesJd: readonly number[];
  /** Length of an integration, in seconds. */
  integrationSec: number;
  /** Centre of each channel, in Hz. */
  frequenciesHz: readonly number[];
  /** Width of a channel, in Hz. */
  channelWidthHz: number;
  /** Phase centre. */
  centre: Direction;
}

/** Rows per chunk of the data. */
const CHUNK_ROWS = 4096;

/** The datasets of a file in the present layout (version 1.2). */
export function describeUvh5(rows: ObservedRows, facts: FileFacts): Map<string, Hdf5Data> {
  const channels = facts.frequenciesHz.length;
  const centre = "Header/phase_center_catalog/0";
  return new Map<string, Hdf5Data>([
    ...commonHeader(rows, facts),
    ["Header/version", { value: "1.2" }],
    ["Header/Nphase", { value: Int32Array.of(1), shape: [] }],
    ["Header/uvw_array", { value: rows.uvwM, shape: [rows.rowCount, 3] }],
    ["Header/freq_array", { value: Float64Array.from(facts.frequenciesHz) }],
    ["Header/channel_width", { value: new Float64Array(channels).fill(facts.channelWidthHz) }],
    ["Header/phase_center_id_array", { value: new Int32Array(rows.rowCount) }],
    [`${centre}/cat_name`, { value: facts.field }],
    [`${centre}/cat_type`, { value: "sidereal" }],
    [`${centre}/cat_frame`, { value: "icrs" }],
    [`${centre}/cat_epoch`, { value: 2000 }],
    [`${centre}/cat_lon`, { value: facts.centre.raRad }],
    [`${centre}/cat_lat`, { value: facts.centre.decRad }],
    ...describeData(rows, [rows.rowCount, channels, 2]),
  ]);
}

/** The datasets of a file as DSA-110 writes it. The rows must be tracked on the meridian. */
export function describeNativeUvh5(rows: ObservedRows, facts: FileFacts): Map<string, Hdf5Data> {
  const channels = facts.frequenciesHz.length;
  return new Map<string, Hdf5Data>([
    ...commonHeader(rows, facts),
    ["Header/phase_type", { value: "drift" }],
    ["Header/object_name", { value: facts.field }],
    ["Header/uvw_array", { value: Float32Array.from(rows.uvwM), shape: [rows.rowCount, 3] }],
    ["Header/freq_array", { value: Float64Array.from(facts.frequenciesHz), shape: [1, channels] }],
    ["Header/channel_width", { value: facts.channelWidthHz }],
    ["Header/extra_keywords/phase_center_dec", { value: facts.centre.decRad }],
    ["Header/extra_keywords/ha_phase_center", { value: 0 }],
    ["Header/extra_keywords/phase_center_epoch", { value: "HADEC" }],
    ...describeData(rows, [rows.rowCount, 1, channels, 2]),
  ]);
}

function commonHeader(rows: ObservedRows, facts: FileFacts): [string, Hdf5Data][] {
  const { array: { count, earthM }, timesJd, frequenciesHz } = facts;
  const numbers: [string, number][] = [
    ["Nants_data", count],
    ["Nants_telescope", count],
    ["Nbls", rows.rowCount / timesJd.length],
    ["Nblts", rows.rowCount],
    ["Nfreqs", frequenciesHz.length],
    ["Npols", 2],
    ["Nspws", 1],
    ["Ntimes", timesJd.length],
  ];
  return [
    ...numbers.map(([name, value]): [string, Hdf5Data] => {
      return [`Header/${name}`, { value: Int32Array.of(value), shape: [] }];
    }),
    ["Header/latitude", { value: SITE.latitudeDeg }],
    ["Header/longitude", { value: SITE.longitudeDeg }],
    ["Header/altitude", { value: SITE.altitudeM }],
    ["Header/telescope_name", { value: facts.telescope }],
    ["Header/instrument", { value: "simulated" }],
    ["Header/history", { value: "synthetic sky" }],
    ["Header/vis_units", { value: "uncalib" }],
    ["Header/antenna_numbers", { value: Int32Array.from({ length: count }, (_, k) => k) }],
    ["Header/antenna_names", { value: Array.from({ length: count }, (_, k) => `A${k}`) }],
    ["Header/antenna_positions", { value: earthM, shape: [count, 3] }],
    ["Header/antenna_diameters", { value: new Float64Array(count).fill(DIAMETER_M) }],
    ["Header/ant_1_array", { value: rows.antenna1 }],
    ["Header/ant_2_array", { value: rows.antenna2 }],
    ["Header/time_array", { value: Float64Array.from(rows.integration, (k) => timesJd[k]) }],
    ["Header/integration_time", { value: new Float64Array(rows.rowCount).fill(facts.integrationSec) }],
    ["Header/spw_array", { value: Int32Array.of(0) }],
    ["Header/polarization_array", { value: Int32Array.of(-5, -6) }],
  ];
}

function describeData(rows: ObservedRows, shape: number[]): [string, Hdf5Data][] {
  const samples = rows.visibility.length / 2;
  const chunks = [Math.min(rows.rowCount, CHUNK_ROWS), ...shape.slice(1)];
  return [
    ["Data/visdata", { value: rows.visibility, shape, chunks, complex: true }],
    ["Data/flags", { value: new Int8Array(samples), shape, chunks }],
    ["Data/nsamples", { value: new Float32Array(samples).fill(1), shape, chunks }],
  ];
}
