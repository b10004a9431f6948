-- One gate for each learner, and the worlds behind it. Clusters from before there were worlds become the sandboxes of
-- their gates.
CREATE TABLE practice_gates (
    id TEXT PRIMARY KEY, version BIGINT NOT NULL, current_world TEXT NOT NULL, highest BIGINT NOT NULL);

CREATE TABLE practice_worlds (
    gate TEXT NOT NULL, name TEXT NOT NULL, cluster_id TEXT NOT NULL UNIQUE, setup TEXT NOT NULL,
    floor BIGINT NOT NULL, objects BIGINT NOT NULL, pods BIGINT NOT NULL, bytes BIGINT NOT NULL,
    PRIMARY KEY (gate, name));

CREATE TABLE practice_setups (setup TEXT PRIMARY KEY, body TEXT NOT NULL);

INSERT INTO practice_setups (setup, body)
    SELECT CAST(created_at AS TEXT) || ' 1 enforcing', body FROM practice_baselines;

INSERT INTO practice_worlds (gate, name, cluster_id, setup, floor, objects, pods, bytes)
    SELECT id, '', id, CAST(created_at AS TEXT) || ' 1 enforcing', 0, 0, 0, 0 FROM practice_clusters;
