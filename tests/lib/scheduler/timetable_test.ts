import assert from "node:assert/strict";
import { InvalidArgumentError } from "../../../lib/errors.ts";
import { Timetable } from "../../../lib/scheduler/timetable.ts";

/** Due times after `from`, as ISO 8601 to the minute. */
function due(cronExpression: string, timezone: string, from: string, count: number): string[] {
  const times = new Timetable({ cronExpression, timezone }).list(new Date(from), count);
  return times.map((time) => time.toISOString().slice(0, 16));
}

Deno.test("Timetable follows elapsed time through every change of the clock when the hour is *, 0-23 or a step", () => {
  const quarters = (from: string) =>
    Array.from(
      { length: 12 },
      (_, index) => new Date(Date.parse(from) + (index + 1) * 900_000).toISOString().slice(0, 16),
    );
  const changes = {
    "Europe/Berlin": ["2026-03-29T00:00Z", "2026-10-25T00:00Z"],
    "America/Los_Angeles": ["2026-03-08T09:00Z", "2026-11-01T08:00Z"],
    "Australia/Lord_Howe": ["2026-10-03T14:30Z", "2026-04-04T14:00Z"],
  };
  for (const [timezone, moments] of Object.entries(changes)) {
    for (const from of moments) {
      for (const hour of ["*", "0-23", "*/1"]) {
        const found = due(`*/15 ${hour} * * *`, timezone, from, 12);
        assert.deepEqual(found, quarters(from), `${hour} ${timezone} ${from}`);
      }
    }
  }
  // an hour that comes twice counts twice, one that is left out is not made up for
  assert.deepEqual(due("0 */2 * * *", "Europe/Berlin", "2026-10-24T22:00Z", 3), [
    "2026-10-25T00:00",
    "2026-10-25T01:00",
    "2026-10-25T03:00",
  ]);
  assert.deepEqual(due("0 */2 * * *", "Europe/Berlin", "2026-03-28T22:59Z", 2), [
    "2026-03-28T23:00",
    "2026-03-29T02:00",
  ]);
});

Deno.test("Timetable is due once a day at a fixed hour, when the clock is put back", () => {
  assert.deepEqual(due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(due("30 1 * * *", "America/Los_Angeles", "2026-10-31T12:00Z", 2), [
    "2026-11-01T08:30",
    "2026-11-02T09:30",
  ]);
  assert.deepEqual(due("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", 2), [
    "2026-04-04T14:45",
    "2026-04-05T15:15",
  ]);
});

Deno.test("Timetable is due once a day at a fixed hour, when the clock is put forward over it", () => {
  assert.deepEqual(due("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2), [
    "2026-03-29T01:30",
    "2026-03-30T00:30",
  ]);
  assert.deepEqual(due("30 2 * * *", "America/Los_Angeles", "2026-03-07T12:00Z", 2), [
    "2026-03-08T10:30",
    "2026-03-09T09:30",
  ]);
  // by half an hour: 02:15 becomes 02:45
  assert.deepEqual(due("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", 2), [
    "2026-10-03T15:45",
    "2026-10-04T15:15",
  ]);
});

Deno.test("Timetable takes two clock times that become one instant as one due time", () => {
  assert.deepEqual(due("30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 3), [
    "2026-03-29T01:30",
    "2026-03-30T00:30",
    "2026-03-30T01:30",
  ]);
});

Deno.test("Timetable counts weekdays from Sunday, 0 or 7, and takes one of two restricted day fields as enough", () => {
  for (const sunday of ["0", "7", "SUN", "sun"]) {
    assert.deepEqual(due(`0 0 * * ${sunday}`, "UTC", "2026-06-01T00:00Z", 1), ["2026-06-07T00:00"], sunday);
  }
  assert.deepEqual(due("0 0 * * 1-5", "UTC", "2026-06-05T00:00Z", 1), ["2026-06-08T00:00"]);
  assert.deepEqual(due("0 0 10 * 1", "UTC", "2026-06-08T00:00Z", 2), [
    "2026-06-10T00:00",
    "2026-06-15T00:00",
  ]);
});

Deno.test("Timetable knows rare days: 29 February, the last day, the nth weekday", () => {
  assert.deepEqual(due("0 0 29 2 *", "UTC", "2026-06-01T00:00Z", 2), [
    "2028-02-29T00:00",
    "2032-02-29T00:00",
  ]);
  assert.deepEqual(due("0 0 L * *", "UTC", "2026-02-01T00:00Z", 2), ["2026-02-28T00:00", "2026-03-31T00:00"]);
  assert.deepEqual(due("0 0 * * 5#2", "UTC", "2026-06-01T00:00Z", 1), ["2026-06-12T00:00"]);
  assert.deepEqual(due("0 0 29 2 +1", "UTC", "2026-06-01T00:00Z", 1), ["2044-02-29T00:00"]);
});

Deno.test("Timetable reads six fields and aliases", () => {
  const seconds = new Timetable({ cronExpression: "*/20 * * * * *", timezone: "UTC" });
  const times = seconds.list(new Date("2026-06-01T00:00:00.500Z"), 3);
  assert.deepEqual(times.map((time) => time.toISOString().slice(17, 23)), ["20.000", "40.000", "00.000"]);
  assert.deepEqual(due("@hourly", "Europe/Berlin", "2026-10-25T00:30Z", 2), [
    "2026-10-25T01:00",
    "2026-10-25T02:00",
  ]);
  assert.deepEqual(due("@weekly", "UTC", "2026-06-01T00:00Z", 1), ["2026-06-07T00:00"]);
});

Deno.test("Timetable refuses what cannot be read, naming it", () => {
  const cases: [string, string, RegExp][] = [
    ["60 * * * *", "UTC", /Cannot read cron expression "60 \* \* \* \*": Invalid value for minute: 60/],
    ["* * 0 * *", "UTC", /Invalid value for day: 0$/],
    ["*/0 * * * *", "UTC", /illegal stepping: 0/],
    ["5-1 * * * *", "UTC", /From value is larger than to value/],
    ["* * * *", "UTC", /it has 4 fields/],
    ["", "UTC", /it has 0 fields/],
    ["2026-05-05T00:00:00", "UTC", /it has 1 fields/],
    ["@reboot", "UTC", /Cannot read cron expression/],
    ["* * * * *", "Mars/Olympus", /There is no time zone "Mars\/Olympus"/],
    ["* * * * *", "+01:00", /There is no time zone "\+01:00"/],
    ["* * * * *", "", /There is no time zone ""/],
  ];
  for (const [cronExpression, timezone, message] of cases) {
    const make = () => new Timetable({ cronExpression, timezone });
    assert.throws(
      make,
      (error) => error instanceof InvalidArgumentError && message.test(error.message),
      cronExpression,
    );
  }
});

Deno.test("Timetable.require() says that an expression never fires, or not within its bounds", () => {
  const now = new Date("2026-06-01T00:00Z");
  const never = new Timetable({ cronExpression: "0 0 31 2 *", timezone: "UTC" });
  assert.throws(() => never.require(now), /"0 0 31 2 \*" never fires/);
  const over = new Timetable({
    cronExpression: "@daily",
    timezone: "UTC",
    endsAt: new Date("2026-06-01T12:00Z"),
  });
  assert.throws(() => over.require(now), /does not fire between now, start and end/);
});

Deno.test("Timetable is not due before its start or after its end, and is at both", () => {
  const bounds = { startsAt: new Date("2026-06-03T00:00Z"), endsAt: new Date("2026-06-04T00:00Z") };
  const timetable = new Timetable({ cronExpression: "@daily", timezone: "UTC", ...bounds });
  assert.deepEqual(timetable.list(new Date("2026-06-01T00:00Z"), 5), [bounds.startsAt, bounds.endsAt]);
});

Deno.test("Timetable.latest() finds the last of millions of due times at once", () => {
  const timetable = new Timetable({ cronExpression: "* * * * * *", timezone: "Europe/Berlin" });
  const startedMs = performance.now();
  const last = timetable.latest(new Date("2020-01-01T00:00Z"), new Date("2026-01-01T00:00:00.400Z"));
  assert.equal(last?.toISOString(), "2026-01-01T00:00:00.000Z");
  assert.ok(performance.now() - startedMs < 5_000);
});
