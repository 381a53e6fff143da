CREATE TABLE accounts (
    id text COLLATE "C" PRIMARY KEY,
    record bytea NOT NULL
);

CREATE TABLE users (
    account text COLLATE "C" NOT NULL REFERENCES accounts (id),
    id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name)
);

CREATE TABLE keys (
    key_id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    revoked_at bigint,
    tombstone boolean NOT NULL DEFAULT false
);
CREATE INDEX keys_of_user ON keys (account, user_id) WHERE NOT tombstone;

-- One row: the number of the last change, up to which changes were thrown away, and how many are kept.
CREATE TABLE feed (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    last bigint NOT NULL DEFAULT 0,
    trimmed bigint NOT NULL DEFAULT 0,
    kept bigint NOT NULL DEFAULT 100000
) WITH (fillfactor = 10);
INSERT INTO feed DEFAULT VALUES;

-- What a transaction has changed has its one number. A key or an account; the other is empty.
CREATE TABLE changes (
    number bigint NOT NULL,
    key_id text COLLATE "C" NOT NULL DEFAULT '',
    account text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (number, key_id, account)
);

-- The transaction's number. The counter's row stays locked until the commit, so whoever comes later has a greater number
-- and is seen later: numbers are in the order of the commits.
--
-- Every 64th throws away what is older than what is kept, at most 10,000 rows, so that none waits long for it.
CREATE FUNCTION change_number() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    mine text := 'keyward.change_in_' || current_schema();
    given bigint := nullif(current_setting(mine, true), '');
BEGIN
    IF given IS NOT NULL THEN
        RETURN given;
    END IF;
    UPDATE feed SET last = last + 1 RETURNING last INTO given;
    PERFORM set_config(mine, given::text, true);
    PERFORM pg_notify(current_schema(), given::text);
    IF given % 64 = 0 THEN
        WITH gone AS (
            DELETE FROM changes WHERE (number, key_id, account) IN (
                SELECT number, key_id, account FROM changes
                WHERE number <= given - (SELECT kept FROM feed) ORDER BY number LIMIT 10000
            ) RETURNING number
        )
        UPDATE feed SET trimmed = greatest(trimmed, (SELECT max(number) FROM gone));
    END IF;
    RETURN given;
END $$;

CREATE FUNCTION account_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO changes (number, account)
        SELECT change_number(), id FROM (VALUES (OLD.id), (NEW.id)) changed (id) WHERE id IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION user_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO changes (number, key_id)
        SELECT change_number(), key_id FROM keys
        WHERE NOT tombstone
            AND (account, user_id) IN ((OLD.account, OLD.id), (NEW.account, NEW.id))
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION key_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO changes (number, key_id)
        SELECT change_number(), id FROM (VALUES (OLD.key_id), (NEW.key_id)) changed (id) WHERE id IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Deferred to the commit: the counter is locked last of all rows, so for the shortest time, and nobody who holds it waits
-- for a row of another.
CREATE CONSTRAINT TRIGGER account_changed AFTER INSERT OR UPDATE OR DELETE ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION account_changed();
CREATE CONSTRAINT TRIGGER user_changed AFTER INSERT OR UPDATE OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION user_changed();
CREATE CONSTRAINT TRIGGER key_changed AFTER INSERT OR UPDATE OR DELETE ON keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION key_changed();
