-- Which gateway leads the group, as it said with its last report; empty if unknown.
ALTER TABLE gateway_group ADD COLUMN leader VARCHAR(64) NOT NULL DEFAULT '';
