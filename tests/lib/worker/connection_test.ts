import assert from "node:assert/strict";
import { growingAnswerSec } from "../../../lib/worker/connection.ts";

Deno.test("growingAnswerSec() doubles up to half of the lease, and never is below ten seconds", () => {
  const bounds = (leaseSec: number) => [0, 1, 2, 3, 4].map((tries) => growingAnswerSec({ leaseSec }, tries));
  assert.deepEqual(bounds(120), [10, 20, 40, 60, 60]);
  assert.deepEqual(bounds(2), [10, 10, 10, 10, 10]);
});
