-- Only TEXT and BIGINT, and no statement that PostgreSQL would not take.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
-- The last resource version given out, and the oldest that a watch can still begin at.
INSERT INTO counters (name, value) VALUES ('rv', 0), ('floor', 0);

CREATE TABLE objects (
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    uid       TEXT NOT NULL UNIQUE,
    rv        BIGINT NOT NULL,
    object    TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);

CREATE TABLE changes (
    rv        BIGINT PRIMARY KEY,
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    change    TEXT NOT NULL,
    object    TEXT NOT NULL,
    at_ms     BIGINT NOT NULL
);
CREATE INDEX changes_of_kind ON changes (kind, rv);

CREATE TABLE allocations (
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (kind, value),
    UNIQUE (kind, owner)
);

CREATE TABLE users (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    user_name  TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    parent     TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    host       TEXT NOT NULL,
    agent      TEXT NOT NULL,
    address    TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms    BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    user_name  TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT,
    used_ms    BIGINT
);

CREATE TABLE codes (
    hash       TEXT PRIMARY KEY,
    user_name  TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,
    target     TEXT NOT NULL,
    session    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    expires_ms BIGINT NOT NULL,
    used_ms    BIGINT
);

CREATE TABLE audit (
    id      BIGINT PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    source  TEXT NOT NULL,
    verb    TEXT NOT NULL,
    object  TEXT NOT NULL,
    outcome TEXT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('audit', 0);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
