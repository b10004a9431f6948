-- Who stands on the list of the class. An address says who somebody is only there; who joined with the code has typed
-- theirs, so one address may belong to an entry of the list and to one who says that it is theirs.
ALTER TABLE learners ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
UPDATE learners SET listed = 1 WHERE email IS NOT NULL OR student_id IS NOT NULL;
DROP INDEX learners_by_email;
CREATE UNIQUE INDEX learners_by_email ON learners (email, listed);

-- The group that the list says, when an entry was first claimed with its invitation, and an address that an instructor
-- did not accept as this learner's.
ALTER TABLE learners ADD COLUMN class_group TEXT;
ALTER TABLE learners ADD COLUMN came_at BIGINT;
ALTER TABLE learners ADD COLUMN refused_email TEXT;
