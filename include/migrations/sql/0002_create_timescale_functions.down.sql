drop function timescale.apply_retention(regclass, name, interval);
drop function timescale.ensure_compression(regclass, text, text, interval);
drop function timescale.ensure_hypertable(regclass, name, interval);
drop function timescale.is_hypertable(regclass);
drop function timescale.edition();
