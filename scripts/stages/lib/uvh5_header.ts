/**
 * The header of a UVH5 file, checked.
 *
 * The format is that of pyuvdata's UVH5 memo, versions 0.1 to 1.2: data of rank 3 (rows, channels, polarizations) or,
 * in old files, rank 4 (with a spectral window axis of length 1 after the rows).
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Hdf5File } from "./hdf5.ts";
import type { Antenna } from "./visset.ts";

/** Polarizations that add up to Stokes I, by their number in AIPS memo 117, and Stokes I itself. */
const PARALLEL_HANDS: Record<number, string> = { 1: "I", [-1]: "RR", [-2]: "LL", [-5]: "XX", [-6]: "YY" };

/** What the header of a UVH5 file says, without its phase centre. */
export interface Uvh5Header {
  /** Number of rows, auto-correlations included. */
  rowCount: number;
  /** Number of channels. */
  channelCount: number;
  /** Number of polarizations, cross hands included. */
  polarizationCount: number;
  /** Positions of the parallel hands on the polarization axis, and their names. */
  parallelHands: { index: number; name: string }[];
  /** Centre of each channel, in Hz. */
  frequenciesHz: number[];
  /** Width of each channel, in Hz. */
  channelWidthHz: number;
  /** Antennas that occur in the data. */
  antennas: Antenna[];
  /** Positions of the antennas relative to the array's centre: x, y, z of the Earth-centred frame, in metres. */
  antennaPositionsM: Float64Array;
  /** Per row: index of the first antenna in `antennas`. */
  antenna1: Int32Array;
  /** Per row: index of the second antenna in `antennas`. */
  antenna2: Int32Array;
  /** Per row: u, v, w in metres. */
  uvwM: Float64Array;
  /** Per row: Julian date (UTC) of the middle of the integration. */
  timeJd: Float64Array;
  /** Per row: length of the integration, in seconds. */
  integrationSec: Float64Array;
  /** Telescope that observed. */
  telescope: string;
  /** Unit of the visibilities. */
  unit: string;
}

/**
 * Checks that a file has the two groups of UVH5.
 *
 * @throws {BadInput} naming the one that is missing.
 */
export function requireGroups(file: Hdf5File): void {
  for (const group of ["Header", "Data"]) {
    if (!file.has(group)) {
      throw new BadInput(`Group ${group} is missing in ${file.path}: it is not a UVH5 file`);
    }
  }
}

/**
 * Reads and checks the header of a UVH5 file.
 *
 * @throws {BadInput} naming the dataset when one is missing, or when shapes disagree.
 */
export function readUvh5Header(file: Hdf5File): Uvh5Header {
  const [rowCount, channelCount, polarizationCount] = dataShape(file);
  const column = (name: string, perRow = 1) => {
    return expectRange(file, name, expectLength(file, name, rowCount * perRow));
  };
  const frequencies = expectRange(
    file,
    "Header/freq_array",
    expectLength(file, "Header/freq_array", channelCount),
  );
  const rows = [column("Header/ant_1_array"), column("Header/ant_2_array")];
  return {
    rowCount,
    channelCount,
    polarizationCount,
    parallelHands: findParallelHands(file, polarizationCount),
    frequenciesHz: [...frequencies],
    channelWidthHz: Math.abs(file.numbers("Header/channel_width")[0]),
    ...readAntennas(file, rows[0], rows[1]),
    uvwM: column("Header/uvw_array", 3),
    timeJd: column("Header/time_array"),
    integrationSec: column("Header/integration_time"),
    telescope: file.text("Header/telescope_name") ?? "unknown",
    unit: file.text("Header/vis_units") ?? "uncalib",
  };
}

/** Rows, channels and polarizations of `Data/visdata`, after comparing its shape with that of its neighbours. */
function dataShape(file: Hdf5File): [number, number, number] {
  const { shape } = file.describe("Data/visdata");
  for (const name of ["Data/flags", "Data/nsamples"]) {
    const other = file.describe(name).shape;
    if (other.join() !== shape.join()) {
      throw new BadInput(
        `Datasets ${name} (${other.join(" x ")}) and Data/visdata (${shape.join(" x ")}) of ${file.path} ` +
          "have different shapes: write the file again",
      );
    }
  }
  const isOldLayout = shape.length === 4 && shape[1] === 1;
  if (shape.length !== 3 && !isOldLayout || shape.includes(0)) {
    throw new BadInput(
      `Dataset Data/visdata of ${file.path} has the shape ${shape.join(" x ")}: ` +
        "rows x channels x polarizations are expected, none of them empty",
    );
  }
  return [shape[0], shape.at(-2)!, shape.at(-1)!];
}

function expectLength(file: Hdf5File, name: string, length: number): Float64Array {
  const numbers = file.numbers(name);
  if (numbers.length === length) return numbers;
  throw new BadInput(
    `Dataset ${name} of ${file.path} has ${numbers.length} values where the shape of Data/visdata asks for ` +
      `${length}: write the file again`,
  );
}

/** What values can be, in the unit of the dataset; a corrupted header seldom keeps to it. */
const RANGES: Record<string, [least: number, most: number, unit: string]> = {
  "Header/freq_array": [1e6, 1e13, "Hz"],
  "Header/uvw_array": [-2e7, 2e7, "m"],
  "Header/time_array": [2400000, 2500000, "days"],
  "Header/integration_time": [1e-9, 1e6, "s"],
};

function expectRange(file: Hdf5File, name: string, numbers: Float64Array): Float64Array {
  const [least, most, unit] = RANGES[name] ?? [-Infinity, Infinity, ""];
  const stray = numbers.find((number) => number < least || number > most);
  if (stray === undefined) return numbers;
  throw new BadInput(
    `Dataset ${name} of ${file.path} holds ${stray.toPrecision(3)} ${unit}, beyond reason: ` +
      "the file is damaged, write it again from its source",
  );
}

function findParallelHands(file: Hdf5File, count: number): Uvh5Header["parallelHands"] {
  const numbers = expectLength(file, "Header/polarization_array", count);
  const hands = [...numbers].flatMap((number, index) => {
    const name = PARALLEL_HANDS[number];
    return name === undefined ? [] : [{ index, name }];
  });
  if (hands.length > 0) return hands;
  throw new BadInput(
    `Dataset Header/polarization_array of ${file.path} lists none of XX, YY, RR, LL and I: ` +
      "an image of total intensity needs the parallel hands",
  );
}

/** Keeps the antennas that occur in the rows, in the file's order, and renumbers the rows accordingly. */
function readAntennas(
  file: Hdf5File,
  rows1: Float64Array,
  rows2: Float64Array,
): Pick<Uvh5Header, "antennas" | "antennaPositionsM" | "antenna1" | "antenna2"> {
  const numbers = file.numbers("Header/antenna_numbers");
  const names = file.texts("Header/antenna_names");
  const positions = expectLength(file, "Header/antenna_positions", numbers.length * 3);
  const diameters = file.has("Header/antenna_diameters")
    ? file.numbers("Header/antenna_diameters")
    : undefined;
  const used = new Set([...rows1, ...rows2]);
  const kept = [...numbers.keys()].filter((k) => used.has(numbers[k]));
  const index = new Map(kept.map((k, position) => [numbers[k], position]));
  const renumber = (rows: Float64Array) => {
    return Int32Array.from(rows, (number) => {
      const position = index.get(number);
      if (position !== undefined) return position;
      throw new BadInput(
        `Antenna ${number} of the rows is missing in dataset Header/antenna_numbers of ${file.path}: ` +
          "write the file again",
      );
    });
  };
  return {
    antennas: kept.map((k) => ({ name: names[k] ?? String(numbers[k]), diameterM: diameters?.[k] || null })),
    antennaPositionsM: Float64Array.from(kept.flatMap((k) => [...positions.subarray(3 * k, 3 * k + 3)])),
    antenna1: renumber(rows1),
    antenna2: renumber(rows2),
  };
}
