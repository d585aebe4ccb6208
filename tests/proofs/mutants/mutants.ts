/**
 * Mistakes that are planted in the installed functions: each is one that somebody could make, and most were made by
 * other queues. A proof that does not notice them proves nothing.
 *
 * @module
 */

/** A planted mistake. */
export interface Mutant {
  /** What goes wrong, in a few words. */
  readonly name: string;
  /** The function that is changed. */
  readonly function: string;
  /** Texts to find in its definition, and what takes their place; each has to be there. */
  readonly changes: readonly (readonly [find: string | RegExp, replacement: string])[];
  /** Which proof is asked first; the other one is asked when it notices nothing. */
  readonly by: "model" | "races";
}

/** The list. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no fence: any attempt may complete",
    function: "_complete",
    changes: [[" and t.attempt = e.attempt and t.state = 'claimed'", " and t.state = 'claimed'"]],
    by: "races",
  },
  {
    name: "no fence: what has ended may complete",
    function: "_complete",
    changes: [[" and t.attempt = e.attempt and t.state = 'claimed'", " and t.attempt = e.attempt"]],
    by: "model",
  },
  {
    name: "a child is opened again without its parents being held",
    function: "_reopen",
    changes: [[/ \|\| array\(\s*select e\.parent_id from absurd\._edges_to[^\n]*\n\s*\)/, ""]],
    by: "races",
  },
  {
    name: "claims and completions of one kind are not counted",
    function: "_tell_moved",
    changes: [[
      "p_from, -v_size), (v_queue_name, v_task_name, p_to, v_size)",
      "p_from, 0), (v_queue_name, v_task_name, p_to, 0)",
    ]],
    by: "model",
  },
  {
    name: "claims and completions of several kinds are not counted",
    function: "_tell_moved",
    changes: [["(p_from, -1), (p_to, 1)", "(p_from, 0), (p_to, 0)"]],
    by: "model",
  },
  {
    name: "failures are not counted",
    function: "_fail",
    changes: [["('claimed', -1), (f.state, 1)", "('claimed', 0), (f.state, 0)"]],
    by: "model",
  },
  {
    name: "what an operator changes is counted on one side",
    function: "_count_states",
    changes: [["p_change * count(*)", "greatest(p_change, 0) * count(*)"]],
    by: "model",
  },
  {
    name: "a word about any claim ends a wait",
    function: "acknowledge_tasks",
    changes: [["from gone as g", "from unnest(v_ends) as g"]],
    by: "model",
  },
  {
    name: "no fence: a lost claim may fail a later attempt",
    function: "_fail",
    changes: [["on t.task_id = e.task_id and t.attempt = e.attempt", "on t.task_id = e.task_id"]],
    by: "races",
  },
  {
    name: "a beat keeps the claim of another attempt alive",
    function: "heartbeat_worker",
    changes: [["on t.task_id = c.task_id and t.attempt = c.attempt", "on t.task_id = c.task_id"]],
    by: "model",
  },
  {
    name: "parents are not locked before their children are counted",
    function: "_lock_families",
    changes: [[/\n\s*for no key update/, ""]],
    by: "races",
  },
  {
    name: "a claim waits for rows that others hold",
    function: "_find_ready",
    changes: [[/for no key update skip locked/g, "for no key update"]],
    by: "races",
  },
  {
    name: "a claim does not lock what it picks",
    function: "_find_ready",
    changes: [[/\n\s*for no key update skip locked/g, ""]],
    by: "races",
  },
  {
    name: "attempt reset on replay",
    function: "_reopen_level",
    changes: [["failures = 0,", "failures = 0, attempt = 0,"]],
    by: "model",
  },
  {
    name: "failures not reset on replay",
    function: "_reopen_level",
    changes: [["failures = 0,", ""]],
    by: "model",
  },
  {
    name: "a key freed while its holder waits for a retry",
    function: "_fail",
    changes: [[
      "if v_final <> '{}' then",
      "perform absurd._settle_keys('{}', v_failed, p_now); if v_final <> '{}' then",
    ]],
    by: "model",
  },
  {
    name: "a key freed at once when its holder completes",
    function: "_settle_keys",
    changes: [["p_now + make_interval(secs => k.window_sec)", "p_now"]],
    by: "model",
  },
  {
    name: "a key taken without looking who holds it",
    function: "_take_key",
    changes: [["coalesce(k.free_at <= v_now, false)", "true"], [" and k.free_at <= v_now;", ";"]],
    by: "model",
  },
  {
    name: "the cascade cancels across a user's ignore edge",
    function: "_cascade",
    changes: [[/ and d\.on_parent_failure = 'cancel'/g, " and d.on_parent_failure in ('cancel', 'ignore')"]],
    by: "model",
  },
  {
    name: "a bad end lets children of policy wait go",
    function: "_satisfy_edges",
    changes: [["e.on_parent_failure = 'ignore'", "d.on_parent_failure in ('ignore', 'wait')"]],
    by: "model",
  },
  {
    name: "the cascade takes over what a user cancelled, so that a replay opens it",
    function: "_cascade",
    changes: [[
      "where t.task_id = hit.task_id and t.state = 'blocked'",
      "where t.task_id = hit.task_id and t.state in ('blocked', 'cancelled')",
    ]],
    by: "model",
  },
  {
    name: "recovery after one look",
    function: "_is_lost",
    changes: [["p_suspected_at + make_interval(secs => p_heartbeat_sec) <= p_now", "true"]],
    by: "model",
  },
  {
    name: "recovery does not look again once it has the lock",
    function: "recover_claims",
    changes: [[
      "v_ends := absurd._lost_claims(array(select e.task_id from unnest(v_ends) as e), v_now);",
      "",
    ]],
    by: "races",
  },
  {
    name: "a lost claim costs no failure",
    function: "_lost_claims",
    changes: [["false, l.was_waiting, 'ok'", "false, true, 'ok'"]],
    by: "model",
  },
  {
    name: "one failure too many before the end",
    function: "_fail",
    changes: [["c.failures > t.max_retries", "c.failures > t.max_retries + 1"]],
    by: "model",
  },
  {
    name: "a release counts a failure",
    function: "_release",
    changes: [["suspected_at = null", "suspected_at = null, failures = t.failures + 1"]],
    by: "model",
  },
  {
    name: "a cancelled claim is forgotten at once",
    function: "_runs_from",
    changes: [[/select max\(d\.lease_ends_at\)/, "select min(d.lease_ends_at) - interval '1 year'"]],
    by: "model",
  },
  {
    name: "a paused queue is claimed from",
    function: "_find_ready",
    changes: [[" and q.paused_at is null", ""]],
    by: "model",
  },
  {
    name: "a paused queue is claimed from, where limits apply",
    function: "_find_in_lanes",
    changes: [[" and q.paused_at is null", ""]],
    by: "model",
  },
  {
    name: "what is due is forgotten where nothing else is special",
    function: "_find_ready",
    changes: [["t.run_at <= p_now", "t.run_at < 'epoch'"]],
    by: "model",
  },
  {
    name: "a limit is overlooked where nothing else is special",
    function: "_find_ready",
    changes: [[/ and not exists \(select from absurd\.limits[^\n]*/, ""]],
    by: "model",
  },
  {
    name: "what is being freed is forgotten where nothing else is special",
    function: "_find_ready",
    changes: [[/ and not exists \(select from absurd\.freeing[^\n]*/, ","]],
    by: "races",
  },
  {
    name: "age before priority",
    function: "_find_ready",
    changes: [[/order by t\.priority desc, t\.task_id/g, "order by t.task_id"]],
    by: "model",
  },
  {
    name: "age before priority, where limits apply",
    function: "_pick_from_lanes",
    changes: [[/order by t\.priority desc, t\.task_id/g, "order by t.task_id"]],
    by: "model",
  },
  {
    name: "a claim takes what was reserved while it waited",
    function: "_find_ready",
    changes: [[/ and not exists \(select from absurd\.reservations[^\n]*\n(\s*order by)/, "\n$1"]],
    by: "races",
  },
  {
    name: "a claim that waited for a reservation comes back with nothing",
    function: "_find_ready",
    changes: [[" or not absurd._is_any_reserved()", " or true"]],
    by: "races",
  },
  {
    name: "a claim takes what is reserved",
    function: "_pick_from_lanes",
    changes: [[/ and t\.task_id not in \(select r\.id from unnest\(absurd\._reserved\([^\n]*/g, ""]],
    by: "model",
  },
  {
    name: "what is reserved is reserved again",
    function: "_reserve_behind",
    changes: [[/ and t\.task_id not in \(select k\.task_id from unnest\(v_taken\)[^\n]*/g, ""]],
    by: "model",
  },
  {
    name: "what has to be claimed is reserved",
    function: "_can_be_reserved",
    changes: [["num_nonnulls(p_task.key, p_task.on_complete, p_task.settings) = 0", "true"]],
    by: "model",
  },
  {
    name: "what is cancelled stays reserved",
    function: "_lock_with_reservations",
    changes: [["where r.reservation_id = any (v_ids)", "where false"]],
    by: "model",
  },
  {
    name: "what a worker forgot can be claimed as the same attempt",
    function: "forget_reservations",
    changes: [[
      /v_claimed := absurd\._claim_reserved\([^;]*;/,
      "delete from absurd.reservations as r where r.reservation_id = v_reservation.reservation_id;",
    ]],
    by: "model",
  },
  {
    name: "somebody reserves while another cancels or changes priorities",
    function: "_stop_reserving",
    changes: [[/perform pg_advisory_xact_lock_shared[^;]*;/, "null;"]],
    by: "races",
  },
  {
    name: "a reservation that was moved counts as where it was",
    function: "_note_moves",
    changes: [["set is_moved = true", "set is_moved = false"]],
    by: "races",
  },
  {
    name: "a reservation that is lost costs failures",
    function: "_claim_reserved",
    changes: [["claimed_ahead = case when p_is_lost then true end", "claimed_ahead = null"]],
    by: "model",
  },
  {
    name: "a claim does not wait for a reservation",
    function: "_find_ready",
    changes: [["pg_advisory_xact_lock_shared(absurd._picks_key(q.queue_name)) is not null", "true"]],
    by: "races",
  },
  {
    name: "a claim by name does not wait for a reservation",
    function: "_find_in_lanes",
    changes: [["count(pg_advisory_xact_lock_shared(absurd._picks_key(q.queue_name)))", "0"]],
    by: "races",
  },
  {
    name: "a workflow is looked at without its lock",
    function: "_lock_workflows",
    changes: [[/\n\s*for no key update/, ""]],
    by: "races",
  },
  {
    name: "a child is spawned without locking its parent",
    function: "_with_parents",
    changes: [[/\n\s*for share/, ""]],
    by: "races",
  },
  {
    name: "no dead letter for what is cancelled down the graph, and none for what fails",
    function: "_settle_bad_ends",
    changes: [["t.state = 'failed' and t.dlq_enabled", "false"]],
    by: "model",
  },
  {
    name: "results of other workflows' steps under the names of one's own",
    function: "_inputs_of",
    changes: [[
      "case when t.workflow_id = f.workflow_id then t.step_name else t.task_id::text end",
      "coalesce(t.step_name, t.task_id::text)",
    ]],
    by: "model",
  },
  {
    name: "the same for a task that is claimed by itself",
    function: "_inputs_of_one",
    changes: [[
      "case when t.workflow_id = p_workflow_id then t.step_name else t.task_id::text end",
      "coalesce(t.step_name, t.task_id::text)",
    ]],
    by: "model",
  },
  {
    name: "steps of one parent each are taken for siblings",
    function: "_have_one_parent",
    changes: [[" and v_parent_ids[1] = all (v_parent_ids)", ""]],
    by: "model",
  },
  {
    name: "of very many children some are forgotten",
    function: "_lock_to_free",
    changes: [["v_task_ids[least(p_most, cardinality(v_task_ids))]", "p_freeing.first_id"]],
    by: "races",
  },
  {
    name: "a child that waits for others, too, is reserved before it is free",
    function: "_find_freeing",
    changes: [[" and c.open_parents = 1", ""]],
    by: "races",
  },
  {
    name: "a child is reserved whose edge counts no longer",
    function: "_find_freeing",
    changes: [["where not e.satisfied", "where true"]],
    by: "races",
  },
  {
    name: "children that are reserved are freed as well",
    function: "_reserve",
    changes: [[/perform absurd\._shorten_freeing\([^;]*;/, "null;"]],
    by: "races",
  },
  {
    name: "children that are given back are never freed",
    function: "_take_out",
    changes: [["p_reservation.parent_id is not null", "false"]],
    by: "races",
  },
  {
    name: "with children that are given back those between them are freed",
    function: "_free_again",
    changes: [[" - row_number() over (order by c.nth)", " * 0"]],
    by: "races",
  },
  {
    name: "who forgets reservations holds tasks of one before those of another",
    function: "forget_reservations",
    changes: [[/perform absurd\._lock_tasks[^;]*;/, ""]],
    by: "races",
  },
  {
    name: "what became a claim is completed after what is reserved",
    function: "complete_reserved",
    changes: [["absurd._names_all(v_reservation, p_task_ids) and ", ""]],
    by: "races",
  },
  {
    name: "a limit is counted without its lock",
    function: "_lock_limits",
    changes: [["perform pg_advisory_xact_lock(v_key);", "null;"]],
    by: "races",
  },
  {
    name: "a cancelled claim does not count in limits",
    function: "_claims_under",
    changes: [["d.lease_ends_at > p_now", "false"]],
    by: "races",
  },
  {
    name: "retention ignores dependents",
    function: "_prunable_among",
    changes: [["where c.state <> 'completed'", "where false"]],
    by: "races",
  },
  {
    name: "retention forgets dead letters that wait",
    function: "_prunable_among",
    changes: [["where d.replayed_at is null and", "where false and"]],
    by: "model",
  },
  {
    name: "a claim taken back by an operator can be claimed while its processes live",
    function: "release_claims",
    changes: [["case when n.run_at > v_now then 'scheduled' else 'ready' end", "'ready'"]],
    by: "model",
  },
];
