-- Times are nanoseconds since 1970, spans milliseconds, paths the bytes that the file system knows.
CREATE TABLE transfers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    owner TEXT, -- the running Balcony that moves it
    account TEXT NOT NULL,
    contact TEXT NOT NULL,
    peer TEXT NOT NULL,
    began INTEGER NOT NULL,
    changed INTEGER NOT NULL,

    name TEXT NOT NULL,
    size INTEGER,
    date INTEGER,
    mime_type TEXT,
    description TEXT,
    hash TEXT,

    direction TEXT NOT NULL CHECK (direction IN ('sending', 'receiving')),
    path BLOB, -- of what is sent, or what is received will be called
    recipient TEXT,
    only_by TEXT,
    part BLOB,
    identity INTEGER, -- which file the part is
    prefix_length INTEGER,
    prefix_sha_256 BLOB,

    bytes INTEGER NOT NULL,
    stream TEXT,
    recovery TEXT,

    state TEXT NOT NULL CHECK (state IN ('offered', 'running', 'interrupted', 'ended')),
    reason TEXT,
    result TEXT CHECK ((result IS NULL) = (state <> 'ended')),
    side TEXT CHECK (side IN ('us', 'peer')), -- who declined or cancelled
    verified TEXT CHECK (verified IN ('no', 'md5', 'sha-256')),
    via TEXT,
    took INTEGER
) STRICT;

CREATE INDEX transfers_by_account ON transfers (account, state);
CREATE INDEX transfers_by_contact ON transfers (contact);
CREATE INDEX transfers_by_age ON transfers (state, changed);

CREATE TABLE attempts (
    transfer INTEGER NOT NULL REFERENCES transfers (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    via TEXT NOT NULL,
    streamhost TEXT,
    state TEXT NOT NULL CHECK (state IN ('trying', 'failed', 'active')),
    words TEXT, -- what is waited for, why it failed, how it goes
    patience INTEGER,
    took INTEGER NOT NULL,
    PRIMARY KEY (transfer, position)
) STRICT, WITHOUT ROWID;
