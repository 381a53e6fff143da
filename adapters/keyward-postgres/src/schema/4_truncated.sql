-- A table that is emptied as a whole names no row. What was changed before counts as thrown away, so that followers are told
-- that everything has changed.
CREATE FUNCTION all_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM change_number();
    UPDATE feed SET trimmed = last;
    RETURN NULL;
END $$;

CREATE TRIGGER all_changed AFTER TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION all_changed();
CREATE TRIGGER all_changed AFTER TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION all_changed();
CREATE TRIGGER all_changed AFTER TRUNCATE ON keys FOR EACH STATEMENT EXECUTE FUNCTION all_changed();
CREATE TRIGGER all_changed AFTER TRUNCATE ON changes FOR EACH STATEMENT EXECUTE FUNCTION all_changed();
