-- The best of a learner's attempts is asked for with every attempt: it is answered from the index alone, whose rows are
-- small, and not from the attempts, which hold reports.
DROP INDEX attempts_by_learner_and_activity;
CREATE INDEX attempts_by_learner_and_activity ON attempts (learner, kind, activity, id, points, passed);
