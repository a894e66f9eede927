-- What the doors may do in intake on PostgreSQL, where these roles exist; `tadori migrate` says it each time.
-- The worker owns both databases. A day's own tables are granted when they are made (crates/store/src/backend).

-- visitors' and operators' door: registers, checks in, reports; sees no check-in, no operator's mail, no report
grant select on schema_version, setting, service_day, notice_page, erasure to tadori_visitors;
grant select, insert, update on venue, line_friend to tadori_visitors;
grant select, insert on certificate, certificate_measure, line_event to tadori_visitors;
grant select, insert, update, delete on quota to tadori_visitors;
grant insert on operator_mail, enquiry, report, line_reply to tadori_visitors;
grant select (enquiry_id) on enquiry to tadori_visitors;
grant select (code_hash, valid_until) on one_time_code to tadori_visitors;
grant select (report_id, code_hash) on report to tadori_visitors;

-- officers' door: decides on venues, makes codes, counts
grant select on schema_version, setting, service_day, erasure to tadori_officers;
grant select, insert, update on venue, operator_mail to tadori_officers;
grant select, insert on certificate, certificate_measure, one_time_code to tadori_officers;
grant select, insert, update, delete on quota to tadori_officers;
grant select (report_id, code_hash) on report to tadori_officers;
