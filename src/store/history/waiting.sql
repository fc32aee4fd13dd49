-- What the server does not have yet, and whose Balcony sees to that.
CREATE TABLE waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    id TEXT NOT NULL, -- our name for it
    stanza TEXT NOT NULL,
    written INTEGER NOT NULL, -- when, in nanoseconds since 1970
    owner TEXT NOT NULL,
    UNIQUE (account, id)
) STRICT;
