-- Grading again is told to learners: one row for each time that an instructor kept new grades, with their words.
CREATE TABLE publications (
    id      TEXT PRIMARY KEY,
    made_at BIGINT NOT NULL,
    note    TEXT
);

-- Which one a grade belongs to, and what differs, in a sentence. NULL in grades that are older than this.
ALTER TABLE regrades ADD COLUMN publication TEXT REFERENCES publications (id);
ALTER TABLE regrades ADD COLUMN difference TEXT;

-- "My answer is right": what a learner says about an attempt that did not pass, and what the instructor answers.
CREATE TABLE appeals (
    id          TEXT PRIMARY KEY,
    attempt     TEXT NOT NULL UNIQUE REFERENCES attempts (id),
    learner     TEXT NOT NULL REFERENCES learners (id),
    made_at     BIGINT NOT NULL,
    flow        TEXT,
    finding     TEXT NOT NULL,
    message     TEXT NOT NULL,
    answer      TEXT,
    answered_at BIGINT
);
CREATE INDEX appeals_by_learner ON appeals (learner, id);

-- What an instructor token is for, in the words of who issued it.
ALTER TABLE tokens ADD COLUMN label TEXT;
