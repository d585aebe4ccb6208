/**
 * Shows files of the real file system to libhdf5 inside WebAssembly, without copying them there.
 *
 * h5wasm's default build keeps files in WebAssembly memory: a 95 MB file then costs 500 MB. Its Node build reads the
 * real file system, but asks for all environment variables and more. Here a node of Emscripten's in-memory file
 * system forwards what is read and written to the host file, so that a stage needs permission for that one file and
 * nothing else.
 *
 * @module
 */

import type { EmscriptenNode, H5Module } from "./hdf5_module.ts";
import { writeAll } from "./products.ts";

/** A host file under its name inside WebAssembly; disposing closes it. */
export interface MountedFile extends Disposable {
  /** The path inside WebAssembly. */
  inner: string;
}

/**
 * Makes `path` readable under the same name inside WebAssembly.
 *
 * @param module h5wasm's module.
 * @param path File to show.
 * @returns The path inside WebAssembly, and what closes the file.
 * @throws {Deno.errors.NotFound} when there is no such file.
 */
export function mountHostFile(module: H5Module, path: string): MountedFile {
  const host = Deno.openSync(path);
  const { size } = host.statSync();
  return mount(module, host, { size: () => size });
}

/**
 * Makes a new, empty file that libhdf5 can write under the same name inside WebAssembly.
 *
 * @param module h5wasm's module.
 * @param path File to make; one that exists is emptied.
 */
export function mountNewHostFile(module: H5Module, path: string): MountedFile {
  const host = Deno.openSync(path, { read: true, write: true, create: true, truncate: true });
  let size = 0;
  return mount(module, host, {
    size: () => size,
    resize(length) {
      host.truncateSync(length);
      size = length;
    },
    write(bytes, position) {
      host.seekSync(position, Deno.SeekMode.Start);
      writeAll(host, bytes);
      size = Math.max(size, position + bytes.length);
    },
  });
}

interface HostOperations {
  size(): number;
  resize?(length: number): void;
  write?(bytes: Uint8Array, position: number): void;
}

function mount(module: H5Module, host: Deno.FsFile, operations: HostOperations): MountedFile {
  const inner = `/${crypto.randomUUID()}.h5`;
  const isWritable = operations.write !== undefined;
  replaceOperations(module.FS.create(inner, isWritable ? 0o666 : 0o444), host, operations);
  return {
    inner,
    [Symbol.dispose]() {
      module.FS.unlink(inner);
      if (isWritable) host.syncSync();
      host.close();
    },
  };
}

function replaceOperations(node: EmscriptenNode, host: Deno.FsFile, operations: HostOperations): void {
  const { getattr, setattr } = node.node_ops;
  const { size, resize, write } = operations;
  node.node_ops = {
    ...node.node_ops,
    getattr: (target) => ({ ...getattr(target), size: size(), blocks: Math.ceil(size() / 4096) }),
    setattr: (target, attributes) => {
      if (resize && attributes.size !== undefined) resize(attributes.size);
      else setattr(target, attributes);
    },
  };
  node.stream_ops = {
    ...node.stream_ops,
    llseek: (stream, offset, whence) => offset + [0, stream.position, size()][whence],
    read: (_stream, heap, offset, length, position) => {
      return readAt(host, new Uint8Array(heap.buffer, heap.byteOffset + offset, length), position);
    },
    ...write && {
      write(_stream, heap, offset, length, position) {
        write(new Uint8Array(heap.buffer, heap.byteOffset + offset, length), position);
        return length;
      },
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
