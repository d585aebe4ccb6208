/**
 * The folders that attempts work in: `<root>/<task id>/<attempt>/`, and the link `<root>/<task id>/current` to the one
 * whose result was accepted. Since no two attempts share a folder, one that lost its claim cannot spoil the product of
 * another.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { InvalidArgumentError, TaskFailure } from "../errors.ts";
import type { ClaimedTask } from "../task.ts";

/** Others may look at the products, and change nothing. The worker's umask can forbid more. */
const FOLDER_MODE = 0o755;

/** The part of a task that names its folder. */
export type TaskAttempt = Pick<ClaimedTask, "taskId" | "attempt">;

/**
 * Makes the folder of an attempt.
 *
 * @param task Names the folder.
 * @param root Folder of all tasks; made when missing.
 * @returns Its absolute path, free of links.
 * @throws {InvalidArgumentError} The root's path holds a comma, which would split lists of permissions.
 * @throws {TaskFailure} The folder exists already: its content is not this attempt's.
 */
export async function createWorkDir(task: TaskAttempt, root: string): Promise<string> {
  checkName(task.taskId);
  const parent = join(await realRoot(root), task.taskId);
  await makeFolder(parent).catch(async (error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeRoot(root); // somebody has tidied up
    await makeFolder(parent);
  });
  const workDir = join(parent, String(task.attempt));
  if (!await makeFolder(workDir)) throw new TaskFailure(`Work folder "${workDir}" exists already`);
  return workDir;
}

const realRoots = new Map<string, Promise<string>>();

/** Made and looked up once: each call to the file system takes about a millisecond of a task's start. */
function realRoot(root: string): Promise<string> {
  let real = realRoots.get(root);
  if (!real) realRoots.set(root, real = makeRoot(root));
  real.catch(() => realRoots.delete(root));
  return real;
}

/** Makes the folder of all tasks when it is missing, and returns its path without links. */
export async function makeRoot(root: string): Promise<string> {
  await Deno.mkdir(root, { recursive: true, mode: FOLDER_MODE });
  const real = await Deno.realPath(root);
  if (!real.includes(",")) return real;
  throw new InvalidArgumentError(`Work folder "${root}" has a comma in its path`, {
    hint: "Permissions of stages cannot name such a path: choose another ABSURD_WORK_DIR",
  });
}

/** Returns false when it was there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path, { mode: FOLDER_MODE });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Where the folder of an attempt is, or would be. */
export function workDirPath({ taskId, attempt }: TaskAttempt, root: string): string {
  checkName(taskId);
  return join(resolve(root), taskId, String(attempt));
}

/**
 * Points the link `current` of a task at an attempt, in one step. To be called when the attempt's result was accepted.
 *
 * @param task Task and attempt.
 * @param root Folder of all tasks.
 * @returns False when the attempt has no folder, as with executors that run in the worker's own process.
 */
export async function publishCurrent(task: TaskAttempt, root: string): Promise<boolean> {
  checkName(task.taskId);
  const folder = resolve(root, task.taskId);
  const attempt = String(task.attempt);
  const isFolder = await Deno.stat(join(folder, attempt)).then((info) => info.isDirectory, () => false);
  if (!isFolder) return false;
  const link = join(folder, `.current-${attempt}-${crypto.randomUUID()}`);
  await Deno.symlink(attempt, link, { type: "dir" });
  await Deno.rename(link, join(folder, "current"));
  return true;
}

/** A task's id becomes part of a path. */
function checkName(taskId: string): void {
  if (!/^[A-Za-z0-9_-]+$/.test(taskId)) {
    throw new InvalidArgumentError(`Task id "${taskId}" cannot name a folder`);
  }
}
