import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("no command shows parameters that the manifest calls secret", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const manifest = {
      stages: { login: { command: ["/bin/true"], secret: ["token"] } },
      chains: { twice: { steps: [{ name: "first", task: "login" }, { name: "second", task: "login" }] } },
    };
    await Deno.writeTextFile(`${baseDir}/absurd.json`, JSON.stringify(manifest));
    await withWorld(async ({ run, spawn, failNext }) => {
      const params = ["-P", "token=hunter22", "-P", "user=me"];
      const failed = await spawn("login", ...params);
      await failNext("broken");
      const workflow = (await run(["chain", "twice", ...params], { baseDir })).stdout.trim();
      const commands = [
        ["task", "list", "--json"],
        ["task", "show", failed],
        ["task", "show", failed, "--json"],
        ["task", "watch", failed, "--json"],
        ["task", "watch", failed, "--jsonl"],
        ["task", "retry", "--all", "--dry-run", "--json"],
        ["dlq", "list", "--jsonl"],
        ["dlq", "show", failed],
        ["workflow", "list", "--json"],
        ["workflow", "show", workflow],
        ["workflow", "show", workflow, "--json"],
      ];
      for (const args of commands) {
        const { stdout } = await run(args, { baseDir });
        assert.match(stdout, /"token": ?"\[secret\]"/, args.join(" "));
        assert.ok(!stdout.includes("hunter22"), `absurd ${args.join(" ")} shows the token`);
      }
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});
