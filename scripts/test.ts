// deno-lint-ignore-file no-console
/**
 * Runs the tests on one PostgreSQL server: `deno task test [PATH…] [OPTION OF deno test…]`.
 *
 * Without paths: all tests but those of tests/e2e and tests/proofs; with `--all` these too, and the examples in the
 * documentation.
 * ABSURD_TEST_DATABASE_URL names a server to use (of any supported version); without, an embedded one is started, and
 * stopped at the end whatever happens. With CI=true a skipped test is a failure. Ends with `N passed, N failed`.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { MEMORY_FOLDER_VARIABLE, memoryFolder } from "../tests/support/memory_folder.ts";
import { assertNoProcesses, findProcesses, killProcess } from "../tests/support/process.ts";
import { stopUnusedServer, useEmbeddedServer } from "../tests/support/server.ts";
import { dropTemplate, ensureTemplate, makeDatabase } from "../tests/support/template.ts";
import { addCounts, type Counts, countTests } from "./test_counts.ts";

/** Tests of whole processes and of many histories, which take minutes. */
const SLOW = "tests/e2e,tests/proofs";
/** Where examples stand. */
const DOCUMENTED = ["mod.ts", "lib", "README.md", "docs"];

interface RunOptions {
  /** Variables besides our own. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Runs `deno test` with `args`, shows what it prints, and counts. */
async function runTests(args: string[], { env, signal }: RunOptions): Promise<Counts> {
  // A command takes no notice of a signal that has aborted before.
  if (signal.aborted) return { passed: 0, failed: 1, skipped: 0 };
  const child = new Deno.Command(Deno.execPath(), {
    // Types are checked by `deno task check`.
    args: ["test", "--allow-all", "--no-check", ...args],
    env: { DENO_JOBS: Deno.env.get("DENO_JOBS") ?? "2", ...env },
    stdout: "piped",
    signal,
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  return countTests(output, await child.status);
}

/** The server that the variable names, else one of this run's own in `directory`. */
async function useServer(directory: string): Promise<{ url: string } & AsyncDisposable> {
  const named = Deno.env.get("ABSURD_TEST_DATABASE_URL");
  if (named) return { url: named, [Symbol.asyncDispose]: () => dropTemplate(named) };
  const server = await useEmbeddedServer(directory, { lingerSec: 0 });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]();
      // The watchdog does the same if this program is killed; Ctrl-C may have killed the watchdog.
      await stopUnusedServer(directory, { lingerSec: 0 });
    },
  };
}

/** Runs the examples in the documentation, which find a database of their own in their environment. */
async function runExamples(server: string, options: RunOptions): Promise<Counts> {
  await using own = await makeDatabase(server, await ensureTemplate(server));
  const env = { ...options.env, ABSURD_DATABASE_URL: own.url, ABSURD_ENABLED: "true" };
  return await runTests(["--doc", ...DOCUMENTED.filter(existsSync)], { ...options, env });
}

/** Ends the processes that tests left running, all of which know the folder for temporary files; says how many. */
async function endLeftovers(temporary: string): Promise<number> {
  await assertNoProcesses({ marker: temporary }).catch(() => {});
  const left = await findProcesses({ marker: temporary });
  for (const { pid, command } of left) {
    console.log(`Left running by a test: ${pid} ${command}`);
    killProcess(pid, "SIGKILL");
  }
  return left.length;
}

async function runAll(args: readonly string[], signal: AbortSignal): Promise<Counts> {
  const all = args.includes("--all");
  const rest = args.filter((arg) => arg !== "--all");
  const paths = rest.some((arg) => existsSync(arg)) ? [] : ["tests", ...(all ? [] : [`--ignore=${SLOW}`])];
  const prefix = "absurd-tests-";
  const temporary = await Deno.makeTempDir({ prefix });
  const directory = await Deno.makeTempDir({ dir: await memoryFolder(), prefix });
  // The user that servers run as passes through these.
  for (const folder of [temporary, directory]) await Deno.chmod(folder, 0o711);
  try {
    await using server = await useServer(join(directory, "server"));
    await ensureTemplate(server.url);
    const env = {
      ABSURD_TEST_DATABASE_URL: server.url,
      [MEMORY_FOLDER_VARIABLE]: directory,
      TMPDIR: temporary,
    };
    let counts = await runTests(["--parallel", ...paths, ...rest], { env, signal });
    if (all) counts = addCounts(counts, await runExamples(server.url, { env, signal }));
    return addCounts(counts, { passed: 0, failed: await endLeftovers(temporary), skipped: 0 });
  } finally {
    for (const folder of [temporary, directory]) await Deno.remove(folder, { recursive: true });
  }
}

Deno.chdir(new URL("..", import.meta.url));
// A first Ctrl-C ends the tests, and then the server; so does the TERM of a service manager.
const stop = new AbortController();
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort(EXIT_CODES[signal]));
}

const { passed, failed, skipped } = await runAll(Deno.args, stop.signal);
const unwanted = Deno.env.get("CI") === "true" ? skipped : 0;
if (unwanted > 0) console.log(`${unwanted} skipped: in CI every test has to run`);
console.log(`${passed} passed, ${failed + unwanted} failed`);
Deno.exitCode = stop.signal.aborted ? stop.signal.reason : failed + unwanted > 0 ? 1 : 0;
