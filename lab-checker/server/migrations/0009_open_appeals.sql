-- Appeals that wait for an answer are counted and listed without looking at all the others.
CREATE INDEX appeals_open ON appeals (id) WHERE answer IS NULL;

-- Whether what was handed in is still what somebody has handed in, when a learner is deleted.
CREATE INDEX attempts_by_content ON attempts (content);
