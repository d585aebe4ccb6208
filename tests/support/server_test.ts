import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { postgresStatus } from "../../lib/postgres/mod.ts";
import { memoryFolder } from "./memory_folder.ts";
import { assertNoProcesses, eventually, startDeno } from "./process.ts";

Deno.test("useEmbeddedServer() leaves nothing when the last of its users was killed", async () => {
  const parent = await Deno.makeTempDir({ dir: await memoryFolder() });
  await Deno.chmod(parent, 0o755);
  const directory = join(parent, "server");
  try {
    await using first = startDeno(["tests/support/use_server.ts", directory]);
    await using second = startDeno(["tests/support/use_server.ts", directory]);
    const urls = [await firstLine(first), await firstLine(second)];
    assert.equal(urls[0], urls[1]);
    first.kill("SIGKILL");
    await first.result;
    assert.equal((await postgresStatus(directory)).running, true);
    second.kill("SIGKILL");
    await eventually(() => !existsSync(directory), { timeoutMs: 30_000 });
    await assertNoProcesses({ marker: directory });
    assert.deepEqual(await Array.fromAsync(Deno.readDir(parent)), []);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

async function firstLine(child: { readonly stdout: string }): Promise<string> {
  const lines = await eventually(() => child.stdout.includes("\n") && child.stdout, { timeoutMs: 60_000 });
  return lines.split("\n")[0];
}
