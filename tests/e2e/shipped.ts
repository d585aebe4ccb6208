/** What a program that was built has to do on a node that has nothing else. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { SCAN } from "./support.ts";

/** A stage of the user's own, which counts lines. */
const STAGE = `import { runStage } from "@dsa110/absurd/stage";
await runStage(async ({ params }, stage) => {
  stage.progress(0.5, "reading");
  return { lines: (await Deno.readTextFile(params.path)).split("\\n").length - 1 };
});
`;
const MANIFEST = { stages: { count: { module: "./count.ts", permissions: { read: ["{params.path}"] } } } };

/** What is tried, and where. */
export interface Shipped {
  /** Command line of the program. */
  readonly program: readonly string[];
  /** A folder that may be written; the program stands in an empty one below it. */
  readonly folder: string;
  /** A database without the schema. */
  readonly databaseUrl: string;
}

/**
 * Installs the schema, runs a stage of the user's own and two of the reference pipeline on a real scan, and looks at the
 * status; with an empty cache and no registry, as on a node without a network.
 */
export async function tryShipped({ program, folder, databaseUrl }: Shipped): Promise<void> {
  const empty = join(folder, "empty");
  const own = join(folder, "own");
  await Promise.all([empty, own].map((path) => Deno.mkdir(path)));
  await Deno.writeTextFile(join(own, "count.ts"), STAGE);
  await Deno.writeTextFile(join(own, "absurd.json"), JSON.stringify(MANIFEST));
  const env = {
    PATH: Deno.env.get("PATH")!,
    DENO_DIR: join(folder, "cache"),
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:1",
    NO_COLOR: "1",
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_ENABLED: "true",
    ABSURD_WORK_DIR: join(folder, "work"),
  };
  const absurd = async (cwd: string, ...args: string[]): Promise<string> => {
    const [command, ...first] = program;
    const child = new Deno.Command(command, {
      args: [...first, ...args],
      cwd,
      clearEnv: true,
      env,
      stdin: "null",
    });
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, `absurd ${args.join(" ")}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  };

  assert.equal(JSON.parse(await absurd(empty, "version", "--json")).absurd, "0.1.0");
  await absurd(empty, "init");
  const task = (await absurd(empty, "spawn", "count", "-P", `path=${join(own, "count.ts")}`)).trim();
  await absurd(own, "worker", "--drain");
  const shown = JSON.parse(await absurd(empty, "task", "show", task, "--json"));
  assert.deepEqual(shown.result, { lines: STAGE.split("\n").length - 1 });

  await absurd(empty, "chain", "quick", "-P", `input=${SCAN}`);
  await absurd(empty, "worker", "--drain");
  const status = JSON.parse(await absurd(empty, "status", "--json"));
  assert.deepEqual([status.queues[0].completed, status.queues[0].failed], [3, 0]);
  assert.match(await fetchPage(program, { cwd: empty, env }), /<title>absurd<\/title>/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(empty)), [], "the program left files where it stood");
}

/** The page of `absurd serve`, whose files have to be inside the program. */
async function fetchPage(
  [command, ...first]: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const args = [...first, "serve", "--port", "0"];
  const server = new Deno.Command(command, { args, ...options, clearEnv: true, stderr: "piped" }).spawn();
  const reader = server.stderr.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let said = "";
    while (!said.includes("\n")) said += (await reader.read()).value ?? "\n";
    const [url] = /http:\S+/.exec(said) ?? [];
    assert.ok(url, said);
    return await (await fetch(url)).text();
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await reader.cancel();
  }
}
