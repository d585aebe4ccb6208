-- What a graph of tasks costs.

-- Most steps have a parent or two. From a sample the server takes a task for one of few, because the many parents of
-- one that joins fill it, and sets a table of hashes of several megabytes up for each look at ancestors.
alter table absurd.dependencies alter column task_id set (n_distinct = -0.5);
analyze absurd.dependencies;

-- Edges are not changed any more when their parent completes: they need no room for a second version.
alter table absurd.dependencies reset (fillfactor);

-- Each version of a step had an entry in an index of its own, which told only what the primary key can tell as well:
-- the steps of a workflow are spawned in one call, so their ids follow each other.
alter table absurd.workflows add column first_step_id uuid, add column last_step_id uuid;
update absurd.workflows as w
set first_step_id = s.task_ids[1],
  last_step_id = s.task_ids[cardinality(s.task_ids)]
from (
  select t.workflow_id, array_agg(t.task_id order by t.task_id) as task_ids
  from absurd.tasks as t
  where t.workflow_id is not null
  group by t.workflow_id
) as s
where s.workflow_id = w.workflow_id;
drop index absurd.tasks_of_workflow;

-- A row of its own for each step and each edge, handed from one function to the next, took as long as inserting them.
drop function if exists absurd._read_edges(jsonb, absurd._task_spec[]);
drop function if exists absurd._link_steps(absurd._task_spec[], absurd._edge[]);
drop function if exists absurd._with_edges(absurd._task_spec[], absurd._edge[], boolean, int[]);
drop type absurd._edge;
create type absurd._graph as (
  task_ids uuid[],
  names text[],
  params jsonb[],
  depends_on jsonb[],
  shape_of int[],
  shapes jsonb[],
  specs absurd._task_spec[],
  depths int[],
  open_parents int[],
  children int[],
  parents int[],
  policies text[],
  outer_children int[],
  outer_parent_ids uuid[],
  outer_policies text[]
);
