CREATE TABLE claims (
    digest bytea PRIMARY KEY,
    shard smallint NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX claims_by_end ON claims (shard, expires_at);
CREATE INDEX claims_of_key ON claims (shard, key_id, expires_at);

-- A sixteenth of all claims, by their first byte: a claim locks its row. The latest end of what was thrown away, and since
-- when it is remembered, where that is not for ever.
CREATE TABLE claim_shards (
    shard smallint PRIMARY KEY,
    used bigint NOT NULL DEFAULT 0,
    forgotten bigint,
    since bigint
) WITH (fillfactor = 10);
INSERT INTO claim_shards (shard) SELECT generate_series(0, 15);

CREATE TABLE claim_shares (
    shard smallint NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (shard, key_id)
) WITH (fillfactor = 50);

-- Never unlogged, and written where the tables of the claims are: no claim was made by a later clock than this.
CREATE TABLE claim_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    latest bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO claim_clock DEFAULT VALUES;

-- Counts are kept where rows come and go, so that no code path can leave them behind.
CREATE FUNCTION claims_made() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO claim_shares AS shares SELECT shard, key_id, count(*) FROM made GROUP BY shard, key_id
        ON CONFLICT (shard, key_id) DO UPDATE SET held = shares.held + excluded.held;
    UPDATE claim_shards SET used = used + counted.made
        FROM (SELECT shard, count(*) AS made FROM made GROUP BY shard) counted
        WHERE claim_shards.shard = counted.shard;
    RETURN NULL;
END $$;

CREATE FUNCTION claims_dropped() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE claim_shares SET held = held - counted.gone
        FROM (SELECT shard, key_id, count(*) AS gone FROM gone GROUP BY shard, key_id) counted
        WHERE claim_shares.shard = counted.shard AND claim_shares.key_id = counted.key_id;
    DELETE FROM claim_shares WHERE held <= 0 AND (shard, key_id) IN (SELECT shard, key_id FROM gone);
    UPDATE claim_shards SET used = used - counted.gone, forgotten = greatest(forgotten, counted.latest)
        FROM (SELECT shard, count(*) AS gone, max(expires_at) AS latest FROM gone GROUP BY shard) counted
        WHERE claim_shards.shard = counted.shard;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_made AFTER INSERT ON claims REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION claims_made();
CREATE TRIGGER claims_dropped AFTER DELETE ON claims REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION claims_dropped();

-- One claim, alone with its shard until its commit. `sent_at` is the earliest moment at which the request may have been
-- sent, `room` the shard's. `unlogged` says that the caller knows what unlogged tables are.
--
-- A crash empties unlogged tables, also one that the server outlives: then the shards' rows are missing, and their
-- memory begins anew, behind every clock that has claimed. That is written two seconds ahead, so that one claim in some
-- seconds waits for the disk.
CREATE FUNCTION claim(
    its_digest bytea, its_key text, sent_at bigint, its_end bigint, moment bigint, room bigint, unlogged boolean
) RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    its_shard smallint := get_byte(its_digest, 0) % 16;
    share bigint := greatest(room / 16, 1);
    state claim_shards;
    held_end bigint;
    begun bigint;
BEGIN
    IF (SELECT relpersistence = 'u' FROM pg_class WHERE oid = 'claims'::regclass) THEN
        IF NOT unlogged THEN
            RETURN 'unlogged';
        END IF;
        begun := ceil(extract(epoch FROM pg_postmaster_start_time()));
    END IF;
    SELECT * INTO state FROM claim_shards WHERE shard = its_shard FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO claim_shards (shard, since)
            SELECT number, greatest(moment, latest, extract(epoch FROM clock_timestamp())::bigint) + 1
            FROM claim_clock, generate_series(0, 15) number
            ON CONFLICT DO NOTHING;
        SELECT * INTO state FROM claim_shards WHERE shard = its_shard FOR UPDATE;
    END IF;
    SELECT expires_at INTO held_end FROM claims WHERE digest = its_digest;
    IF held_end >= moment THEN
        RETURN 'replayed';
    END IF;
    IF sent_at < greatest(begun, state.since) THEN
        RETURN 'before';
    END IF;
    -- One nonce, signed again after its window.
    IF held_end IS NOT NULL THEN
        DELETE FROM claims WHERE digest = its_digest;
        SELECT * INTO state FROM claim_shards WHERE shard = its_shard;
    END IF;
    IF its_end <= state.forgotten THEN
        RETURN 'forgotten';
    END IF;
    IF share <= (SELECT held FROM claim_shares WHERE shard = its_shard AND key_id = its_key) THEN
        DELETE FROM claims WHERE digest IN (
            SELECT digest FROM claims WHERE shard = its_shard AND key_id = its_key AND expires_at < moment
            ORDER BY expires_at LIMIT 1000);
        IF share <= (SELECT held FROM claim_shares WHERE shard = its_shard AND key_id = its_key) THEN
            RETURN 'over quota';
        END IF;
    END IF;
    IF room <= state.used THEN
        DELETE FROM claims WHERE digest IN (
            SELECT digest FROM claims WHERE shard = its_shard AND expires_at < moment
            ORDER BY expires_at LIMIT 1000);
        IF room <= (SELECT used FROM claim_shards WHERE shard = its_shard) THEN
            RETURN 'full';
        END IF;
    END IF;
    IF begun IS NOT NULL THEN
        UPDATE claim_clock SET latest = moment + 2 WHERE latest < moment;
    END IF;
    INSERT INTO claims (digest, shard, key_id, expires_at) VALUES (its_digest, its_shard, its_key, its_end);
    RETURN 'fresh';
END $$;
