/**
 * Writes small UVH5 files for tests, on purpose also wrong ones.
 *
 * @module
 */

import { type Hdf5Data, type Hdf5Numbers, writeHdf5 } from "../../scripts/stages/lib/hdf5_writer.ts";
import type { SimulatedRows } from "./_simulator.ts";

/** What the file says besides its rows. */
export interface Uvh5Options {
  /** Array longitude, in degrees. */
  longitudeDeg: number;
  /** Positions of the antennas relative to the array's centre, Earth-centred, in metres. */
  positionsM: Float64Array;
  /** Julian date of each integration. */
  timesJd: number[];
  /** Centre of each channel, in Hz. */
  frequenciesHz: number[];
  /** Datasets of the header by name, over the usual ones; null leaves one out. */
  header?: Record<string, number | string | Hdf5Numbers | null>;
  /** Names of whole groups or datasets to leave out. */
  without?: string[];
  /** True for the old layout of rank 4. @default {false} */
  oldLayout?: boolean;
  /** Datasets of the data by name, over the usual ones. */
  data?: Record<string, Hdf5Data>;
  /** Sidereal phase centre, in radians; none for other kinds of files. */
  centre?: { ra: number; dec: number };
}

/** Writes a file. */
export async function writeUvh5(path: string, rows: SimulatedRows, options: Uvh5Options): Promise<void> {
  const without = options.without ?? [];
  const datasets = [...header(rows, options), ...data(rows, options)];
  await writeHdf5(
    path,
    new Map(
      datasets.filter(([name]) => !without.some((part) => name === part || name.startsWith(`${part}/`))),
    ),
  );
}

function header(rows: SimulatedRows, options: Uvh5Options): [string, Hdf5Data][] {
  const { timesJd, frequenciesHz, positionsM, centre } = options;
  const count = positionsM.length / 3;
  const field = "phase_center_catalog/0";
  const values: Record<string, Hdf5Data["value"] | null> = {
    "antenna_names": Array.from({ length: count }, (_, k) => `A${k}`),
    "ant_1_array": rows.antenna1,
    "ant_2_array": rows.antenna2,
    "uvw_array": rows.uvwM,
    "time_array": Float64Array.from(rows.integration, (k) => timesJd[k]),
    "integration_time": new Float64Array(rows.rowCount).fill(12.9),
    "freq_array": Float64Array.from(frequenciesHz),
    "channel_width": new Float64Array(frequenciesHz.length).fill(244_140.625),
    "polarization_array": Int32Array.of(-5, -6),
    "antenna_numbers": Int32Array.from({ length: count }, (_, k) => k),
    "antenna_positions": positionsM,
    "antenna_diameters": new Float64Array(count).fill(4.65),
    longitude: options.longitudeDeg,
    "telescope_name": "SIM",
    "vis_units": "uncalib",
    ...centre && {
      [`${field}/cat_name`]: "field",
      [`${field}/cat_type`]: "sidereal",
      [`${field}/cat_frame`]: "icrs",
      [`${field}/cat_lon`]: centre.ra,
      [`${field}/cat_lat`]: centre.dec,
    },
    ...options.header,
  };
  return Object.entries(values).flatMap(([name, value]): [string, Hdf5Data][] => {
    return value === null ? [] : [[`Header/${name}`, { value }]];
  });
}

function data(rows: SimulatedRows, options: Uvh5Options): [string, Hdf5Data][] {
  const channels = options.frequenciesHz.length;
  const shape = options.oldLayout ? [rows.rowCount, 1, channels, 2] : [rows.rowCount, channels, 2];
  const samples = rows.rowCount * channels * 2;
  const values: Record<string, Hdf5Data> = {
    visdata: { value: rows.visibility, shape, complex: true },
    flags: { value: new Int8Array(samples), shape },
    nsamples: { value: new Float32Array(samples).fill(1), shape },
    ...options.data,
  };
  return Object.entries(values).map(([name, value]): [string, Hdf5Data] => [`Data/${name}`, value]);
}
