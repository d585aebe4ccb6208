import assert from "node:assert/strict";
import { join } from "node:path";
import { chooseDeno } from "../../lib/deno_executable.ts";

async function withProgram(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "program");
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await use(path);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("chooseDeno() is the Deno that runs this, unless another is named", async () => {
  assert.equal(await chooseDeno({ standalone: false }), Deno.execPath());
  await withProgram("echo 'deno 2.9.6 (stable)'", async (path) => {
    assert.equal(await chooseDeno({ standalone: false, denoPath: path }), path);
  });
});

Deno.test("chooseDeno() refuses what is not there, and what is no Deno 2", async () => {
  await assert.rejects(chooseDeno({ standalone: true, denoPath: "/nowhere/deno" }), {
    name: "AbsurdError",
    message: 'Modules are run by Deno, and there is no ABSURD_DENO, "/nowhere/deno"',
    hint: /Install Deno 2/,
  });
  await withProgram("echo 'deno 1.46.3'", async (path) => {
    await assert.rejects(chooseDeno({ standalone: true, denoPath: path }), {
      message: /it says "deno 1\.46\.3"/,
    });
  });
});

Deno.test("chooseDeno() takes the one in PATH in a binary", async () => {
  assert.equal(await chooseDeno({ standalone: true }), "deno");
});
