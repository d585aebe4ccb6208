/**
 * Writing HDF5 files: groups come into being with the datasets that lie in them.
 *
 * @module
 */

import { dtype_to_metadata as describeType, type File } from "h5wasm";
import { type H5Module, loadHdf5 } from "./hdf5_module.ts";
import { mountNewHostFile } from "./host_file.ts";

/** What libhdf5 takes for an axis that may grow without end. */
const UNLIMITED = 2n ** 64n - 1n;

/** Numbers of one type. */
export type Hdf5Numbers = Float64Array | Float32Array | Int32Array | Int8Array;

/** A dataset to write. */
export interface Hdf5Data {
  /** A number or text makes a scalar dataset, a list of texts an array of them. */
  value: number | string | readonly string[] | Hdf5Numbers;
  /** Length of each axis. @default one axis */
  shape?: readonly number[];
  /** True for pairs that are real and imaginary parts. @default {false} */
  complex?: boolean;
  /** Length of the chunks on each axis; the first axis can then grow. @default contiguous */
  chunks?: readonly number[];
}

/**
 * Writes a file.
 *
 * @param path Absolute path; a file that exists is replaced.
 * @param datasets What to write, by path inside the file.
 * @example
 * ```ts ignore
 * await writeHdf5("/data/a.h5", new Map([["Header/longitude", { value: -118.3 }]]));
 * ```
 */
export async function writeHdf5(path: string, datasets: ReadonlyMap<string, Hdf5Data>): Promise<void> {
  const { module, File } = await loadHdf5();
  using mounted = mountNewHostFile(module, path);
  const file = new File(mounted.inner, "w");
  const groups = new Set<string>();
  for (const [name, data] of datasets) {
    makeGroups(file, name, groups);
    writeDataset(module, file, name, data);
  }
  file.flush();
  file.close();
}

function makeGroups(file: File, name: string, made: Set<string>): void {
  const parts = name.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const group = parts.slice(0, depth).join("/");
    if (!made.has(group)) file.create_group(group);
    made.add(group);
  }
}

function writeDataset(module: H5Module, file: File, name: string, data: Hdf5Data): void {
  const { value } = data;
  if (typeof value === "number") return writeNumbers(module, file, name, { ...scalar(value), shape: [] });
  if (typeof value !== "string" && !isTexts(value)) {
    return writeNumbers(module, file, name, { ...data, value });
  }
  const texts = typeof value === "string" ? [value] : value;
  const length = texts.reduce((most, text) => Math.max(most, text.length), 1);
  const shape = typeof value === "string" ? [] : [value.length];
  file.create_dataset({ name, data: value as string[], shape, dtype: `S${length}` });
}

function scalar(value: number): { value: Hdf5Numbers } {
  return { value: Float64Array.of(value) };
}

function isTexts(value: readonly string[] | Hdf5Numbers): value is readonly string[] {
  return Array.isArray(value);
}

/** h5wasm's own method can write no complex numbers, and copies what it writes twice. */
function writeNumbers(
  module: H5Module,
  file: File,
  name: string,
  { value, shape, complex, chunks }: Hdf5Data & { value: Hdf5Numbers },
): void {
  const lengths = (shape ?? [value.length]).map(BigInt);
  const pointer = module._malloc(Math.max(1, value.byteLength));
  if (pointer === 0) throw new Error(`No memory for ${value.byteLength} bytes of dataset ${name}`);
  try {
    module.HEAPU8.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), pointer);
    module.create_dataset(file.file_id, `/${name}`, BigInt(pointer), {
      ...typeOf(value, complex ?? false),
      shape: lengths,
      maxshape: chunks ? [UNLIMITED, ...lengths.slice(1)] : lengths,
      chunks: chunks?.map(BigInt) ?? null,
      compression: 0,
      "compression_opts": [],
      "track_order": false,
    });
  } finally {
    module._free(pointer);
  }
}

function typeOf(value: Hdf5Numbers, complex: boolean): object {
  const name = value instanceof Float64Array
    ? "<d"
    : value instanceof Float32Array
    ? "<f"
    : value instanceof Int32Array
    ? "<i"
    : "<b";
  const describe = describeType as (type: unknown) => object;
  return describe(complex ? [["r", name], ["i", name]] : name);
}
