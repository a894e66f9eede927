-- What officers' door may do in the office's database on PostgreSQL. The ledger it can only append to, and the
-- outbox it can only stop. The visitors' door has no way into this database.
grant select on schema_version, setting, indexed_day, ledger, outbox, lease, job_success to tadori_officers;
grant insert on ledger to tadori_officers;
grant update (state, sealed) on outbox to tadori_officers;
grant select, insert, update on case_record, interview_visit, case_visit, finding, notice, notice_day, notice_case,
    notice_approval, channel_stop, officer, session to tadori_officers;
grant delete on session, case_visit to tadori_officers;
