/**
 * The folder of an embedded server: which file lies where, and whose folder it is.
 *
 * ```
 * DIR/postgres.lock   says that the folder is ours; locked while a server is started or stopped
 * DIR/password        of the role `postgres`, readable by who started the server only
 * DIR/state.json      the port used last, so that URLs stay valid over restarts
 * DIR/server.log      what the server writes
 * DIR/native/         the server's programs and libraries
 * DIR/data/           the database cluster
 * ```
 *
 * @module
 */

import { join, resolve } from "node:path";
import { EmbeddedPostgresError } from "../errors.ts";

/** Absolute paths inside the folder of an embedded server. */
export interface ServerFolder {
  /** The folder itself, free of symbolic links. */
  readonly root: string;
  /** Lock file, whose presence marks the folder as ours. */
  readonly lock: string;
  /** Password of the role `postgres`. */
  readonly password: string;
  /** What is remembered between two runs of the server. */
  readonly state: string;
  /** Log of the server. */
  readonly log: string;
  /** Programs and libraries, one folder a version. */
  readonly native: string;
  /** The database cluster. */
  readonly data: string;
}

/** What is remembered between two runs of the server. */
export interface ServerState {
  /** TCP port that the server listened on last. */
  readonly port?: number;
  /** Version of the server that ran last, such as `18.4`. */
  readonly version?: string;
}

/**
 * Makes `directory` when it is missing, and claims it.
 *
 * @throws {EmbeddedPostgresError} When it is a file, belongs to somebody else, or holds other things.
 */
export async function claimFolder(directory: string): Promise<ServerFolder> {
  const path = resolve(directory);
  await Deno.mkdir(path, { recursive: true });
  const folder = folderAt(await Deno.realPath(path));
  if (await isOurs(folder)) return folder;
  // The user that the server runs as has to pass through the folder, but not to list it.
  if (Deno.uid() === 0) await Deno.chmod(folder.root, 0o711);
  // The lock file comes before all others, so that a folder half made is known as ours.
  await Deno.writeFile(folder.lock, new Uint8Array(), { append: true, mode: 0o600 });
  return folder;
}

/**
 * Finds the folder of a server that was started before.
 *
 * @returns `null` when there is no such folder, or an empty one.
 * @throws {EmbeddedPostgresError} When it is a file, belongs to somebody else, or holds other things.
 */
export async function findFolder(directory: string): Promise<ServerFolder | null> {
  const path = resolve(directory);
  try {
    const folder = folderAt(await Deno.realPath(path));
    return await isOurs(folder) ? folder : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Reads what was remembered; an unreadable file counts as empty, for nothing in it is vital. */
export async function readState(folder: ServerFolder): Promise<ServerState> {
  try {
    return JSON.parse(await Deno.readTextFile(folder.state));
  } catch {
    return {};
  }
}

/** Remembers `state` for the next run. */
export async function writeState(folder: ServerFolder, state: ServerState): Promise<void> {
  const temporary = `${folder.state}.new`;
  await Deno.writeTextFile(temporary, JSON.stringify(state) + "\n");
  await Deno.rename(temporary, folder.state);
}

/** Reads the password of the role `postgres`. */
export async function readPassword(folder: ServerFolder): Promise<string> {
  try {
    return (await Deno.readTextFile(folder.password)).trim();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new EmbeddedPostgresError(`The password file ${folder.password} is missing`, {
        hint: "Restore it from a backup, or use another folder",
        cause,
      });
    }
    throw cause;
  }
}

/** Tells whether `path` exists. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function folderAt(root: string): ServerFolder {
  return {
    root,
    lock: join(root, "postgres.lock"),
    password: join(root, "password"),
    state: join(root, "state.json"),
    log: join(root, "server.log"),
    native: join(root, "native"),
    data: join(root, "data"),
  };
}

/** True for a folder of ours, false for an empty one; anything else is refused. */
async function isOurs(folder: ServerFolder): Promise<boolean> {
  if (await exists(folder.lock)) return true;
  for await (const entry of Deno.readDir(folder.root)) {
    // Another process may have claimed the empty folder in between.
    if (await exists(folder.lock)) return true;
    throw new EmbeddedPostgresError(
      `The folder ${folder.root} was not made by absurd: it contains ${entry.name}`,
      { hint: "Choose a folder that is empty or does not exist" },
    );
  }
  return false;
}

/** Runs `work`, and puts what the file system says about the folder into words for people. */
export async function inFolder<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw folderError(resolve(directory), error);
  }
}

function folderError(path: string, cause: unknown): unknown {
  if (cause instanceof Deno.errors.PermissionDenied) {
    return new EmbeddedPostgresError(`No permission for the PostgreSQL folder ${path}`, {
      hint: "Run this as the user who started the server there, or choose another folder",
      cause,
    });
  }
  if (cause instanceof Deno.errors.NotADirectory || cause instanceof Deno.errors.AlreadyExists) {
    return new EmbeddedPostgresError(`The PostgreSQL folder ${path} is not a folder`, {
      hint: "Choose a folder that is empty or does not exist",
      cause,
    });
  }
  // Whatever else the system may say: a full disk, a read-only file system, a path that is too long.
  if (cause instanceof Error && "code" in cause && /^E[A-Z]+$/.test(`${cause.code}`)) {
    return new EmbeddedPostgresError(`The PostgreSQL folder ${path} cannot be used: ${cause.message}`, {
      hint: "Remove the cause, or choose another folder",
      cause,
    });
  }
  return cause;
}
