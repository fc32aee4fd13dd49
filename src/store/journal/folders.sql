-- Whether what is offered is a folder, packed.
ALTER TABLE transfers ADD COLUMN is_folder INTEGER NOT NULL DEFAULT 0;
