/**
 * Writes small UVH5 files for tests, on purpose also wrong ones.
 *
 * @module
 */

import { dtype_to_metadata as describeType, File, ready } from "h5wasm";
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
  header?: Record<string, number | string | Float64Array | Int32Array | null>;
  /** Names of whole groups or datasets to leave out. */
  without?: string[];
  /** True for the old layout of rank 4. @default {false} */
  oldLayout?: boolean;
  /** Shape that the flags are written with, if not that of the data. */
  flagShape?: number[];
  /** Sidereal phase centre, in radians; none for other kinds of files. */
  centre?: { ra: number; dec: number };
}

type HeaderValue = number | string | Float64Array | Int32Array;

/** Writes a file. */
export async function writeUvh5(path: string, rows: SimulatedRows, options: Uvh5Options): Promise<void> {
  const { FS } = await ready as unknown as {
    FS: { readFile(path: string): Uint8Array; unlink(path: string): void };
  };
  const inner = `/${crypto.randomUUID()}.h5`;
  const file = new File(inner, "w");
  const without = options.without ?? [];
  if (!without.includes("Header")) writeHeader(file, rows, options);
  if (!without.includes("Data")) await writeData(file, rows, options);
  file.flush();
  file.close();
  await Deno.writeFile(path, FS.readFile(inner));
  FS.unlink(inner);
}

function writeHeader(file: File, rows: SimulatedRows, options: Uvh5Options): void {
  const { timesJd, frequenciesHz, positionsM } = options;
  const count = positionsM.length / 3;
  const values: Record<string, HeaderValue | null> = {
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
    ...options.header,
  };
  const group = file.create_group("Header");
  const names = Array.from({ length: count }, (_, k) => `A${k}`);
  group.create_dataset({ name: "antenna_names", data: names, shape: [count], dtype: "S8" });
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) writeValue(file, `Header/${name}`, value);
  }
  if (options.centre) {
    writeValue(file, "Header/phase_center_catalog/0/cat_name", "field");
    writeValue(file, "Header/phase_center_catalog/0/cat_type", "sidereal");
    writeValue(file, "Header/phase_center_catalog/0/cat_frame", "icrs");
    writeValue(file, "Header/phase_center_catalog/0/cat_lon", options.centre.ra);
    writeValue(file, "Header/phase_center_catalog/0/cat_lat", options.centre.dec);
  }
}

function writeValue(file: File, path: string, value: HeaderValue): void {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const group = parts.slice(0, depth).join("/");
    if (file.get(group) === null) file.create_group(group);
  }
  const isText = typeof value === "string";
  const dtype = isText ? `S${value.length}` : value instanceof Int32Array ? "<i" : "<d";
  const shape = typeof value === "object" ? [value.length] : [];
  file.create_dataset({ name: path, data: value as number, shape, dtype: dtype as "<d" });
}

async function writeData(file: File, rows: SimulatedRows, options: Uvh5Options): Promise<void> {
  const channels = options.frequenciesHz.length;
  const shape = options.oldLayout ? [rows.rowCount, 1, channels, 2] : [rows.rowCount, channels, 2];
  const samples = shape.reduce((product, length) => product * length);
  const flagShape = options.flagShape ?? shape;
  const flags = flagShape.reduce((product, length) => product * length);
  file.create_group("Data");
  const write = async (name: string, data: ArrayBufferView, type: unknown, lengths: number[]) => {
    if (!options.without?.includes(`Data/${name}`)) {
      await writeRaw(file, `/Data/${name}`, { data, type, shape: lengths });
    }
  };
  await write("visdata", rows.visibility, [["r", "<f"], ["i", "<f"]], shape);
  await write("flags", new Int8Array(flags), "<b", flagShape);
  await write("nsamples", new Float32Array(samples).fill(1), "<f", shape);
}

/** h5wasm's own method cannot write compound types. */
async function writeRaw(
  file: File,
  path: string,
  { data, type, shape }: { data: ArrayBufferView; type: unknown; shape: number[] },
): Promise<void> {
  const module = await ready as unknown as {
    HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    "create_dataset"(file: bigint, path: string, pointer: bigint, metadata: unknown): number;
  };
  const pointer = module._malloc(data.byteLength);
  module.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
  const lengths = shape.map(BigInt);
  module.create_dataset(file.file_id, path, BigInt(pointer), {
    ...(describeType as (type: unknown) => object)(type),
    shape: lengths,
    maxshape: lengths,
    chunks: null,
    compression: 0,
    "compression_opts": [],
    "track_order": false,
  });
  module._free(pointer);
}
