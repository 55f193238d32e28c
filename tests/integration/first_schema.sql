-- A database of the first schema with three links, as `.dump` gives it.
BEGIN TRANSACTION;
CREATE TABLE "admitted" (
    "chat_id" BIGINT NOT NULL  PRIMARY KEY,
    "by_user_id" BIGINT NOT NULL,
    "since" TIMESTAMP NOT NULL
);
CREATE TABLE "archives" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" BIGINT NOT NULL UNIQUE,
    "chat_kind" VARCHAR(16) NOT NULL,
    "title" TEXT NOT NULL,
    "language" VARCHAR(8) NOT NULL,
    "last_number" INT NOT NULL,
    "served_ms" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
INSERT INTO "archives" VALUES(1,1001,'private','Alice','en',3,1795566652356,'2026-11-25 00:30:52.044989+00:00');
CREATE TABLE "artifacts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "media_type" VARCHAR(255) NOT NULL,
    "width_px" INT,
    "height_px" INT,
    "capture_id" BIGINT NOT NULL REFERENCES "captures" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_artifacts_capture_71bb27" UNIQUE ("capture_id", "kind")
);
INSERT INTO "artifacts" VALUES(1,'preview','abababababababababababababababababababababababababababababababab',100,'image/jpeg',1280,800,1);
INSERT INTO "artifacts" VALUES(2,'preview','abababababababababababababababababababababababababababababababab',100,'image/jpeg',1280,800,2);
CREATE TABLE "captures" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "url" TEXT NOT NULL,
    "host" VARCHAR(512) NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "attempt" INT NOT NULL,
    "crashes" INT NOT NULL,
    "lease" VARCHAR(32),
    "lease_until_ms" BIGINT,
    "requested_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "verdict" VARCHAR(16),
    "error_code" VARCHAR(64),
    "http_status" INT,
    "final_url" TEXT,
    "title" TEXT,
    "lang" VARCHAR(64),
    "description" TEXT,
    "media_type" VARCHAR(255),
    "elapsed_s" REAL,
    "notes" JSON NOT NULL,
    "timings_s" JSON NOT NULL,
    "requests" INT NOT NULL,
    "bytes_down" BIGINT NOT NULL,
    "denied" INT NOT NULL,
    "shows" INT NOT NULL,
    "archive_id" BIGINT NOT NULL REFERENCES "archives" ("id") ON DELETE CASCADE,
    "link_id" BIGINT NOT NULL REFERENCES "links" ("id") ON DELETE CASCADE
);
INSERT INTO "captures" VALUES(1,'https://example.org/a','example.org','ended',1,0,NULL,NULL,'2026-11-25 00:30:52.078965+00:00','2026-11-25 00:30:52.373459+00:00','ok',NULL,NULL,NULL,'Foxes & Links',NULL,NULL,NULL,0.0,'[]','{}',0,0,0,1,1,1);
INSERT INTO "captures" VALUES(2,'https://example.org/b','example.org','ended',1,0,NULL,NULL,'2026-11-25 00:30:52.078965+00:00','2026-11-25 00:30:52.488655+00:00','ok',NULL,NULL,NULL,'Foxes & Links',NULL,NULL,NULL,0.0,'[]','{}',0,0,0,1,1,2);
INSERT INTO "captures" VALUES(3,'https://example.org/c','example.org','queued',0,0,NULL,NULL,'2026-11-25 00:30:52.596441+00:00',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]','{}',0,0,0,0,1,3);
CREATE TABLE "card_links" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "repost" INT NOT NULL,
    "document_sent" INT NOT NULL,
    "capture_id" BIGINT REFERENCES "captures" ("id") ON DELETE SET NULL,
    "card_id" BIGINT NOT NULL REFERENCES "cards" ("id") ON DELETE CASCADE,
    "link_id" BIGINT NOT NULL REFERENCES "links" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_card_links_card_id_efba73" UNIQUE ("card_id", "link_id")
);
INSERT INTO "card_links" VALUES(1,0,0,1,1,1);
INSERT INTO "card_links" VALUES(2,0,0,2,1,2);
INSERT INTO "card_links" VALUES(3,0,0,3,2,3);
CREATE TABLE "cards" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" BIGINT NOT NULL,
    "message_id" BIGINT,
    "media_group_id" VARCHAR(64),
    "reply_to" BIGINT,
    "thread_id" BIGINT,
    "language" VARCHAR(8) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "notes" JSON NOT NULL,
    "sent_message_id" BIGINT,
    "sent_form" VARCHAR(8),
    "sent_digest" VARCHAR(128),
    "sent_ms" BIGINT,
    "album_sent" INT NOT NULL,
    "archive_id" BIGINT NOT NULL REFERENCES "archives" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_cards_chat_id_609230" UNIQUE ("chat_id", "message_id")
);
INSERT INTO "cards" VALUES(1,1001,1,NULL,1,NULL,'en','2026-11-25 00:30:52.076563+00:00','[]',500,'text','digest',1795566652585,0,1);
INSERT INTO "cards" VALUES(2,1001,2,NULL,2,NULL,'en','2026-11-25 00:30:52.596182+00:00','[]',NULL,NULL,NULL,NULL,0,1);
CREATE TABLE "chats" (
    "chat_id" BIGINT NOT NULL  PRIMARY KEY,
    "parked_because" TEXT,
    "held_until_ms" BIGINT NOT NULL
);
CREATE TABLE "files" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "as_kind" VARCHAR(16) NOT NULL,
    "file_id" TEXT NOT NULL,
    CONSTRAINT "uid_files_sha256_9a52af" UNIQUE ("sha256", "as_kind")
);
CREATE TABLE "link_tags" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "link_id" BIGINT NOT NULL REFERENCES "links" ("id") ON DELETE CASCADE,
    "tag_id" BIGINT NOT NULL REFERENCES "tags" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_link_tags_tag_id_d851ff" UNIQUE ("tag_id", "link_id")
);
INSERT INTO "link_tags" VALUES(1,1,1);
INSERT INTO "link_tags" VALUES(2,2,1);
INSERT INTO "link_tags" VALUES(3,1,2);
INSERT INTO "link_tags" VALUES(4,2,2);
INSERT INTO "link_tags" VALUES(5,3,1);
CREATE TABLE "links" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "number" INT NOT NULL,
    "url" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "title" TEXT,
    "final_key" TEXT,
    "first_shared_at" TIMESTAMP NOT NULL,
    "first_shared_by" TEXT NOT NULL,
    "first_sharer_id" BIGINT,
    "deleted_at" TIMESTAMP,
    "deleted_by" TEXT,
    "archive_id" BIGINT NOT NULL REFERENCES "archives" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_links_archive_822279" UNIQUE ("archive_id", "key"),
    CONSTRAINT "uid_links_archive_07099d" UNIQUE ("archive_id", "number")
);
INSERT INTO "links" VALUES(1,1,'https://example.org/a','example.org/a','example.org','Foxes & Links',NULL,'2026-11-03 00:00:00+00:00','Alice',1001,NULL,NULL,1);
INSERT INTO "links" VALUES(2,2,'https://example.org/b','example.org/b','example.org','Foxes & Links',NULL,'2026-11-03 00:00:00+00:00','Alice',1001,NULL,NULL,1);
INSERT INTO "links" VALUES(3,3,'https://example.org/c','example.org/c','example.org',NULL,NULL,'2026-11-04 00:00:00+00:00','Alice',1001,NULL,NULL,1);
CREATE TABLE "outbox" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" BIGINT NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "payload" JSON NOT NULL,
    "version" INT NOT NULL,
    "pending" INT NOT NULL,
    "not_before_ms" BIGINT NOT NULL,
    "attempts" INT NOT NULL,
    "last_error" TEXT,
    "card_id" BIGINT  UNIQUE REFERENCES "cards" ("id") ON DELETE CASCADE
);
INSERT INTO "outbox" VALUES(1,1001,'card','{}',3,0,1795566652556,0,NULL,1);
INSERT INTO "outbox" VALUES(2,1001,'card','{}',1,1,1795566657596,0,NULL,2);
CREATE TABLE "owners" (
    "user_id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "since" TIMESTAMP NOT NULL
);
CREATE TABLE "settings" (
    "key" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "value" TEXT NOT NULL
);
CREATE TABLE "shares" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" BIGINT NOT NULL,
    "message_id" BIGINT NOT NULL,
    "thread_id" BIGINT,
    "person_id" BIGINT,
    "person_name" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "shared_at" TIMESTAMP NOT NULL,
    "link_id" BIGINT NOT NULL REFERENCES "links" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_shares_link_id_16d498" UNIQUE ("link_id", "chat_id", "message_id")
);
INSERT INTO "shares" VALUES(1,1001,1,NULL,1001,'Alice','https://example.org/a https://example.org/b','2026-11-03 00:00:00+00:00',1);
INSERT INTO "shares" VALUES(2,1001,1,NULL,1001,'Alice','https://example.org/a https://example.org/b','2026-11-03 00:00:00+00:00',2);
INSERT INTO "shares" VALUES(3,1001,2,NULL,1001,'Alice','https://example.org/c','2026-11-04 00:00:00+00:00',3);
CREATE TABLE "tags" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "key" VARCHAR(256) NOT NULL,
    "name" VARCHAR(256) NOT NULL,
    "count" INT NOT NULL,
    "archive_id" BIGINT NOT NULL REFERENCES "archives" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_tags_archive_383b53" UNIQUE ("archive_id", "key")
);
INSERT INTO "tags" VALUES(1,'foxes','foxes',3,1);
INSERT INTO "tags" VALUES(2,'网页','网页',2,1);
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
INSERT INTO "tortoise_migrations" VALUES(1,'storage','0001_initial','2026-11-25 00:30:51.956719+00:00');
CREATE INDEX "idx_cards_chat_id_2f6864" ON "cards" ("chat_id", "sent_message_id");
CREATE INDEX "idx_cards_chat_id_6d710c" ON "cards" ("chat_id", "media_group_id");
CREATE INDEX "idx_links_archive_8d918d" ON "links" ("archive", "final_key");
CREATE INDEX "idx_captures_link_926ba9" ON "captures" ("link", "state");
CREATE INDEX "idx_captures_state_c0b42d" ON "captures" ("state", "archive", "id");
CREATE INDEX "idx_artifacts_sha256_f95932" ON "artifacts" ("sha256");
CREATE INDEX "idx_card_links_link_472db1" ON "card_links" ("link");
CREATE INDEX "idx_card_links_capture_318fc6" ON "card_links" ("capture");
CREATE INDEX "idx_outbox_pending_60d07b" ON "outbox" ("pending", "chat_id", "not_before_ms");
CREATE INDEX "idx_shares_chat_id_bc5b26" ON "shares" ("chat_id", "message_id");
CREATE INDEX "idx_tags_archive_7c286a" ON "tags" ("archive", "count");
CREATE INDEX "idx_link_tags_link_e6d727" ON "link_tags" ("link");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tortoise_migrations',2);
INSERT INTO "sqlite_sequence" VALUES('archives',1);
INSERT INTO "sqlite_sequence" VALUES('links',3);
INSERT INTO "sqlite_sequence" VALUES('shares',3);
INSERT INTO "sqlite_sequence" VALUES('cards',2);
INSERT INTO "sqlite_sequence" VALUES('captures',3);
INSERT INTO "sqlite_sequence" VALUES('card_links',3);
INSERT INTO "sqlite_sequence" VALUES('tags',2);
INSERT INTO "sqlite_sequence" VALUES('link_tags',5);
INSERT INTO "sqlite_sequence" VALUES('outbox',2);
INSERT INTO "sqlite_sequence" VALUES('artifacts',2);
COMMIT;
