-- The roles, made only when asked for. absurd_owner cannot log in; it owns everything, so that no function of the
-- queue runs with a superuser's rights. The other four are granted to the users that programs log in as.

do $$
declare
  v_role text;
begin
  foreach v_role in array array[
    'absurd_owner', 'absurd_producer', 'absurd_worker', 'absurd_operator', 'absurd_reader'
  ] loop
    if not exists (select from pg_catalog.pg_roles as r where r.rolname = v_role) then
      if not (select r.rolsuper or r.rolcreaterole from pg_catalog.pg_roles as r where r.rolname = current_user) then
        raise exception using errcode = '42501',
          message = format('User %s may not make the role %s', current_user, v_role),
          hint = format('Let somebody with createrole install, or let them run for each missing role: create role %s '
            'nologin; and then: grant absurd_owner to %s', v_role, quote_ident(current_user));
      end if;
      execute format('create role %I nologin', v_role);
    end if;
  end loop;
  -- To hand things over one must be a member.
  if not pg_has_role(current_user, 'absurd_owner', 'usage') then
    execute format('grant absurd_owner to %I', current_user);
  end if;
end;
$$;

alter schema absurd owner to absurd_owner;
