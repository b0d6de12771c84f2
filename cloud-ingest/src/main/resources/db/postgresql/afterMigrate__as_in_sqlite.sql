-- Texts are compared byte by byte, as Java and SQLite do, whatever the database's locale says, and their lengths are the program's
-- business: what it has let in must never fail to be kept. After every migration, so that no later column is forgotten. Of these
-- tables alone, as others may have theirs in the schema: a migration that makes one adds it here.
DO $$
DECLARE
  text_column RECORD;
BEGIN
  FOR text_column IN
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
      AND c.table_name IN (
        'access_key', 'access_session', 'access_setup', 'access_user', 'alert_episode', 'alert_judgement', 'alert_lease',
        'alert_notification', 'alert_rule', 'alert_state', 'alert_touched', 'audit', 'certificate', 'counter',
        'device_label', 'device_record', 'device_secret', 'enrolment_token', 'gateway_change', 'gateway_group',
        'gateway_leader', 'gateway_report', 'ingest_change', 'ingest_listener', 'ingest_rows', 'intent', 'last_will',
        'ledger_action', 'ledger_barrier', 'ledger_epoch', 'ledger_identity', 'ledger_interval', 'ledger_late',
        'ledger_missing', 'quarantine_item', 'quarantine_payload', 'quarantine_size', 'series', 'shut_out', 'superseded')
      AND (c.data_type = 'character varying' OR (c.data_type = 'text' AND c.collation_name IS DISTINCT FROM 'C'))
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', text_column.table_name, text_column.column_name);
  END LOOP;
END
$$;
