-- Why: a strategy that looks ahead is listed and not ranked; a trial is a configuration with its overlays.
-- Lock: access exclusive on two small tables, for an instant. Undo: 0015_add_strategy_audits.down.sql.
alter table strategies.definitions
add column overlays jsonb not null default '{}',
add column audit_status text not null default 'not audited' constraint strategy_definitions_audit_known
check (audit_status in ('not audited', 'passed', 'rejected: look-ahead')),
add column audit_detail text,
add column audited_with text,
add constraint strategy_definitions_rejection_has_detail
check (audit_status <> 'rejected: look-ahead' or audit_detail is not null);
comment on column strategies.definitions.overlays is 'Overlays of risk.yaml it is traded with, where any is on.';
comment on column strategies.definitions.audit_status is 'What the look-ahead guard found; only a strategy that passed has results.';
comment on column strategies.definitions.audit_detail is 'The first bar that moved when only later ones were changed, or why it could not be audited.';
comment on column strategies.definitions.audited_with is 'Hash of configuration and code at the last audit: the same hash is not audited again.';

alter table backtest.trials add column overlays jsonb not null default '{}';
comment on column backtest.trials.overlays is 'Overlays it was traded with, where any was on.';
