-- The best of a learner's attempts is asked for with every attempt: in this order it stands at the end, so that one row
-- of the index is read, however many attempts there are.
CREATE INDEX attempts_by_points ON attempts (learner, kind, activity, points);
