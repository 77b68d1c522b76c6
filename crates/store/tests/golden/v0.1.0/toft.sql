PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES('schema','1');
INSERT INTO meta VALUES('instance','a1b2c3');
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters VALUES('rv',7);
INSERT INTO counters VALUES('floor',0);
INSERT INTO counters VALUES('audit',1);
CREATE TABLE objects (
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    uid       TEXT NOT NULL UNIQUE,
    rv        BIGINT NOT NULL,
    object    TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);
INSERT INTO objects VALUES('Workspace','ada','dev','0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69',5,'{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","metadata":{"name":"dev","namespace":"ada","uid":"0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69","resourceVersion":"5","generation":2,"creationTimestamp":"2026-11-21T10:00:00Z","deletionTimestamp":"2026-11-21T12:00:00Z","deletionGracePeriodSeconds":10,"finalizers":["toft.dev/workspace"],"labels":{"course":"systems-2"},"annotations":{"example.org/note":"kept as it is"}},"spec":{"template":"shell","parameters":{"timezone":"Europe/Berlin"},"image":"debian-shell","running":false,"resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"lifecycle":{"stopGraceSeconds":20,"restartedAt":"2026-11-21T11:00:00Z"}},"status":{"phase":"Deleting","message":"waits for its home to be removed","observedGeneration":3,"conditions":[{"type":"Ready","status":"False","reason":"Deleting","message":"it is being deleted","lastTransitionTime":"2026-11-21T12:00:01Z","observedGeneration":3}],"host":"box","address":"10.213.0.2","imageDigest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"queue":{"position":2,"of":3,"needs":"2Gi memory"},"apps":[{"name":"web","title":"Web","kind":"web","port":8080,"ready":false,"message":"nothing answers"}],"startedAt":"2026-11-21T11:00:02Z","restartObserved":"2026-11-21T11:00:00Z","leftovers":["directory sandboxes: busy"]}}');
INSERT INTO objects VALUES('Template','','shell','01a1fddd-e858-75df-9df4-5824c8c4bd80',2,'{"apiVersion":"toft.dev/v1alpha1","kind":"Template","metadata":{"name":"shell","labels":{"toft.dev/category":"basics"},"uid":"01a1fddd-e858-75df-9df4-5824c8c4bd80","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"2"},"spec":{"title":"Shell","description":"A Debian machine with a terminal.","image":"debian-shell","user":{"name":"toft","uid":1000,"home":"/home/toft","shell":"/bin/bash"},"apps":[{"name":"terminal","title":"Terminal","kind":"terminal"},{"name":"web","title":"Web","kind":"web","port":8080,"command":["python3","-m","http.server","8080"],"env":{"TZ":"${timezone}"},"readyPath":"/"}],"parameters":[{"name":"timezone","title":"Time zone","description":"What the clock shows.","default":"UTC","options":["UTC","Europe/Berlin"]}],"env":{"LANG":"C.UTF-8"},"resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"network":{"egress":"lan","lan":["192.168.1.0/24"]}},"status":{"builtIn":true}}');
INSERT INTO objects VALUES('Image','','debian-shell','01a1fddd-e860-7273-a041-c153b59ad6a7',3,'{"apiVersion":"toft.dev/v1alpha1","kind":"Image","metadata":{"name":"debian-shell","uid":"01a1fddd-e860-7273-a041-c153b59ad6a7","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"3"},"spec":{"source":{"debian":{"suite":"bookworm","packages":["git","less"]}}},"status":{"phase":"Preparing","message":"installing packages","progress":40,"digest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","sizeBytes":170000000,"conditions":[{"type":"Ready","status":"Unknown","reason":"Preparing","lastTransitionTime":"2026-11-21T10:00:00Z"}],"observedGeneration":1}}');
INSERT INTO objects VALUES('Event','ada','dev.0123456789abcdef','01a1fddd-e86c-732f-a7ae-d00b6686b333',4,'{"apiVersion":"v1","kind":"Event","metadata":{"name":"dev.0123456789abcdef","namespace":"ada","uid":"01a1fddd-e86c-732f-a7ae-d00b6686b333","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"4"},"involvedObject":{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","namespace":"ada","name":"dev","uid":"0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69"},"reason":"Started","message":"its processes run","type":"Normal","firstTimestamp":"2026-11-21T11:00:00Z","lastTimestamp":"2026-11-21T11:00:02Z","count":2,"source":{"component":"toft"}}');
CREATE TABLE changes (
    rv        BIGINT PRIMARY KEY,
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    change    TEXT NOT NULL,
    object    TEXT NOT NULL,
    at_ms     BIGINT NOT NULL
);
INSERT INTO changes VALUES(1,'Workspace','ada','dev','ADDED','{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","metadata":{"name":"dev","namespace":"ada","uid":"0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69","resourceVersion":"1","generation":1,"creationTimestamp":"2026-11-21T10:00:00Z","deletionTimestamp":"2026-11-21T12:00:00Z","deletionGracePeriodSeconds":10,"finalizers":["toft.dev/workspace"],"labels":{"course":"systems-2"},"annotations":{"example.org/note":"kept as it is"}},"spec":{"template":"shell","parameters":{"timezone":"Europe/Berlin"},"image":"debian-shell","running":true,"resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"lifecycle":{"stopGraceSeconds":20,"restartedAt":"2026-11-21T11:00:00Z"}},"status":{"phase":"Deleting","message":"waits for its home to be removed","observedGeneration":3,"conditions":[{"type":"Ready","status":"False","reason":"Deleting","message":"it is being deleted","lastTransitionTime":"2026-11-21T12:00:01Z","observedGeneration":3}],"host":"box","address":"10.213.0.2","imageDigest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"queue":{"position":2,"of":3,"needs":"2Gi memory"},"apps":[{"name":"web","title":"Web","kind":"web","port":8080,"ready":false,"message":"nothing answers"}],"startedAt":"2026-11-21T11:00:02Z","restartObserved":"2026-11-21T11:00:00Z","leftovers":["directory sandboxes: busy"]}}',1795260541008);
INSERT INTO changes VALUES(2,'Template','','shell','ADDED','{"apiVersion":"toft.dev/v1alpha1","kind":"Template","metadata":{"name":"shell","labels":{"toft.dev/category":"basics"},"uid":"01a1fddd-e858-75df-9df4-5824c8c4bd80","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"2"},"spec":{"title":"Shell","description":"A Debian machine with a terminal.","image":"debian-shell","user":{"name":"toft","uid":1000,"home":"/home/toft","shell":"/bin/bash"},"apps":[{"name":"terminal","title":"Terminal","kind":"terminal"},{"name":"web","title":"Web","kind":"web","port":8080,"command":["python3","-m","http.server","8080"],"env":{"TZ":"${timezone}"},"readyPath":"/"}],"parameters":[{"name":"timezone","title":"Time zone","description":"What the clock shows.","default":"UTC","options":["UTC","Europe/Berlin"]}],"env":{"LANG":"C.UTF-8"},"resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"network":{"egress":"lan","lan":["192.168.1.0/24"]}},"status":{"builtIn":true}}',1795260541016);
INSERT INTO changes VALUES(3,'Image','','debian-shell','ADDED','{"apiVersion":"toft.dev/v1alpha1","kind":"Image","metadata":{"name":"debian-shell","uid":"01a1fddd-e860-7273-a041-c153b59ad6a7","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"3"},"spec":{"source":{"debian":{"suite":"bookworm","packages":["git","less"]}}},"status":{"phase":"Preparing","message":"installing packages","progress":40,"digest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","sizeBytes":170000000,"conditions":[{"type":"Ready","status":"Unknown","reason":"Preparing","lastTransitionTime":"2026-11-21T10:00:00Z"}],"observedGeneration":1}}',1795260541024);
INSERT INTO changes VALUES(4,'Event','ada','dev.0123456789abcdef','ADDED','{"apiVersion":"v1","kind":"Event","metadata":{"name":"dev.0123456789abcdef","namespace":"ada","uid":"01a1fddd-e86c-732f-a7ae-d00b6686b333","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"4"},"involvedObject":{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","namespace":"ada","name":"dev","uid":"0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69"},"reason":"Started","message":"its processes run","type":"Normal","firstTimestamp":"2026-11-21T11:00:00Z","lastTimestamp":"2026-11-21T11:00:02Z","count":2,"source":{"component":"toft"}}',1795260541036);
INSERT INTO changes VALUES(5,'Workspace','ada','dev','MODIFIED','{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","metadata":{"name":"dev","namespace":"ada","uid":"0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69","resourceVersion":"5","generation":2,"creationTimestamp":"2026-11-21T10:00:00Z","deletionTimestamp":"2026-11-21T12:00:00Z","deletionGracePeriodSeconds":10,"finalizers":["toft.dev/workspace"],"labels":{"course":"systems-2"},"annotations":{"example.org/note":"kept as it is"}},"spec":{"template":"shell","parameters":{"timezone":"Europe/Berlin"},"image":"debian-shell","running":false,"resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"lifecycle":{"stopGraceSeconds":20,"restartedAt":"2026-11-21T11:00:00Z"}},"status":{"phase":"Deleting","message":"waits for its home to be removed","observedGeneration":3,"conditions":[{"type":"Ready","status":"False","reason":"Deleting","message":"it is being deleted","lastTransitionTime":"2026-11-21T12:00:01Z","observedGeneration":3}],"host":"box","address":"10.213.0.2","imageDigest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2","memory":"2Gi","pids":"2048"}},"queue":{"position":2,"of":3,"needs":"2Gi memory"},"apps":[{"name":"web","title":"Web","kind":"web","port":8080,"ready":false,"message":"nothing answers"}],"startedAt":"2026-11-21T11:00:02Z","restartObserved":"2026-11-21T11:00:00Z","leftovers":["directory sandboxes: busy"]}}',1795260541037);
INSERT INTO changes VALUES(6,'Workspace','ada','old','ADDED','{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","metadata":{"name":"old","namespace":"ada","uid":"01a1fddd-e86d-7252-b7d4-2335e9260a3e","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"6"},"spec":{"template":"shell"}}',1795260541037);
INSERT INTO changes VALUES(7,'Workspace','ada','old','DELETED','{"apiVersion":"toft.dev/v1alpha1","kind":"Workspace","metadata":{"name":"old","namespace":"ada","uid":"01a1fddd-e86d-7252-b7d4-2335e9260a3e","creationTimestamp":"2026-11-21T11:29:01Z","generation":1,"resourceVersion":"7"},"spec":{"template":"shell"}}',1795260541038);
CREATE TABLE allocations (
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (kind, value),
    UNIQUE (kind, owner)
);
INSERT INTO allocations VALUES('idrange','0','0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69');
CREATE TABLE users (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
INSERT INTO users VALUES('ada','admin',1795260541039);
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
INSERT INTO sessions VALUES('s1','hash-s1','ada',NULL,'','Firefox','192.168.1.7',1795260541040,1795260541040,4102444800000);
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
INSERT INTO tokens VALUES('t1','hash-t1','ada','ci','',1795260541040,NULL,NULL);
CREATE TABLE codes (
    hash       TEXT PRIMARY KEY,
    user_name  TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,
    target     TEXT NOT NULL,
    session    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    expires_ms BIGINT NOT NULL,
    used_ms    BIGINT
);
INSERT INTO codes VALUES('hash-c1','ada','login','/',NULL,4102444800000,NULL);
CREATE TABLE audit (
    id      BIGINT PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    source  TEXT NOT NULL,
    verb    TEXT NOT NULL,
    object  TEXT NOT NULL,
    outcome TEXT NOT NULL
);
INSERT INTO audit VALUES(1,1795260541055,'ada','local','create','workspace ada/dev','ok');
CREATE INDEX changes_of_kind ON changes (kind, rv);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
COMMIT;
