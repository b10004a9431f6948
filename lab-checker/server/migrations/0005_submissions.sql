-- What is handed in at labs is kept once for each content, under its hash, and deflated. Attempts that are older than
-- this have theirs in `submission`, and so have those at quizzes, which are a few words.
CREATE TABLE submissions (
    hash    TEXT PRIMARY KEY,
    content BYTEA NOT NULL
);
ALTER TABLE attempts ADD COLUMN content TEXT REFERENCES submissions (hash);

-- Lists are read from the newest to the oldest, of a learner, of an activity, or of both.
CREATE INDEX attempts_of_learner ON attempts (learner, id);
CREATE INDEX attempts_of_activity ON attempts (kind, activity, id);
CREATE INDEX attempts_of_learner_and_activity ON attempts (learner, kind, activity, id);
