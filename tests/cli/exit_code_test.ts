import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

const UNKNOWN = "0199e4a2-7b1c-7000-8000-000000000000";

/** Commands with an id: the words before it. */
const TASK_VERBS = [
  ...["show", "why", "logs", "watch", "cancel", "retry", "release", "unblock"].map((verb) => ["task", verb]),
  ["task", "priority", "5"],
  ...["show", "replay", "purge"].map((verb) => ["dlq", verb]),
  ["spawn", "image", "--depends-on"],
];
const WORKFLOW_VERBS = ["show", "watch", "cancel"].map((verb) => ["workflow", verb]);
const SCHEDULE_VERBS = ["show", "next", "pause", "resume", "trigger", "remove", "history"];

/** What is wrong with them; a name that the database does not have is no wrong usage. */
const MISTAKES: [what: string, code: number, commands: string[][]][] = [
  ["an id that there is not", 1, [...TASK_VERBS, ...WORKFLOW_VERBS].map((words) => [...words, UNKNOWN])],
  ["a prefix that no id has", 1, [...TASK_VERBS, ...WORKFLOW_VERBS].map((words) => [...words, "ffff"])],
  ["a schedule that there is not", 1, SCHEDULE_VERBS.map((verb) => ["scheduler", verb, "nope"])],
  ["a queue that there is not", 1, [["queue", "resume", "nope"]]],
  [
    "what is no id",
    2,
    [
      ...[...TASK_VERBS, ...WORKFLOW_VERBS].map((words) => [...words, "nope"]),
      ...["task", "workflow", "dlq"].map((group) => [group, "list", "--cursor", "nope"]),
      ...["task", "dlq"].map((group) => [group, "list", "--workflow", "nope"]),
      ["events", "--task", "nope"],
      ["events", "--workflow", "nope"],
    ],
  ],
  [
    "a chain that there is not",
    2,
    [["chain", "nope"], ["chain", "show", "nope"], [
      "scheduler",
      "add",
      "x",
      "--cron",
      "@daily",
      "--chain",
      "nope",
    ]],
  ],
  ["a stage that there is not", 2, [["worker", "--stage", "nope"], ["worker", "--audit", "nope"]]],
  [
    "a manifest with a mistake",
    2,
    [
      ["worker", "--stages", "bad.json"],
      ["worker", "--check", "--stages", "bad.json"],
      ["worker", "--audit", "image", "--stages", "bad.json"],
      ["chain", "list", "--stages", "bad.json"],
      ["scheduler", "sync", "bad.json"],
    ],
  ],
  [
    "a value that an option cannot have",
    2,
    [
      ["spawn", "image", "--timeout", "0"],
      ["spawn", "image", "--max-retries", "2000000"],
      ["spawn", "image", "--priority", "high"],
      ["scheduler", "add", "x", "--cron", "@daily", "--task", "t", "--timeout", "0"],
      ["worker", "--min-free", "much"],
      ["status", "--watch", "1ms"],
      ["bench", "--tasks", "5"],
      ["serve", "--port", "99999"],
      ["queue", "limit", "q", "--max", "none"],
    ],
  ],
];

Deno.test("similar mistakes end every command with the same exit code, and name what was given", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${baseDir}/bad.json`, '{"stages": {"image": {}}}');
    await withWorld(async ({ run }) => {
      for (const [what, expected, commands] of MISTAKES) {
        for (const args of commands) {
          const { code, stderr } = await run(args, { baseDir, env: { ABSURD_ENABLED: "true" } });
          assert.equal(code, expected, `${what}: absurd ${args.join(" ")}: ${stderr}`);
          const given = args.at(-1)!;
          assert.ok(stderr.includes(given), `absurd ${args.join(" ")}: "${given}" is not in ${stderr}`);
        }
      }
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});
