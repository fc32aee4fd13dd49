-- Every row is a fact: a message, or something said about one. Times are nanoseconds since 1970.
CREATE TABLE said (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    contact TEXT NOT NULL,
    author TEXT NOT NULL, -- an address, or how it was us: 'me', 'my other device'
    id TEXT, -- the sender's name for it
    archived TEXT, -- our archive's name for it
    at INTEGER NOT NULL,
    clock INTEGER NOT NULL CHECK (clock IN (0, 1, 2)), -- ours, a keeper's, our archive's
    kind TEXT NOT NULL
        CHECK (kind IN ('message', 'correction', 'retraction', 'reactions', 'receipt', 'displayed', 'failure')),
    about TEXT, -- the sender's name for the message it is about, or that it answers
    text TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX said_archived ON said (account, archived) WHERE archived IS NOT NULL;
CREATE INDEX said_in_order ON said (account, contact, at, number) WHERE kind = 'message';
CREATE INDEX said_by_id ON said (account, contact, id) WHERE id IS NOT NULL;
CREATE INDEX said_about ON said (account, contact, about) WHERE kind <> 'message';

CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'said', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER words_new AFTER INSERT ON said WHEN new.kind IN ('message', 'correction') BEGIN
    INSERT INTO words (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER words_gone AFTER DELETE ON said WHEN old.kind IN ('message', 'correction') BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
END;

-- Up to where everything that the archive has is here.
CREATE TABLE horizons (
    account TEXT NOT NULL PRIMARY KEY,
    archived TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far a conversation was read, and what is being written in it.
CREATE TABLE conversations (
    account TEXT NOT NULL,
    contact TEXT NOT NULL,
    read INTEGER NOT NULL DEFAULT 0,
    draft TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (account, contact)
) STRICT, WITHOUT ROWID;
