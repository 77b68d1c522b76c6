-- Version 1, first released with Toft 0.1.0. Never edited after a release: the next change is 0002.sql.
-- Columns are TEXT and BIGINT only and identifiers come from `counters`, so that the same
-- queries run on PostgreSQL. The triggers at the end are the one thing in SQLite's own words.

CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('revision', 0), ('floor', 0), ('ticket', 0), ('audit', 0);

-- The present state of every object.
CREATE TABLE objects (
    kind      TEXT   NOT NULL,
    namespace TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    uid       TEXT   NOT NULL UNIQUE,
    revision  BIGINT NOT NULL,
    touched   BIGINT NOT NULL,
    body      TEXT   NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);
CREATE INDEX objects_touched ON objects (kind, touched);

-- Every state since the floor, and the last one before it: what watches and later pages read.
CREATE TABLE changes (
    revision  BIGINT NOT NULL PRIMARY KEY,
    kind      TEXT   NOT NULL,
    namespace TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    op        TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    body      TEXT   NOT NULL
);
CREATE INDEX changes_kind ON changes (kind, revision);
CREATE INDEX changes_key ON changes (kind, namespace, name, revision);
CREATE INDEX changes_at ON changes (at);

-- One number of a kind has one owner.
CREATE TABLE allocations (
    kind  TEXT   NOT NULL,
    value BIGINT NOT NULL,
    owner TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (kind, value),
    UNIQUE (kind, owner)
);
CREATE INDEX allocations_owner ON allocations (owner);

-- Who holds a part of the host and who waits for one, in the order of their tickets.
CREATE TABLE reservations (
    owner        TEXT   NOT NULL PRIMARY KEY,
    ticket       BIGINT NOT NULL UNIQUE,
    granted      BIGINT NOT NULL,
    cpu_milli    BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    disk_bytes   BIGINT NOT NULL
);

CREATE TABLE users (
    name    TEXT   NOT NULL PRIMARY KEY,
    role    TEXT   NOT NULL,
    created BIGINT NOT NULL
);

-- Sign-ins: of the UI (no audience) and, below one of those, of hosts of apps.
CREATE TABLE sessions (
    hash       TEXT   NOT NULL PRIMARY KEY,
    id         TEXT   NOT NULL UNIQUE,
    username   TEXT   NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    audience   TEXT   NOT NULL,
    parent     TEXT   REFERENCES sessions (hash) ON DELETE CASCADE,
    created    BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    user_agent TEXT   NOT NULL,
    address    TEXT   NOT NULL
);
CREATE INDEX sessions_user ON sessions (username);
CREATE INDEX sessions_parent ON sessions (parent);

CREATE TABLE tokens (
    hash      TEXT   NOT NULL PRIMARY KEY,
    id        TEXT   NOT NULL UNIQUE,
    name      TEXT   NOT NULL,
    username  TEXT   NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    scopes    TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT,
    last_used BIGINT,
    UNIQUE (username, name)
);

-- Codes that sign in once, on the UI or on a host of an app.
CREATE TABLE codes (
    hash     TEXT   NOT NULL PRIMARY KEY,
    purpose  TEXT   NOT NULL,
    username TEXT   NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    parent   TEXT   REFERENCES sessions (hash) ON DELETE CASCADE,
    audience TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    expires  BIGINT NOT NULL,
    used     BIGINT NOT NULL
);
CREATE INDEX codes_expires ON codes (expires);

CREATE TABLE audit (
    id      BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    via     TEXT   NOT NULL,
    address TEXT   NOT NULL,
    verb    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    outcome TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
