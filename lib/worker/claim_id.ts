/**
 * What names a claim: the task and the attempt.
 *
 * @module
 */

/** Names a claim. */
export interface ClaimId {
  /** The task. */
  readonly taskId: string;
  /** Number of the claim. */
  readonly attempt: number;
}

/** A claim as one text, to look it up by. */
export function claimName({ taskId, attempt }: ClaimId): string {
  return `${taskId}:${attempt}`;
}

/** A claim as the database names it. */
export function claimKey({ taskId, attempt }: ClaimId): Record<string, unknown> {
  return { task_id: taskId, attempt };
}
