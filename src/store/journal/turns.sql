-- What the user wants of a transfer's turn among the others, and which further files it carries.
ALTER TABLE transfers ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transfers ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high'));
ALTER TABLE transfers ADD COLUMN further BLOB; -- paths with a zero byte between them
