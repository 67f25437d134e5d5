-- A record set aside earlier that the same source now gives in order is a rejection no more.
delete from quality.rejected_records as rejected
using staged_actions as staged
where
    rejected.table_name = 'market_data.corporate_actions'
    and rejected.source = staged.source
    and rejected.record_key = staged.symbol || '|' || staged.action_type || '|' || staged.ex_date::text
