import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DatabaseError, DatabaseUnavailableError, InvalidArgumentError } from "../../../lib/errors.ts";
import type { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { OutcomeAnswer, OutcomeFunction } from "../../../lib/worker/outcome_calls.ts";
import { Contact } from "../../../lib/worker/contact.ts";
import type { WorkerEvent } from "../../../lib/worker/events.ts";
import { failure, type Outcome, outcomeOf, outcomeText, release } from "../../../lib/worker/outcome.ts";
import { OutcomeWriter } from "../../../lib/worker/outcomes.ts";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { claimed } from "./_worker.ts";

interface Item {
  "task_id": string;
  attempt: number;
  result?: unknown;
}

/** A database that answers as `respond` says, and a writer of it. */
async function withWriter(
  respond: (name: OutcomeFunction, items: Item[], call: number) => OutcomeAnswer["outcome"],
  ended: string | null,
  use: (
    writer: OutcomeWriter,
    seen: { calls: [string, number][]; answers: [Outcome, OutcomeAnswer][]; events: WorkerEvent[] },
  ) => Promise<void>,
  expectsMore = false,
): Promise<void> {
  const seen = {
    calls: [] as [string, number][],
    answers: [] as [Outcome, OutcomeAnswer][],
    events: [] as WorkerEvent[],
  };
  const calls = {
    writeOutcomes(name: OutcomeFunction, outcomes: readonly Outcome[]): Promise<OutcomeAnswer[]> {
      const items = outcomes.map((outcome): Item => JSON.parse(outcomeText(outcome)));
      seen.calls.push([name, items.length]);
      const outcome = respond(name, items, seen.calls.length);
      return Promise.resolve(
        items.map(({ task_id: taskId, attempt }) => ({ taskId, attempt, outcome, message: null })),
      );
    },
    attemptOutcome: () => Promise.resolve(ended),
  } as unknown as WorkerCalls;
  const contact = new Contact((event) => seen.events.push(event));
  const onAnswer = (outcome: Outcome, answer: OutcomeAnswer) => void seen.answers.push([outcome, answer]);
  const writer = new OutcomeWriter(calls, contact, onAnswer, () => expectsMore);
  const stop = new AbortController();
  const running = writer.run(stop.signal);
  await use(writer, seen);
  stop.abort();
  await running;
}

function completion(taskId: string): Outcome {
  const running = new RunningTask(claimed({ taskId }), 0, { stopWithinSec: 1, onProgress: () => {} });
  return outcomeOf(running, { kind: "returned", result: { taskId } })!;
}

Deno.test("OutcomeWriter writes in batches, one function at a time, oldest first", async () => {
  await withWriter(() => "ok", null, async (writer, { calls, answers }) => {
    for (const id of ["a", "b", "c"]) writer.add(completion(id));
    writer.add(release(claimed({ taskId: "d" })));
    writer.add(completion("e"));
    assert.equal(writer.size, 5);
    await writer.whenEmpty();
    assert.deepEqual(calls, [["complete_tasks", 4], ["release_tasks", 1]]);
    assert.deepEqual(answers.map(([{ task }]) => task.taskId), ["a", "b", "c", "e", "d"]);
  });
});

Deno.test("OutcomeWriter makes two calls at a time, of two kinds", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const begun: [string, number][] = [];
  const calls = {
    async writeOutcomes(name: OutcomeFunction, outcomes: readonly Outcome[]): Promise<OutcomeAnswer[]> {
      begun.push([name, outcomes.length]);
      await answered;
      return outcomes.map(() => ({ outcome: "ok", message: null }));
    },
  } as unknown as WorkerCalls;
  const writer = new OutcomeWriter(calls, new Contact(() => {}), () => {}, () => false);
  const stop = new AbortController();
  const running = writer.run(stop.signal);
  writer.add(completion("a"));
  await nextTurn();
  for (const id of ["b", "c"]) writer.add(completion(id));
  writer.add(release(claimed({ taskId: "d" })));
  writer.add(release(claimed({ taskId: "e", reservationId: "1" })));
  await nextTurn();
  const early = [...begun];
  answer();
  await writer.whenEmpty();
  stop.abort();
  await running;
  assert.deepEqual(early, [["complete_tasks", 1], ["release_tasks", 1]]);
  assert.deepEqual(begun.slice(2).toSorted(), [["complete_tasks", 2], ["release_tasks", 1]]);
});

Deno.test("OutcomeWriter ends with what a listener throws", async () => {
  const calls = {
    writeOutcomes: () => Promise.reject(new InvalidArgumentError("refused")),
  } as unknown as WorkerCalls;
  const writer = new OutcomeWriter(calls, new Contact(() => {}), () => {
    throw new Error("of the listener");
  }, () => false);
  const running = writer.run(new AbortController().signal);
  writer.add(release(claimed()));
  await assert.rejects(running, /of the listener/);
});

Deno.test("OutcomeWriter waits for more while each turn of the event loop brings some", async () => {
  await withWriter(
    () => "ok",
    null,
    async (writer, { calls }) => {
      for (const id of ["a", "b", "c"]) {
        writer.add(completion(id));
        await nextTurn();
      }
      await writer.whenEmpty();
      assert.deepEqual(calls, [["complete_tasks", 3]]);
    },
    true,
  );
});

Deno.test("OutcomeWriter keeps outcomes while the database is away, and tells so once", async () => {
  const respond = (_name: string, _items: unknown, call: number) => {
    if (call <= 2) throw new DatabaseUnavailableError("gone");
    return "ok" as const;
  };
  await withWriter(respond, null, async (writer, { calls, answers, events }) => {
    writer.add(completion("a"));
    await writer.whenEmpty();
    assert.equal(calls.length, 3);
    assert.equal(answers[0][1].outcome, "ok");
    assert.deepEqual(events.map(({ type }) => type), ["disconnected", "reconnected"]);
  });
});

for (const [ended, outcome] of [["completed", "ok"], ["lost", "stale"], [null, "stale"]] as const) {
  Deno.test(`OutcomeWriter takes a stale answer for ${outcome} when the answer before got lost and the attempt is kept as ${ended}`, async () => {
    const respond = (_name: string, _items: unknown, call: number) => {
      if (call === 1) throw new DatabaseUnavailableError("gone");
      return "stale" as const;
    };
    await withWriter(respond, ended, async (writer, { answers }) => {
      writer.add(completion("a"));
      await writer.whenEmpty();
      assert.equal(answers[0][1].outcome, outcome);
    });
  });
}

Deno.test("OutcomeWriter takes a stale answer as it is when nothing got lost", async () => {
  await withWriter(() => "stale", "completed", async (writer, { answers }) => {
    writer.add(completion("a"));
    await writer.whenEmpty();
    assert.equal(answers[0][1].outcome, "stale");
  });
});

Deno.test("OutcomeWriter fails a result that the database refuses, and writes its neighbours", async () => {
  const respond = (name: string, items: Item[]) => {
    if (name === "complete_tasks" && items.some((item) => item.task_id === "bad")) {
      throw new DatabaseError("cannot store", { sqlState: "22P02" });
    }
    return "ok" as const;
  };
  await withWriter(respond, null, async (writer, { answers }) => {
    for (const id of ["a", "bad", "c"]) writer.add(completion(id));
    await writer.whenEmpty();
    const names = Object.fromEntries(answers.map(([{ task, name }]) => [task.taskId, name]));
    assert.deepEqual(names, { a: "complete_tasks", bad: "fail_tasks", c: "complete_tasks" });
    const [bad] = answers.find(([{ task }]) => task.taskId === "bad")!;
    assert.deepEqual(bad.failure, {
      reason: "result",
      message: "The database refuses what the worker tells: cannot store",
    });
  });
});

Deno.test("OutcomeWriter waits when the database has a trouble of its own", async () => {
  const respond = (_name: string, _items: unknown, call: number) => {
    if (call <= 2) throw new DatabaseError("disk full", { sqlState: "53100" });
    return "ok" as const;
  };
  await withWriter(respond, null, async (writer, { answers, events }) => {
    writer.add(failure(claimed(), {}, { reason: "error", message: "boom" }));
    await writer.whenEmpty();
    assert.equal(answers[0][1].outcome, "ok");
    assert.deepEqual(events.map((event) => [event.type, "message" in event && event.message]), [
      ["warning", "disk full"],
    ]);
  });
});
