-- A number that was a cursor is never given to another entry. It is given under the lock of the parts' rows, so numbers are
-- in the order of the commits.
CREATE TABLE journal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part smallint NOT NULL,
    last bigint NOT NULL,
    account text COLLATE "C",
    alike bytea,
    entry bytea NOT NULL
);
CREATE INDEX journal_of_account ON journal (account, number) WHERE account IS NOT NULL;
CREATE INDEX journal_of_part ON journal (part, number);
CREATE INDEX journal_by_end ON journal (part, last);
CREATE UNIQUE INDEX journal_alike ON journal (alike) WHERE alike IS NOT NULL;

CREATE TABLE journal_parts (
    part smallint PRIMARY KEY,
    used bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO journal_parts (part) SELECT generate_series(0, 2);

CREATE FUNCTION entries_made() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE journal_parts SET used = used + counted.made
        FROM (SELECT part, count(*) AS made FROM made GROUP BY part) counted
        WHERE journal_parts.part = counted.part;
    RETURN NULL;
END $$;

CREATE FUNCTION entries_dropped() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE journal_parts SET used = used - counted.gone
        FROM (SELECT part, count(*) AS gone FROM gone GROUP BY part) counted
        WHERE journal_parts.part = counted.part;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_made AFTER INSERT ON journal REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION entries_made();
CREATE TRIGGER entries_dropped AFTER DELETE ON journal REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION entries_dropped();
