/**
 * The task as its stage's program reads it from standard input.
 *
 * @module
 */

import { join } from "node:path";
import type { ClaimedTask, JsonObject } from "../task.ts";

/** Inputs above this size go to a file, in characters of JSON. */
const INPUTS_SIZE = 1_000_000;

/** A task, written out for its stage. */
export interface TaskDocument {
  /** Text for standard input. */
  readonly text: string;
  /** Files that the text refers to. */
  readonly files: readonly string[];
}

/** A task as its stage reads it, as JSON text of one line. */
export function taskText(task: ClaimedTask, workDir: string, more: JsonObject = {}): string {
  return JSON.stringify({
    "task_id": task.taskId,
    "task_name": task.taskName,
    "queue_name": task.queueName,
    attempt: task.attempt,
    params: task.params,
    inputs: task.inputs,
    "workflow_id": task.workflowId,
    "work_dir": workDir,
    ...more,
  });
}

/**
 * Writes the document of a task. Inputs above 1 MB go to `inputs.json` in the work folder; the document then names
 * that file by `inputs_path`, and its own `inputs` are empty.
 *
 * @param task Task to write.
 * @param workDir Folder of the attempt.
 */
export async function writeTaskDocument(task: ClaimedTask, workDir: string): Promise<TaskDocument> {
  const inputs = JSON.stringify(task.inputs);
  if (inputs.length <= INPUTS_SIZE) return { text: taskText(task, workDir), files: [] };
  const path = join(workDir, "inputs.json");
  await Deno.writeTextFile(path, inputs, { createNew: true });
  return { text: taskText(task, workDir, { inputs: {}, "inputs_path": path }), files: [path] };
}
