import assert from "node:assert/strict";
import { AbsurdConfig, requireDatabaseUrl } from "../../lib/config.ts";
import { SETTINGS } from "../../lib/settings.ts";

Deno.test("AbsurdConfig.fromEnv() has the documented defaults", () => {
  assert.deepEqual({ ...AbsurdConfig.fromEnv({ INIT_CWD: "/home/ada" }) }, {
    enabled: false,
    databaseUrl: undefined,
    denoPath: undefined,
    listenUrl: undefined,
    queueName: "dsa110-pipeline",
    retentionSec: 2_592_000,
    workerConcurrency: 4,
    workerPollIntervalSec: 1,
    taskTimeoutSec: 3600,
    maxRetries: 3,
    dlqEnabled: true,
    stagesPath: undefined,
    workDir: "/home/ada/absurd-work",
    heartbeatIntervalSec: 30,
    leaseSec: 120,
    minFreeBytes: 100_000_000,
    gracePeriodSec: 10,
    shutdownTimeoutSec: 10,
    backoffBaseSec: 5,
    backoffCapSec: 900,
    serveHost: "127.0.0.1",
    servePort: 8110,
    serveToken: undefined,
    serveReadToken: undefined,
  });
});

Deno.test("AbsurdConfig.fromEnv() reads all variables, and takes an empty one for unset", () => {
  const config = AbsurdConfig.fromEnv({
    INIT_CWD: "/home/ada",
    ABSURD_ENABLED: "Yes",
    ABSURD_DATABASE_URL: "embedded:db",
    ABSURD_QUEUE_NAME: " imaging ",
    ABSURD_WORKER_CONCURRENCY: "",
    ABSURD_WORKER_POLL_INTERVAL: "250ms",
    ABSURD_TASK_TIMEOUT: "2h30m",
    ABSURD_DLQ_ENABLED: "0",
    ABSURD_STAGES: "/etc/absurd.json",
    ABSURD_WORK_DIR: "../work",
  });
  assert.equal(config.enabled, true);
  assert.equal(config.databaseUrl, "embedded:/home/ada/db");
  assert.equal(config.queueName, "imaging");
  assert.equal(config.workerConcurrency, 4);
  assert.equal(config.workerPollIntervalSec, 0.25);
  assert.equal(config.taskTimeoutSec, 9000);
  assert.equal(config.dlqEnabled, false);
  assert.equal(config.stagesPath, "/etc/absurd.json");
  assert.equal(config.workDir, "/home/work");
});

Deno.test.each([
  ["ABSURD_ENABLED", "maybe", 'ABSURD_ENABLED: "maybe" is neither true nor false'],
  ["ABSURD_WORKER_CONCURRENCY", "0", 'ABSURD_WORKER_CONCURRENCY: "0" is not a whole number from 1 to 1000'],
  [
    "ABSURD_WORKER_CONCURRENCY",
    "1e3",
    'ABSURD_WORKER_CONCURRENCY: "1e3" is not a whole number from 1 to 1000',
  ],
  ["ABSURD_MAX_RETRIES", "-1", 'ABSURD_MAX_RETRIES: "-1" is not a whole number from 0 to 1000'],
  ["ABSURD_TASK_TIMEOUT", "soon", 'ABSURD_TASK_TIMEOUT: "soon" is not a duration such as 90, 90s or 2h30m'],
  ["ABSURD_TASK_TIMEOUT", "0", 'ABSURD_TASK_TIMEOUT: "0" is not a duration from 0.001 s to a year'],
  ["ABSURD_TASK_TIMEOUT", "9999d", 'ABSURD_TASK_TIMEOUT: "9999d" is not a duration from 0.001 s to a year'],
])(
  "AbsurdConfig.fromEnv() refuses %s=%s and says what is allowed",
  (variable: string, value: string, message: string) => {
    assert.throws(() => AbsurdConfig.fromEnv({ [variable]: value }), {
      name: "InvalidArgumentError",
      message,
    });
  },
);

Deno.test("AbsurdConfig.fromEnv() refuses a lease that one missed heartbeat would end", () => {
  assert.throws(() => AbsurdConfig.fromEnv({ ABSURD_LEASE: "45" }), {
    message: "ABSURD_LEASE is 45 s, less than twice ABSURD_HEARTBEAT_INTERVAL (30 s)",
  });
});

Deno.test("requireDatabaseUrl() names the variable when it is not set", () => {
  assert.throws(() => requireDatabaseUrl(AbsurdConfig.fromEnv({})), {
    message: "ABSURD_DATABASE_URL is not set",
  });
  assert.equal(requireDatabaseUrl({ databaseUrl: "postgres://db" }), "postgres://db");
});

Deno.test("SETTINGS have defaults that their own parsers accept", () => {
  for (const { variable, default: text, parse, help } of SETTINGS) {
    assert.match(variable, /^ABSURD_[A-Z_]+$/);
    assert.ok(help.length > 0);
    if (text !== undefined) parse(text);
  }
});
