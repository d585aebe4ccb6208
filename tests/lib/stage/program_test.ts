import assert from "node:assert/strict";
import { BadInput, NotNow, performTask, type StageHandler } from "../../../lib/stage/program.ts";

async function perform(handler: StageHandler, input = "{}") {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await performTask(handler, {
    read: () => Promise.resolve(input),
    write: (line) => stdout.push(line),
    writeError: (line) => stderr.push(line),
  });
  return { exitCode, stdout, message: stderr.at(-1) };
}

Deno.test("performTask() writes a result of null when the handler returns nothing", async () => {
  const { exitCode, stdout } = await perform(() => {});
  assert.deepEqual([exitCode, stdout], [0, ['{"absurd":"result","result":null}']]);
});

Deno.test("performTask() exits with 65 for BadInput and with 75 for NotNow", async () => {
  const bad = await perform(() => Promise.reject(new BadInput("no such\n field")));
  assert.deepEqual([bad.exitCode, bad.message], [65, "no such field"]);
  const later = await perform(() => Promise.reject(new NotNow("disk full")));
  assert.deepEqual([later.exitCode, later.message], [75, "disk full"]);
});

Deno.test("performTask() writes the message of any other error last", async () => {
  const { exitCode, message } = await perform(() => {
    throw new RangeError("too far");
  });
  assert.deepEqual([exitCode, message], [1, "RangeError: too far"]);
});

Deno.test("performTask() refuses numbers that JSON would lose", async () => {
  const { exitCode, stdout, message } = await perform(() => ({ fluxes: [1, NaN] }));
  assert.deepEqual([exitCode, stdout], [1, []]);
  assert.equal(message, 'RangeError: Cannot write NaN to JSON, found at key "1"');
});

for (const input of ["", "[]", "null", "{"]) {
  Deno.test(`performTask() exits with 65 when standard input is ${JSON.stringify(input)}`, async () => {
    const { exitCode, message } = await perform(() => {}, input);
    assert.equal(exitCode, 65);
    assert.match(message ?? "", /^Standard input is not a/);
  });
}
