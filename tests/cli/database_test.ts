import assert from "node:assert/strict";
import { emptyDatabase, testDatabase } from "../support/database.ts";
import { runInProcess } from "./fake_context.ts";

/** Commands that need the database, one for each way to use it. */
const COMMANDS = [["status"], ["spawn", "image"], ["chain", "standard"], ["task", "list"], ["init"], [
  "worker",
  "list",
]];

for (const args of COMMANDS) {
  Deno.test(`absurd ${args.join(" ")} says in a sentence that no server answers`, async () => {
    const env = { ABSURD_DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/nothing" };
    const { code, stdout, stderr } = await runInProcess(args, { env });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^error: No PostgreSQL answers at 127\.0\.0\.1:1 .*\nhint: Start the server/);
    assert.equal(stderr.split("\n").length, 3);
    assert.ok(!stderr.includes("secret"));
  });
}

Deno.test("absurd status --check is critical when no server answers", async () => {
  const env = { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
  const { code, stdout, stderr } = await runInProcess(["status", "--check"], { env });
  assert.deepEqual({ code, stderr }, { code: 2, stderr: "" });
  assert.match(stdout, /^CRITICAL; No PostgreSQL answers at 127\.0\.0\.1:1 .*\n$/);
});

Deno.test("absurd says in a sentence that the password is wrong", async () => {
  await using test = await testDatabase();
  const url = new URL(test.url);
  url.password = "guessed";
  const { code, stdout, stderr } = await runInProcess(["status"], { env: { ABSURD_DATABASE_URL: url.href } });
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^error: The password is wrong or missing for .*\nhint: Correct user and password/);
  assert.ok(!stderr.includes("guessed"));
});

Deno.test("absurd says in a sentence that the database does not exist", async () => {
  await using test = await testDatabase();
  const url = new URL(test.url);
  url.pathname = "/absurd_nowhere";
  const { code, stderr } = await runInProcess(["spawn", "image"], { env: { ABSURD_DATABASE_URL: url.href } });
  assert.equal(code, 1);
  assert.match(stderr, /^error: There is no database "absurd_nowhere" at .*\nhint: Create it/);
});

for (const args of COMMANDS.filter(([name]) => name !== "init")) {
  Deno.test(`absurd ${args.join(" ")} names absurd init when the database has no schema`, async () => {
    await using test = await emptyDatabase();
    const { code, stdout, stderr } = await runInProcess(args, { env: { ABSURD_DATABASE_URL: test.url } });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^error: The database has no schema absurd\nhint: .*absurd init/);
  });
}

Deno.test("absurd init installs the schema once, and says what it did", async () => {
  await using test = await emptyDatabase();
  const world = { env: { ABSURD_DATABASE_URL: test.url } };
  const first = await runInProcess(["init", "--json"], world);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^Installed the schema absurd, version \d+: applied 0001_/);
  const { version, created, applied } = JSON.parse(first.stdout);
  assert.ok(version >= 1 && created && applied.length > 0);

  const second = await runInProcess(["init"], world);
  assert.deepEqual({ code: second.code, stdout: second.stdout }, { code: 0, stdout: "" });
  assert.match(second.stderr, /^Checked the schema absurd, version \d+: it was up to date\n$/);
  assert.equal((await runInProcess(["init", "--check"], world)).code, 0);
});

Deno.test("absurd init --check names what differs and exits 1", async () => {
  await using test = await emptyDatabase();
  const world = { env: { ABSURD_DATABASE_URL: test.url } };
  assert.equal((await runInProcess(["init"], world)).code, 0);
  await test.database.query("drop function absurd.pause_queue");
  const { code, stdout } = await runInProcess(["init", "--check"], world);
  assert.equal(code, 1);
  assert.match(stdout, /pause_queue/);
});

Deno.test("absurd init --sql prints what psql can run, and needs no database", async () => {
  const { code, stdout, stderr } = await runInProcess(["init", "--sql"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  await using test = await emptyDatabase();
  await test.database.script(stdout);
  assert.equal((await runInProcess(["status"], { env: { ABSURD_DATABASE_URL: test.url } })).code, 0);
});

Deno.test("absurd init --reset drops all tasks when the answer is yes, and nothing when it is not", async () => {
  await using test = await emptyDatabase();
  const world = { env: { ABSURD_DATABASE_URL: test.url }, terminal: true };
  const countTasks = async () =>
    JSON.parse((await runInProcess(["task", "list", "--json"], world)).stdout).length;
  await runInProcess(["init"], world);
  await runInProcess(["spawn", "image"], world);

  const no = await runInProcess(["init", "--reset"], { ...world, answer: "" });
  assert.equal(no.code, 1);
  assert.match(no.stderr, /Nothing was changed/);
  assert.equal(await countTasks(), 1);

  assert.equal((await runInProcess(["init", "--reset"], { ...world, answer: "yes" })).code, 0);
  assert.equal(await countTasks(), 0);
});
