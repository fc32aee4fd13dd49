-- What happened to files with somebody, in its order.
CREATE INDEX transfers_by_offer ON transfers (account, contact, began);
CREATE INDEX transfers_by_end ON transfers (account, contact, changed) WHERE state = 'ended';
