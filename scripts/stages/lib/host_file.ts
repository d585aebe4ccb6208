/**
 * Shows a file of the real file system to libhdf5 inside WebAssembly, without copying it there.
 *
 * h5wasm's default build keeps files in WebAssembly memory: a 95 MB file then costs 500 MB. Its Node build reads the
 * real file system, but asks for all environment variables and more. Here a node of Emscripten's in-memory file
 * system forwards its reads to the host file, so that a stage needs permission to read that one file and nothing else.
 *
 * @module
 */

import type { H5Module } from "./hdf5_module.ts";

/**
 * Makes `path` readable under the same name inside WebAssembly.
 *
 * @param module h5wasm's module.
 * @param path File to show.
 * @returns The path inside WebAssembly, and what closes the file.
 * @throws {Deno.errors.NotFound} when there is no such file.
 */
export function mountHostFile(module: H5Module, path: string): { inner: string; [Symbol.dispose](): void } {
  const host = Deno.openSync(path);
  const { size } = host.statSync();
  const inner = `/${crypto.randomUUID()}.h5`;
  const node = module.FS.create(inner, 0o444);
  const { getattr } = node.node_ops;
  node.node_ops = {
    ...node.node_ops,
    getattr: (target) => ({ ...getattr(target), size, blocks: Math.ceil(size / 4096) }),
  };
  node.stream_ops = {
    ...node.stream_ops,
    llseek: (stream, offset, whence) => offset + [0, stream.position, size][whence],
    read: (_stream, heap, offset, length, position) => {
      return readAt(host, new Uint8Array(heap.buffer, heap.byteOffset + offset, length), position);
    },
  };
  return {
    inner,
    [Symbol.dispose]() {
      module.FS.unlink(inner);
      host.close();
    },
  };
}

/** Fills `target` from `position` on; returns how many bytes there were. */
function readAt(file: Deno.FsFile, target: Uint8Array, position: number): number {
  file.seekSync(position, Deno.SeekMode.Start);
  let done = 0;
  while (done < target.length) {
    const count = file.readSync(target.subarray(done));
    if (count === null) break;
    done += count;
  }
  return done;
}
