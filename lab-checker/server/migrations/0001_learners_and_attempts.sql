-- One schema for SQLite and PostgreSQL. Times are milliseconds since 1970, truth values are 0 or 1:
-- both engines and the driver in front of them agree on BIGINT, TEXT and DOUBLE PRECISION, on little else.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE learners (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT,
    student_id TEXT,
    cluster    TEXT NOT NULL UNIQUE,
    seed       BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX learners_by_email ON learners (email);
CREATE UNIQUE INDEX learners_by_student_id ON learners (student_id);

-- Who may do what: learner tokens, instructor tokens, and the sessions of browsers. Only hashes.
CREATE TABLE tokens (
    hash       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    learner    TEXT REFERENCES learners (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX tokens_by_learner ON tokens (learner);

-- Written once, never changed: what was handed in and what was said about it then.
CREATE TABLE attempts (
    id           TEXT PRIMARY KEY,
    learner      TEXT NOT NULL REFERENCES learners (id),
    kind         TEXT NOT NULL,
    activity     TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    points       DOUBLE PRECISION NOT NULL,
    max_points   DOUBLE PRECISION NOT NULL,
    passed       BIGINT NOT NULL,
    submission   TEXT NOT NULL,
    report       TEXT NOT NULL
);
CREATE INDEX attempts_by_learner ON attempts (learner, kind, activity, submitted_at);
CREATE INDEX attempts_by_activity ON attempts (kind, activity, submitted_at);

-- What a later course says about an old attempt. The newest one counts.
CREATE TABLE regrades (
    attempt    TEXT NOT NULL REFERENCES attempts (id),
    made_at    BIGINT NOT NULL,
    points     DOUBLE PRECISION NOT NULL,
    max_points DOUBLE PRECISION NOT NULL,
    passed     BIGINT NOT NULL,
    report     TEXT NOT NULL,
    PRIMARY KEY (attempt, made_at)
);

CREATE VIEW results AS
SELECT attempts.id, attempts.learner, attempts.kind, attempts.activity, attempts.submitted_at,
       COALESCE(regrades.points, attempts.points) AS points,
       COALESCE(regrades.max_points, attempts.max_points) AS max_points,
       COALESCE(regrades.passed, attempts.passed) AS passed,
       COALESCE(regrades.report, attempts.report) AS report,
       attempts.submission
FROM attempts
LEFT JOIN regrades
       ON regrades.attempt = attempts.id
      AND regrades.made_at = (SELECT MAX(newest.made_at) FROM regrades AS newest WHERE newest.attempt = attempts.id);
