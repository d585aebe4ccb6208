import assert from "node:assert/strict";
import { TaskReader } from "../../../lib/stage/task_reader.ts";

/** Reads documents until there are no more, from pieces of a text. */
async function readAll(pieces: string[]): Promise<unknown[]> {
  const stream = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
  const reader = new TaskReader(stream.getReader());
  const documents: unknown[] = [];
  do documents.push(await reader.next()); while (await reader.hasMore());
  return documents;
}

Deno.test("TaskReader reads a document a line, however the lines arrive", async () => {
  const documents = [{ a: 1 }, { a: 2 }, { a: 3 }];
  assert.deepEqual(await readAll(['{"a":1}\n{"a"', ":2}\n", '{"a":3}\n\n']), documents);
  assert.deepEqual(await readAll(['{"a":1}\n{"a":2}\n{"a":3}']), documents);
});

Deno.test("TaskReader reads a document over several lines, as somebody writes one by hand", async () => {
  assert.deepEqual(await readAll(["{\n", ' "a": {}\n', "}\n"]), [{ a: {} }]);
});

Deno.test("TaskReader has one document that is nothing when there is no JSON", async () => {
  assert.deepEqual(await readAll([]), [undefined]);
  assert.deepEqual(await readAll(["no JSON\n{}\n"]), [undefined]);
});
