-- What its author asked for with a message: 1 that nothing be styled, 2 to be told when it was seen.
ALTER TABLE said ADD COLUMN hints INTEGER NOT NULL DEFAULT 0;
