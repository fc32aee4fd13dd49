-- What is kept of a contact beside the roster: for what they may ring, with when that was said, and what they call
-- themselves, with when that was asked. Times are nanoseconds since 1970.
CREATE TABLE people (
    account TEXT NOT NULL,
    contact TEXT NOT NULL,
    notify TEXT CHECK (notify IN ('all', 'mentions', 'none')),
    said INTEGER NOT NULL DEFAULT 0,
    name TEXT,
    asked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, contact)
) STRICT, WITHOUT ROWID;
