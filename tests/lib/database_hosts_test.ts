import assert from "node:assert/strict";
import { Hosts, splitHosts } from "../../lib/database_hosts.ts";

Deno.test("splitHosts() leaves a comma in a password alone, and what libpq is told to look for out", () => {
  assert.deepEqual(splitHosts("postgres://ada:p,w@db/queue"), ["postgres://ada:p,w@db/queue"]);
  assert.deepEqual(splitHosts("postgres://a,b?target_session_attrs=primary&sslmode=require"), [
    "postgres://a?sslmode=require",
    "postgres://b?sslmode=require",
  ]);
  assert.deepEqual(splitHosts("postgres://a,b/q?target_session_attrs=primary"), [
    "postgres://a/q",
    "postgres://b/q",
  ]);
});

Deno.test("Hosts.next() goes around once, and not for somebody who is late", () => {
  const hosts = new Hosts(["a", "b"]);
  assert.equal(hosts.next("a"), true);
  assert.equal(hosts.next("a"), true);
  assert.equal(hosts.current, "b");
  assert.equal(hosts.next("b"), false);
  assert.equal(hosts.current, "a");
});
