-- What instructors did. Rows are only ever added.
CREATE TABLE audit (
    id      TEXT PRIMARY KEY,
    at      BIGINT NOT NULL,
    who     TEXT NOT NULL,
    label   TEXT,
    action  TEXT NOT NULL,
    object  TEXT,
    status  BIGINT,
    request TEXT
);

-- Of an instructor's session: the id of the token that it was got for.
ALTER TABLE tokens ADD COLUMN signed_in_with TEXT;

-- Grading again, which takes a while: how far it is, and who does it. `learner` is the last one that is done.
CREATE TABLE regrade_jobs (
    id          TEXT PRIMARY KEY,
    started_at  BIGINT NOT NULL,
    state       TEXT NOT NULL,
    kind        TEXT,
    activity    TEXT,
    note        TEXT,
    publish     BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    graded      BIGINT NOT NULL,
    gone        BIGINT NOT NULL,
    learner     TEXT NOT NULL,
    worker      TEXT,
    seen_at     BIGINT NOT NULL,
    ended_at    BIGINT,
    publication TEXT REFERENCES publications (id)
);

-- One at a time.
CREATE UNIQUE INDEX one_regrade_job ON regrade_jobs (state) WHERE state = 'running';

-- What it has found: attempts whose grade changes, and what learners would be told.
CREATE TABLE regrade_changes (
    job           TEXT NOT NULL REFERENCES regrade_jobs (id),
    attempt       TEXT NOT NULL REFERENCES attempts (id),
    learner       TEXT NOT NULL REFERENCES learners (id),
    kind          TEXT NOT NULL,
    activity      TEXT NOT NULL,
    old_points    DOUBLE PRECISION NOT NULL,
    old_max       DOUBLE PRECISION NOT NULL,
    old_passed    BIGINT NOT NULL,
    points        DOUBLE PRECISION NOT NULL,
    max_points    DOUBLE PRECISION NOT NULL,
    passed        BIGINT NOT NULL,
    report        TEXT NOT NULL,
    flow          TEXT,
    difference    TEXT NOT NULL,
    PRIMARY KEY (job, attempt)
);

CREATE TABLE regrade_notices (
    job      TEXT NOT NULL REFERENCES regrade_jobs (id),
    learner  TEXT NOT NULL REFERENCES learners (id),
    kind     TEXT NOT NULL,
    activity TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (job, learner, kind, activity)
);
