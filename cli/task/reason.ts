/**
 * Reasons in plain words.
 *
 * @module
 */

import type { ClaimReason, EndReason, LimitReason, Reason, WaitReason } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { timeText } from "../format.ts";

/** A reason for people. */
export interface ReasonText {
  /** What it is. */
  readonly text: string;
  /** What would end it; absent where nothing needs to be done. */
  readonly remedy?: string;
}

/** Says a reason in plain words. */
export function describeReason(context: CliContext, taskId: string, reason: Reason): ReasonText {
  switch (reason.kind) {
    case "parent": {
      const { taskName, taskId: parentId, status, state, onParentFailure } = reason;
      const isBad = status === "failed" || status === "cancelled";
      return {
        text: `It waits for ${taskName} (${parentId}), which ${isBad ? "has" : "is"} ${
          isBad ? status.replace("cancelled", "been cancelled") : state
        }`,
        remedy: isBad && onParentFailure === "wait"
          ? `Retry that one: absurd task retry ${parentId}, or go on without it: absurd task unblock ${taskId}`
          : undefined,
      };
    }
    case "ancestor":
      return {
        text: `It cannot go on because ${reason.taskName} (${reason.taskId}) ${
          reason.status === "failed" ? "failed" : "was cancelled"
        }${reason.error ? `: ${reason.error}` : ""}`,
        remedy: reason.deadLetter
          ? `Once the cause is gone: absurd dlq replay ${reason.taskId}`
          : `Once the cause is gone: absurd task retry ${reason.taskId}`,
      };
    case "freeing":
      return {
        text:
          `${reason.taskName} (${reason.taskId}) has completed, and its very many children become ready some at a time`,
        remedy: "Workers go on with that whenever they claim or complete",
      };
    case "paused":
      return {
        text: `Queue ${reason.queueName} was paused ${timeText(context, reason.pausedAt)}`,
        remedy: `Resume it: absurd queue resume ${reason.queueName}`,
      };
    case "limit":
      return describeLimit(reason);
    case "not_offered":
      return {
        text: reason.workersOfQueue > 0
          ? `None of the ${reason.workersOfQueue} live workers of queue ${reason.queueName} runs tasks named ${reason.taskName}`
          : `No live worker serves queue ${reason.queueName}`,
        remedy: `Start one whose manifest has ${reason.taskName}: absurd worker --queue ${reason.queueName}`,
      };
    case "turn":
      return {
        text: reason.before === 0
          ? "It is the next one of its queue"
          : `${
            reason.before < 1000 ? reason.before : "A thousand or more"
          } ready tasks of its queue come before it`,
        remedy: reason.before === 0
          ? "A worker takes it as soon as it has room"
          : `Start more workers, or move it forward: absurd task priority ${reason.priority + 1} ${taskId}`,
      };
    case "reserved":
      return {
        text: `Worker ${reason.workerId} reserved it ${
          timeText(context, reason.reservedAt)
        }, to run it within a moment`,
        remedy: `Should that worker be gone, any other takes it back when the lease is over (${
          timeText(context, reason.leaseEndsAt)
        })`,
      };
    case "time":
    case "backoff":
    case "dying":
      return describeWait(context, reason);
    case "running":
    case "silent":
    case "expired":
      return describeClaim(context, reason);
    case "completed":
    case "failed":
    case "cancelled":
      return describeEnd(context, taskId, reason);
  }
}

function describeLimit({ queueName, taskName, maxClaims, heldBy }: LimitReason): ReasonText {
  const tasks = taskName === undefined ? "tasks" : `tasks named ${taskName}`;
  const where = queueName === undefined ? "of all queues" : `of queue ${queueName}`;
  const holders = heldBy.map(({ taskId, workerId, dying }) =>
    `${taskId} at worker ${workerId}${dying ? " (cancelled, still ending)" : ""}`
  );
  const flags = [queueName ?? (taskName === undefined ? "--all" : ""), taskName && `--name ${taskName}`];
  return {
    text: `At most ${maxClaims} ${tasks} ${where} may run at a time; ${
      holders.length > 0 ? `now these do: ${holders.join(", ")}` : "that is none"
    }`,
    remedy: `${maxClaims === 0 ? "Raise" : "Wait for one of them, or raise"} the limit: absurd queue limit ${
      flags.filter(Boolean).join(" ")
    } --max ${maxClaims + 1}`,
  };
}

function describeWait(context: CliContext, { kind, untilAt, ...reason }: WaitReason): ReasonText {
  const until = timeText(context, untilAt);
  if (kind === "time") return { text: `It is not to run before ${untilAt.toISOString()} (${until})` };
  if (kind === "dying") {
    return {
      text:
        `The processes of its attempt ${reason.attempt}, which ended early, may still run at worker ${reason.workerId}`,
      remedy: `It goes on when that worker says that they are gone, and ${until} at the latest`,
    };
  }
  if (reason.notNowCount) {
    return { text: `Its stage said "not now" ${reason.notNowCount} times; it is tried again ${until}` };
  }
  return {
    text: `It failed ${reason.failures} of ${
      (reason.maxRetries ?? 0) + 1
    } times and is tried again ${until}; last: ${reason.error}`,
  };
}

function describeClaim(
  context: CliContext,
  { kind, workerId, attempt, claimedAt, heartbeatAt, deadlineAt }: ClaimReason,
): ReasonText {
  const since = timeText(context, claimedAt);
  if (kind === "running") {
    return { text: `Worker ${workerId} claimed it ${since} (attempt ${attempt}) and runs it` };
  }
  if (kind === "silent") {
    return {
      text: `Worker ${workerId} claimed it ${since} and was last heard of ${timeText(context, heartbeatAt)}`,
      remedy:
        "Any worker or scheduler takes it back after two looks, a heartbeat apart: start one if none runs",
    };
  }
  return {
    text: `Worker ${workerId} has been running it since ${since}; its time was up ${
      timeText(context, deadlineAt)
    }`,
    remedy: "The worker ends it at its next heartbeat",
  };
}

function describeEnd(context: CliContext, taskId: string, reason: EndReason): ReasonText {
  const { text, remedy } = describeOwnEnd(context, taskId, reason);
  if (reason.heldBy === undefined) return { text, remedy };
  const { kind, id, key, status = "forgotten", freeAt } = reason.heldBy;
  return {
    text: `${text}; a newer one holds key ${key}: ${kind} ${id}, which is ${status}`,
    remedy: freeAt === undefined
      ? `To run this one instead, cancel the newer one first: absurd ${kind} cancel ${id}`
      : `It cannot be retried before the key is free, which is ${timeText(context, freeAt)}`,
  };
}

function describeOwnEnd(context: CliContext, taskId: string, reason: EndReason): ReasonText {
  const when = timeText(context, reason.at);
  if (reason.kind === "completed") return { text: `It completed ${when}` };
  if (reason.kind === "failed") {
    return {
      text: `It failed for good ${when} (${reason.errorReason}): ${reason.error}`,
      remedy: `Once the cause is gone: absurd ${reason.deadLetter ? "dlq replay" : "task retry"} ${taskId}`,
    };
  }
  if (reason.causeTaskId === undefined) {
    return {
      text: `It was cancelled ${when}: ${reason.cancelReason}`,
      remedy: `absurd task retry ${taskId} opens it again`,
    };
  }
  return {
    text: `It was cancelled ${when} because of ${reason.causeTaskName ?? "a task"} (${reason.causeTaskId})${
      reason.causeError ? `, which failed: ${reason.causeError}` : ""
    }`,
    remedy: `Both come back with: absurd task retry ${reason.causeTaskId}`,
  };
}
