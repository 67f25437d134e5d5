-- A record set aside earlier that the same source now gives in order is a rejection no more.
delete from quality.rejected_records as rejected
using staged_macro as staged
where
    rejected.table_name = 'economic_data.releases'
    and rejected.source = staged.source
    and rejected.record_key
    = staged.series_id || '|' || staged.observation_date::text || '|' || coalesce(staged.released_on::text, '')
