/** What the end-to-end tests share. */

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/database.ts";
import { findProcesses, ROOT, runCli, type RunOptions } from "../support/process.ts";

/** The real, uncalibrated VLA scan. */
export const SCAN = join(ROOT, "scripts/stages/data/vla_j1008+0730_raw.uvh5");
/** A manifest with a stage that does nothing. */
export const FIXTURE_STAGES = fileURLToPath(new URL("./fixtures/absurd.json", import.meta.url));

/**
 * Settings for workers whose death is noticed within seconds. A worker that hears nothing from the database for half of
 * so short a lease ends its stages, and machines that run tests stand still for a second at times: hence not shorter.
 */
export function quickSettings(databaseUrl: string, workDir: string): Record<string, string> {
  return {
    ABSURD_ENABLED: "true",
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_WORK_DIR: workDir,
    ABSURD_HEARTBEAT_INTERVAL: "0.5",
    ABSURD_LEASE: "6",
    ABSURD_GRACE_PERIOD: "1",
    ABSURD_BACKOFF_BASE: "0.1",
  };
}

/** Spawns tasks that do nothing. */
export async function spawnNothing(url: string, count: number): Promise<void> {
  await using database = openDatabase({ url });
  await database.query(
    "select absurd.spawn_task('dsa110-pipeline', 'nothing') from generate_series(1, $1)",
    [count],
  );
}

/** Runs `use` with a folder of its own, that nothing may still be running in when it ends. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "absurd-e2e-" });
  // The server of a test run as root is another user.
  await Deno.chmod(folder, 0o755);
  try {
    await use(folder);
    assert.deepEqual(await findProcesses({ marker: folder }), [], "processes were left running");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `absurd ARGS --json`, which has to succeed, and returns the document it printed. */
// deno-lint-ignore no-explicit-any -- documents of many shapes, looked at by assertions only
export async function cliJson(args: string[], options: RunOptions): Promise<any> {
  const { code, stdout, stderr } = await runCli([...args, "--json"], options);
  assert.equal(code, 0, `absurd ${args.join(" ")}: ${stderr}`);
  return JSON.parse(stdout);
}
