/**
 * Whether the files that an attempt is granted are the ones that the manifest means, as they lie on the disk now.
 *
 * Deno compares the path that a program asks for with the paths that were granted, and then opens what the path leads
 * to: a symbolic link inside a granted folder carries the program out of it. A stage cannot make such a link itself,
 * so it is enough to look before the attempt, and to refuse folders in which somebody else could make one meanwhile.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { TaskFailure } from "../errors.ts";
import { badInput } from "./template.ts";

/** A path that an attempt is granted. */
export interface GrantedPath {
  /** Absolute path. */
  readonly path: string;
  /** The manifest's entry that it comes from. */
  readonly source: string;
  /** Folder that the path must not leave by a link; null when the task may name any. */
  readonly root: string | null;
  /** True when a value of the task is part of the path. */
  readonly fromTask: boolean;
}

/** What is checked besides. */
export interface ConfineOptions {
  /** Folders that paths from a task must lie in; undefined = anywhere. */
  readonly roots?: readonly string[];
  /** Folder of the attempt, made by the worker a moment ago: it is empty. */
  readonly workDir: string;
}

/** A folder with more entries cannot be checked before each attempt. */
const MOST_ENTRIES = 100_000;
const WRITABLE_FOR_ALL = 0o002;

/**
 * Checks the granted paths of an attempt.
 *
 * @param granted Paths, of all kinds that name files.
 * @param options Roots of the stage, and the attempt's folder.
 * @throws {TaskFailure} Permanent. Reason `bad_input`: a path leaves its folder or the stage's roots by a link. Reason
 *   `permission`: a granted folder belongs to another user, can be written by everybody, or holds a link that leads
 *   out of everything that is granted.
 */
export async function checkGrantedPaths(
  granted: readonly GrantedPath[],
  { roots, workDir }: ConfineOptions,
): Promise<void> {
  const real = await Promise.all(
    granted.map(async (entry) => ({ ...entry, real: await realPath(entry.path) })),
  );
  const realRoots = roots && await Promise.all([...roots, workDir].map(realPath));
  for (const { path, real: target, source, root, fromTask } of real) {
    if (root !== null && !isWithin(target, await realPath(root))) {
      throw badInput(`Path "${path}" of ${source} leads out of "${root}" by a link, to "${target}"`);
    }
    if (fromTask && realRoots && !isWithinAny(target, realRoots)) {
      throw badInput(`Path "${path}" of ${source} is outside the stage's roots: ${roots.join(", ")}`);
    }
  }
  const targets = real.map((entry) => entry.real);
  for (const folder of new Set(targets)) {
    if (folder !== workDir) await checkFolder(folder, targets);
  }
}

/** Follows links as far as the path exists; the rest of it is yet to be made. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // A link that leads nowhere yet would be followed once there is something.
    const link = await Deno.readLink(path).catch(() => null);
    if (link !== null) throw badInput(`Path "${path}" is a link that leads to nothing: "${link}"`);
    return join(await realPath(dirname(path)), path.slice(path.lastIndexOf("/") + 1));
  }
}

async function checkFolder(folder: string, granted: readonly string[]): Promise<void> {
  const info = await Deno.lstat(folder).catch(() => null);
  if (!info?.isDirectory) return;
  let entries = 0;
  for await (const { path, isSymlink } of walk(folder)) {
    if (++entries > MOST_ENTRIES) throw refuse(`has more than ${MOST_ENTRIES} entries`, folder);
    if (!isSymlink) continue;
    const target = await Deno.realPath(path).catch(() => null);
    if (target === null || !isWithinAny(target, granted)) {
      throw refuse(`holds a link that leads out of it, "${path}" to "${target ?? "nothing"}"`, folder);
    }
  }
}

/** All folders, files and links below a folder; links are not followed. */
async function* walk(folder: string): AsyncGenerator<{ path: string; isSymlink: boolean }> {
  await checkOwner(folder);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = join(folder, name);
    yield { path, isSymlink };
    if (isDirectory) yield* walk(path);
  }
}

/** Whoever can write into the folder could make a link after the check. The administrator can do anything anyway. */
async function checkOwner(folder: string): Promise<void> {
  const { uid, mode } = await Deno.lstat(folder);
  if (uid !== null && uid !== 0 && uid !== Deno.uid()) {
    throw refuse(`belongs to another user (number ${uid}), who could put a link in`, folder);
  }
  if (mode !== null && mode & WRITABLE_FOR_ALL) {
    throw refuse("can be written by everybody, who could put a link in", folder);
  }
}

function refuse(why: string, folder: string): TaskFailure {
  return new TaskFailure(`Folder "${folder}" cannot be granted, because it ${why}`, {
    reason: "permission",
    permanent: true,
    hint: 'Name a folder or single files of the worker\'s own, or set "unsafe": true for the stage',
  });
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function isWithinAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(path, folder));
}
