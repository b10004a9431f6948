-- What learners have typed in a lab's editor and not handed in. A draft that was thrown away keeps its row without a
-- text, so that its versions are never given out a second time: an old tab must not take a new draft for its own.
CREATE TABLE drafts (
    learner    TEXT NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    lab        TEXT NOT NULL,
    text       TEXT,
    version    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (learner, lab)
);
