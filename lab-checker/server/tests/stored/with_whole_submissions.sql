-- A database of the version before submissions were kept apart: a lab checked in its world (wrong, then right) and with posted files (wrong, then right), and a quiz.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'learners and attempts','2026-11-26 11:32:16',1,X'35188d4cdbeefd057a42c80b2dca943faee854ed2a8bbb4e1f3fabdd19999ae38d848bf5a2e777200b1df295372a16db',7477808);
INSERT INTO _sqlx_migrations VALUES(2,'told and appealed','2026-11-26 11:32:17',1,X'd44b5a3cea1e4bac655abfbdd5c77077724384a6e42a35c36e02b91f9c404d82be7e581d4a67fbdf27ca997ca1ec1118',7970741);
INSERT INTO _sqlx_migrations VALUES(3,'drafts','2026-11-26 11:32:17',1,X'75a4cc36fc815e15bf1adb99fe80148f6c857c5570a6a121e1de0f4fbdcfb8427816ef00084653873756a786f8fc3921',4510927);
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO settings VALUES('join-code','B7L2-88WG');
INSERT INTO settings VALUES('local-learner','354578f6-008f-4f6d-bf64-e84ff9ef1498');
CREATE TABLE learners (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT,
    student_id TEXT,
    cluster    TEXT NOT NULL UNIQUE,
    seed       BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO learners VALUES('354578f6-008f-4f6d-bf64-e84ff9ef1498','Local learner',NULL,NULL,'6324ec22f6994eda88e65f58d73fc393',3623776676930740147,1795692737176);
CREATE TABLE tokens (
    hash       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    learner    TEXT REFERENCES learners (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
, label TEXT);
INSERT INTO tokens VALUES('0j8s36m48DJYA8pbGAu9Gne8TgJDNbXBduCLluHyLy8','instructor',NULL,1795692737173,NULL,NULL);
INSERT INTO tokens VALUES('n1E4sEExNbsKf36pMRt4eulTy7xH_j32uxk3gJBqZTQ','learner','354578f6-008f-4f6d-bf64-e84ff9ef1498',1795692737520,1827228737520,NULL);
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
INSERT INTO attempts VALUES('01a217a0-b932-74f6-82b2-0e61c25f8bf0','354578f6-008f-4f6d-bf64-e84ff9ef1498','lab','close',1795692738866,0.0,10.0,0,'{"source":"cluster","objects":[{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop","labels":{"kubernetes.io/metadata.name":"shop"}}},{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"street","labels":{"kubernetes.io/metadata.name":"street"}}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"api","namespace":"shop","labels":{"app":"api"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.63","podIPs":[{"ip":"10.244.0.63"}]}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.54","podIPs":[{"ip":"10.244.0.54"}]}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"stranger","namespace":"street","labels":{"app":"stranger"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.72","podIPs":[{"ip":"10.244.0.72"}]}}]}','{"lab":"close","passed":false,"points":0.0,"max_points":10.0,"checks":[{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. shop/api → shop/web:80/TCP is allowed: no policy isolates shop/api for egress and no policy isolates shop/web for ingress. No rule may let anybody in.","flow":{"from":"shop/api","to":"shop/web","port":80,"protocol":"TCP"}},{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. shop/web → shop/api:80/TCP is allowed: no policy isolates shop/web for egress and no policy isolates shop/api for ingress.","flow":{"from":"shop/web","to":"shop/api","port":80,"protocol":"TCP"}},{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. street/stranger → shop/api:80/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/api for ingress.","flow":{"from":"street/stranger","to":"shop/api","port":80,"protocol":"TCP"}},{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. street/stranger → shop/web:80/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/web for ingress.","flow":{"from":"street/stranger","to":"shop/web","port":80,"protocol":"TCP"}},{"name":"the street stays open","passed":true,"message":"all 2 flows are allowed, as they must be","flow":null},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/api → shop/web:1/TCP is allowed: no policy isolates shop/api for egress and no policy isolates shop/web for ingress. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/api","to":"shop/web","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. street/stranger → shop/api:1/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/api for ingress. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"street/stranger","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 198.51.100.7 → shop/api:1/TCP is allowed: no policy isolates shop/api for ingress. 198.51.100.7 stands for every IPv4 address. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"198.51.100.7","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 2001:db8::1 → shop/api:1/TCP is allowed: no policy isolates shop/api for ingress. 2001:db8::1 stands for every IPv6 address. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"2001:db8::1","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"everything else is as it was","passed":true,"message":"what the lab says to leave alone is untouched","flow":null}],"mistake":null}');
INSERT INTO attempts VALUES('01a217a0-b950-73ea-abc5-7a57510365ee','354578f6-008f-4f6d-bf64-e84ff9ef1498','lab','close',1795692738896,10.0,10.0,1,'{"source":"cluster","objects":[{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop","labels":{"kubernetes.io/metadata.name":"shop"}}},{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"street","labels":{"kubernetes.io/metadata.name":"street"}}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"api","namespace":"shop","labels":{"app":"api"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.63","podIPs":[{"ip":"10.244.0.63"}]}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.54","podIPs":[{"ip":"10.244.0.54"}]}},{"kind":"Pod","apiVersion":"v1","metadata":{"name":"stranger","namespace":"street","labels":{"app":"stranger"}},"spec":{"containers":[{"name":"container-0","image":"not-sent","ports":[{"containerPort":80,"protocol":"TCP"}]}],"restartPolicy":"Always","nodeName":"some-node-1"},"status":{"phase":"Running","hostIP":"192.168.49.2","hostIPs":[{"ip":"192.168.49.2"}],"podIP":"10.244.0.72","podIPs":[{"ip":"10.244.0.72"}]}},{"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1","metadata":{"name":"deny","namespace":"shop"},"spec":{"podSelector":{},"policyTypes":["Ingress"]}}]}','{"lab":"close","passed":true,"points":10.0,"max_points":10.0,"checks":[{"name":"nothing comes in to the shop","passed":true,"message":"all 4 flows are blocked, as they must be","flow":null},{"name":"the street stays open","passed":true,"message":"all 2 flows are allowed, as they must be","flow":null},{"name":"also for pods, ports and addresses that are not here today","passed":true,"message":"every port of TCP, UDP and SCTP, every address and every pod that could be there tomorrow is treated as in the solution","flow":null},{"name":"everything else is as it was","passed":true,"message":"what the lab says to leave alone is untouched","flow":null}],"mistake":null}');
INSERT INTO attempts VALUES('01a217a0-b96d-7007-953a-646a7c1b348d','354578f6-008f-4f6d-bf64-e84ff9ef1498','lab','close',1795692738925,0.0,10.0,0,'{"source":"files","objects":[{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"deny","namespace":"shop"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"]}}]}','{"lab":"close","passed":false,"points":0.0,"max_points":10.0,"checks":[{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. shop/web → shop/api:80/TCP is allowed: no policy isolates shop/web for egress and no policy isolates shop/api for ingress. No rule may let anybody in.","flow":{"from":"shop/web","to":"shop/api","port":80,"protocol":"TCP"}},{"name":"nothing comes in to the shop","passed":false,"message":"It must be blocked. street/stranger → shop/api:80/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/api for ingress.","flow":{"from":"street/stranger","to":"shop/api","port":80,"protocol":"TCP"}},{"name":"the street stays open","passed":true,"message":"all 2 flows are allowed, as they must be","flow":null},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/web → shop/api:1/TCP is allowed: no policy isolates shop/web for egress and no policy isolates shop/api for ingress. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/web","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. street/stranger → shop/api:1/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/api for ingress. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"street/stranger","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 198.51.100.7 → shop/api:1/TCP is allowed: no policy isolates shop/api for ingress. 198.51.100.7 stands for every IPv4 address. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"198.51.100.7","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 2001:db8::1 → shop/api:1/TCP is allowed: no policy isolates shop/api for ingress. 2001:db8::1 stands for every IPv6 address. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"2001:db8::1","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/api → shop/{}:1/TCP is allowed: no policy isolates shop/api for egress and no policy isolates shop/{} for ingress. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/api","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/web → shop/{}:1/TCP is allowed: no policy isolates shop/web for egress and no policy isolates shop/{} for ingress. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/web","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. street/stranger → shop/{}:1/TCP is allowed: no policy isolates street/stranger for egress and no policy isolates shop/{} for ingress. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"street/stranger","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. kube-system/{} → shop/api:1/TCP is allowed: no policy isolates kube-system/{} for egress and no policy isolates shop/api for ingress. kube-system/{} stands for a pod deployed in kube-system tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"kube-system/{}","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/{} → shop/api:1/TCP is allowed: no policy isolates shop/{} for egress and no policy isolates shop/api for ingress. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/{}","to":"shop/api","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 198.51.100.7 → shop/{}:1/TCP is allowed: no policy isolates shop/{} for ingress. 198.51.100.7 stands for every IPv4 address. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"198.51.100.7","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. 2001:db8::1 → shop/{}:1/TCP is allowed: no policy isolates shop/{} for ingress. 2001:db8::1 stands for every IPv6 address. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"2001:db8::1","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. kube-system/{} → shop/{}:1/TCP is allowed: no policy isolates kube-system/{} for egress and no policy isolates shop/{} for ingress. kube-system/{} stands for a pod deployed in kube-system tomorrow, without labels. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"kube-system/{}","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"also for pods, ports and addresses that are not here today","passed":false,"message":"It must be blocked. shop/{} → shop/{}:1/TCP is allowed: no policy isolates shop/{} for egress and no policy isolates shop/{} for ingress. shop/{} stands for a pod deployed in shop tomorrow, without labels. shop/{} stands for a pod deployed in shop tomorrow, without labels. The same goes for every TCP port, every UDP port and every SCTP port.","flow":{"from":"shop/{}","to":"shop/{}","port":1,"protocol":"TCP"}},{"name":"everything else is as it was","passed":true,"message":"what the lab says to leave alone is untouched","flow":null}],"mistake":{"name":"only-web","hint":"SECRET-MISTAKE-HINT The api is still open."}}');
INSERT INTO attempts VALUES('01a217a0-b988-7336-94d2-1f8a0cbab151','354578f6-008f-4f6d-bf64-e84ff9ef1498','lab','close',1795692738952,10.0,10.0,1,'{"source":"files","objects":[{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"deny","namespace":"shop"},"spec":{"podSelector":{},"policyTypes":["Ingress"]}}]}','{"lab":"close","passed":true,"points":10.0,"max_points":10.0,"checks":[{"name":"nothing comes in to the shop","passed":true,"message":"all 4 flows are blocked, as they must be","flow":null},{"name":"the street stays open","passed":true,"message":"all 2 flows are allowed, as they must be","flow":null},{"name":"also for pods, ports and addresses that are not here today","passed":true,"message":"every port of TCP, UDP and SCTP, every address and every pod that could be there tomorrow is treated as in the solution","flow":null},{"name":"everything else is as it was","passed":true,"message":"what the lab says to leave alone is untouched","flow":null}],"mistake":null}');
INSERT INTO attempts VALUES('01a217a0-b991-7191-a396-b40716548576','354578f6-008f-4f6d-bf64-e84ff9ef1498','quiz','basics',1795692738961,1.0,2.0,0,'{"answers":{"layer":"networkpolicy-secret-key"}}','{"quiz":"basics","passed":false,"points":1.0,"max_points":2.0,"questions":[{"id":"layer","state":"correct","correct":true,"message":"","explanation":"SECRET-CONTEXT-ONE"},{"id":"selector","state":"unanswered","correct":false,"message":"","explanation":null}],"unknown":[]}');
CREATE TABLE regrades (
    attempt    TEXT NOT NULL REFERENCES attempts (id),
    made_at    BIGINT NOT NULL,
    points     DOUBLE PRECISION NOT NULL,
    max_points DOUBLE PRECISION NOT NULL,
    passed     BIGINT NOT NULL,
    report     TEXT NOT NULL, publication TEXT REFERENCES publications (id), difference TEXT,
    PRIMARY KEY (attempt, made_at)
);
CREATE TABLE publications (
    id      TEXT PRIMARY KEY,
    made_at BIGINT NOT NULL,
    note    TEXT
);
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
CREATE TABLE drafts (
    learner    TEXT NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    lab        TEXT NOT NULL,
    text       TEXT,
    version    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (learner, lab)
);
CREATE UNIQUE INDEX learners_by_email ON learners (email);
CREATE UNIQUE INDEX learners_by_student_id ON learners (student_id);
CREATE INDEX tokens_by_learner ON tokens (learner);
CREATE INDEX attempts_by_learner ON attempts (learner, kind, activity, submitted_at);
CREATE INDEX attempts_by_activity ON attempts (kind, activity, submitted_at);
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
CREATE INDEX appeals_by_learner ON appeals (learner, id);
COMMIT;
