-- When the group said that it has ended; 0 if it has not. The row stays, since reports made before others heard of the end may
-- still name the group, and it must not be waited for again.
ALTER TABLE gateway_group ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
