-- Plans. The server keeps the plans of these functions for as long as a session lives. One that was made while a table
-- was next to empty may read all of it for each row, which nobody notices until there are many rows.

create or replace function absurd._plan_for(p_rows bigint)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_rows > 100 then
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
  end if;
end;
$$;

comment on function absurd._plan_for(bigint) is
  'Has statements planned anew, for the rest of the call, when very many rows are at stake: to plan takes a millisecond '
  'or two, and a plan that was kept from when the tables were small could take seconds.';
