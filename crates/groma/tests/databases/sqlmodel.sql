-- As SQLModel and Alembic leave it: serial keys, naive moments, enums of the database by the names of Python's.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('4f1d2a');
CREATE TYPE taskstatus AS ENUM ('TODO', 'IN_PROGRESS', 'DONE');
CREATE TYPE priority AS ENUM ('low', 'medium', 'high');
CREATE TABLE "user" (
  id SERIAL NOT NULL,
  email VARCHAR NOT NULL,
  hashed_password VARCHAR NOT NULL,
  is_active BOOLEAN NOT NULL,
  created_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
CREATE TABLE task (
  id SERIAL NOT NULL,
  title VARCHAR(200) NOT NULL,
  description VARCHAR,
  status taskstatus NOT NULL,
  priority priority DEFAULT 'medium' NOT NULL,
  due_date TIMESTAMP WITHOUT TIME ZONE,
  tags JSON,
  created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  user_id INTEGER NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY(user_id) REFERENCES "user" (id)
);
CREATE INDEX ix_task_title ON task (title);
CREATE TABLE tag (id SERIAL NOT NULL, name VARCHAR(40) NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE tasktaglink (
  task_id INTEGER NOT NULL, tag_id INTEGER NOT NULL,
  PRIMARY KEY (task_id, tag_id),
  FOREIGN KEY(task_id) REFERENCES task (id), FOREIGN KEY(tag_id) REFERENCES tag (id)
);
INSERT INTO "user" (email, hashed_password, is_active, created_at) VALUES ('ada@example.org', 'x', true, '2026-01-02 03:04:05');
INSERT INTO task (title, status, due_date, tags, updated_at, user_id)
  VALUES ('Write', 'IN_PROGRESS', '2026-05-06 07:08:09.123456', '{"a": [1, 2]}', '2026-01-02 03:04:05', 1);
INSERT INTO tag (name) VALUES ('home');
INSERT INTO tasktaglink VALUES (1, 1);
