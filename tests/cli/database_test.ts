import assert from "node:assert/strict";
import { emptyDatabase, testDatabase } from "../support/database.ts";
import { runInProcess } from "./fake_context.ts";

/** Commands that need the database, one for each way to use it. */
const COMMANDS = [["status"], ["spawn", "image"], ["chain", "standard"], ["task", "list"], ["init"], [
  "worker",
  "list",
]];

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
  assert.match(first.stderr, /^Installed the schema absurd, version \d+\n$/);
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

Deno.test("absurd init --dry-run says what it would do, and does nothing", async () => {
  await using test = await emptyDatabase();
  const world = { env: { ABSURD_DATABASE_URL: test.url } };
  const first = await runInProcess(["init", "--dry-run", "--with", "sky"], world);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^install the schema absurd, version \d+\nrun the migrations 0001_tables, /);
  assert.match(first.stdout, /\ninstall or bring up to date the extras sky\n$/);
  assert.equal(first.stderr, "Nothing was changed\n");
  assert.equal((await runInProcess(["init", "--check"], world)).stdout, "Schema absurd is not installed\n");

  await runInProcess(["init", "--with", "sky"], world);
  await runInProcess(["spawn", "image"], world);
  const reset = await runInProcess(["init", "--dry-run", "--reset"], world);
  assert.match(reset.stdout, /^drop the schema absurd, version \d+, with 1 task\n/);
  const json = await runInProcess(["init", "--dry-run", "--json"], world);
  const { created, applied, functions_differ } = JSON.parse(json.stdout);
  assert.deepEqual([created, applied, functions_differ], [false, [], false]);
  assert.equal((await runInProcess(["init", "--check"], world)).code, 0);
});

Deno.test("absurd init --with and --roles install what they name, and --check agrees", async () => {
  await using test = await emptyDatabase();
  const world = { env: { ABSURD_DATABASE_URL: test.url } };
  const { code, stderr } = await runInProcess(["init", "--with", "sky", "--roles"], world);
  assert.equal(code, 0, stderr);
  const [row] = await test.database.query<{ owner: string; sky: boolean }>(
    "select nspowner::regrole::text as owner, to_regclass('sky.sources') is not null as sky from pg_namespace where nspname = 'absurd'",
  );
  assert.deepEqual(row, { owner: "absurd_owner", sky: true });
  assert.equal((await runInProcess(["init", "--check"], world)).code, 0);
  const unknown = await runInProcess(["init", "--with", "sea"], world);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /^error: There is no extra "sea" to install\nhint: Known extras: sky\n$/);
});

for (
  const flags of [["--sql", "--json"], ["--sql", "--dry-run"], ["--check", "--dry-run"], [
    "--check",
    "--reset",
  ]]
) {
  Deno.test(`absurd init refuses ${flags.join(" with ")}`, async () => {
    const { code, stdout, stderr } = await runInProcess(["init", ...flags]);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /cannot be used with/);
  });
}

Deno.test("absurd init refuses a schema of another project of this name, whatever is asked", async () => {
  await using test = await emptyDatabase();
  await test.database.script(
    "create schema absurd; create table absurd.queues (queue_name text primary key)",
  );
  for (const flags of [[], ["--dry-run"], ["--reset", "--yes"]]) {
    const { code, stderr } = await runInProcess(["init", ...flags], {
      env: { ABSURD_DATABASE_URL: test.url },
    });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: Schema absurd of database \w+ belongs to something else\nhint: Another project/,
    );
  }
});

for (const args of [["spawn", "image"], ["worker"], ["scheduler", "run"]]) {
  Deno.test(`absurd ${args.join(" ")} says in a sentence that schema and program do not go together`, async () => {
    await using test = await testDatabase();
    const world = { env: { ABSURD_DATABASE_URL: test.url, ABSURD_ENABLED: "true" } };
    const pretend = (version: number) =>
      test.database.script(`
        create or replace function absurd.schema_version() returns int language sql security definer
          set search_path = pg_catalog, pg_temp as 'select ${version}'`);
    await pretend(1);
    const older = await runInProcess(args, world);
    assert.equal(older.code, 1);
    assert.match(
      older.stderr,
      /^error: Schema absurd has version 1, older than the .*\nhint: Run: absurd init\n$/,
    );
    await pretend(999);
    await test.database.script(
      "create or replace function absurd._oldest_client_version() returns int language sql as 'select 900'",
    );
    const newer = await runInProcess(args, world);
    assert.equal(newer.code, 1);
    assert.match(
      newer.stderr,
      /^error: This program was made for version .*\nhint: Update absurd on this machine/,
    );
    await test.database.script("drop function absurd.handshake");
    const ancient = await runInProcess(args, world);
    assert.equal(ancient.code, 1);
    assert.match(
      ancient.stderr,
      /^error: The database has no function absurd.handshake .*older than this program/,
    );
  });
}
