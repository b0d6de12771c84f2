-- What the quarantine's page asks for: each reason's items of a device and by when they came, and what became of an item.
CREATE INDEX quarantine_item_by_reason_device ON quarantine_item (reason, device, id);
CREATE INDEX quarantine_item_by_arrival ON quarantine_item (reason, received_at, device);
CREATE INDEX quarantine_item_by_device_arrival ON quarantine_item (device, reason, received_at);
CREATE INDEX ledger_action_by_item ON ledger_action (item, id);

-- The highest number among the items that are gone. None is given twice: who asks for an item must never get another.
ALTER TABLE quarantine_size ADD COLUMN last_id BIGINT NOT NULL DEFAULT 0;
UPDATE quarantine_size SET last_id = COALESCE((SELECT MAX(item) FROM ledger_action), 0);
