-- What each statement that writes a task pays for, however few tasks it writes.

-- The server reads the text of each check anew for every statement, and plans it: 130 of the 165 us of an update of one
-- row, and a twentieth of an update of a thousand. Nobody but the functions of this schema writes these tables, and the
-- tests hold every change that those make to the same checks (tests/support/states.ts).
alter table absurd.tasks
  drop constraint columns_fit_the_state,
  drop constraint step_belongs_to_a_workflow;

alter table absurd.event_batches drop constraint kind_is_known;
