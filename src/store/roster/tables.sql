-- The roster as it was at one version of it. Groups have between them what XML cannot contain.
CREATE TABLE rosters (
    account TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE roster_items (
    account TEXT NOT NULL REFERENCES rosters (account) ON DELETE CASCADE,
    contact TEXT NOT NULL,
    name TEXT,
    groups TEXT NOT NULL,
    subscription TEXT NOT NULL CHECK (subscription IN ('none', 'to', 'from', 'both')),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    PRIMARY KEY (account, contact)
) STRICT, WITHOUT ROWID;
