/**
 * What a task has in each state. In the template of all test databases checks hold every change to it; the schema has
 * none for its busiest tables, because the server reads the text of a check anew for every statement.
 *
 * @module
 */

import { FINGERPRINTS } from "../../sql/mod.ts";

/** Adds the checks to a database in which the schema is installed, as if they were installed with it. */
export const STATES_SQL = `
alter table absurd.tasks
  add constraint columns_fit_the_state check (
    case state
      when 'claimed' then status = 'claimed' and open_parents = 0
        and (worker_id, claimed_at, heartbeat_at) is not null and (finished_at, result, report, cause_task_id) is null
      when 'completed' then status = 'completed' and open_parents = 0
        and finished_at is not null and cause_task_id is null
      when 'ready' then status = 'pending' and open_parents = 0
        and (finished_at, result, report, cause_task_id) is null
      when 'blocked' then status = 'pending' and open_parents <> 0
        and (finished_at, result, report, cause_task_id) is null
      when 'scheduled' then status = 'pending' and open_parents = 0
        and (finished_at, result, report, cause_task_id) is null
      when 'failed' then status = 'failed' and open_parents = 0
        and (finished_at, error_reason) is not null and (result, report, cause_task_id) is null
      when 'cancelled' then status = 'cancelled' and finished_at is not null and (result, report) is null
      else false
    end
  ),
  add constraint step_belongs_to_a_workflow check ((workflow_id is null) = (step_name is null));

alter table absurd.event_batches add constraint kind_is_known check (kind in ('task', 'progress', 'workflow'));

insert into absurd.installed_objects (object, fingerprint)
select f.object, f.fingerprint
from (${FINGERPRINTS}) as f
where f.object like 'constraint %'
on conflict do nothing;
`;
