-- The roles, made only when asked for. absurd_owner cannot log in; it owns everything, so that no function of the
-- queue runs with a superuser's rights. The other four are granted to the users that programs log in as.

do $$
declare
  v_user constant text := quote_ident(current_user);
  v_role text;
begin
  foreach v_role in array array[
    'absurd_owner', 'absurd_producer', 'absurd_worker', 'absurd_operator', 'absurd_reader'
  ] loop
    if to_regrole(v_role) is null then
      begin
        execute format('create role %I nologin', v_role);
      exception
        when duplicate_object or unique_violation then
          null; -- Roles belong to the whole server: an installation in another database was faster.
        when insufficient_privilege then
          raise exception using errcode = '42501',
            message = format('User %s may not make the role %s', v_user, v_role),
            hint = 'Install as a user with createrole, or let such a user make the roles absurd_owner, '
              'absurd_producer, absurd_worker, absurd_operator and absurd_reader (nologin) first.';
      end;
    end if;
  end loop;
  -- To hand things over one must be a member.
  if not pg_has_role(current_user, 'absurd_owner', 'usage') then
    begin
      execute format('grant absurd_owner to %s', v_user);
    exception when insufficient_privilege then
      raise exception using errcode = '42501',
        message = format('User %s is no member of the role absurd_owner, which has to own the schema', v_user),
        hint = format('Let an administrator run: grant absurd_owner to %s', v_user);
    end;
  end if;
end;
$$;

alter schema absurd owner to absurd_owner;
