-- Measurements: keys by uuid and moments, doubles, another schema beside.
CREATE SCHEMA audit;
CREATE TABLE audit.entries (id bigserial PRIMARY KEY, what text);
CREATE TABLE devices (id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'sensor' CHECK (kind = ANY (ARRAY['sensor', 'relay'])), serial text UNIQUE, location jsonb);
CREATE TABLE readings (
  id bigserial PRIMARY KEY,
  device_id uuid NOT NULL REFERENCES devices ON DELETE CASCADE,
  value double precision NOT NULL,
  quality smallint NOT NULL DEFAULT 100 CHECK (quality BETWEEN 0 AND 100),
  at timestamp without time zone NOT NULL DEFAULT (now() at time zone 'utc'),
  raw bytea,
  window_size interval,
  CHECK (value > -1000)
);
CREATE INDEX readings_device_at ON readings (device_id, at);
CREATE INDEX readings_at_brin ON readings USING brin (at);
INSERT INTO devices VALUES ('018f0000-0000-7000-8000-000000000001', 'roof');
INSERT INTO readings (device_id, value) SELECT id, 21.5 FROM devices;
