-- What is handed in at labs is kept once for each content, under its hash, and deflated. Attempts that are older than
-- this have theirs in `submission`, and so have those at quizzes, which are a few words.
CREATE TABLE submissions (
    hash    TEXT PRIMARY KEY,
    content BYTEA NOT NULL
);
ALTER TABLE attempts ADD COLUMN content TEXT REFERENCES submissions (hash);

-- Lists go from the newest to the oldest, of a learner, of an activity, of a kind, or of several of these.
DROP INDEX attempts_by_learner;
DROP INDEX attempts_by_activity;
CREATE INDEX attempts_by_learner_and_activity ON attempts (learner, kind, activity, id);
CREATE INDEX attempts_by_learner ON attempts (learner, id);
CREATE INDEX attempts_by_activity ON attempts (kind, activity, id);
CREATE INDEX attempts_by_kind ON attempts (kind, id);
