alter table backtest.trials drop column overlays;
alter table strategies.definitions
drop constraint strategy_definitions_rejection_has_detail,
drop column audited_with,
drop column audit_detail,
drop column audit_status,
drop column overlays;
