-- Run once by psql on an empty PostgreSQL server: the roles and the two databases.
-- coalition_owner migrates, coalition_api serves, coalition_keys keeps the key store apart, so that
-- whoever reads a copy of the ledger's database holds no keys.

\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner_password`
\set api_password `cat /run/secrets/api_password`
\set keys_password `cat /run/secrets/keys_password`

CREATE ROLE coalition_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE coalition_api LOGIN PASSWORD :'api_password';
CREATE ROLE coalition_keys LOGIN PASSWORD :'keys_password';

CREATE DATABASE ledger OWNER coalition_owner;
CREATE DATABASE keys OWNER coalition_keys;
REVOKE ALL ON DATABASE ledger FROM PUBLIC;
REVOKE ALL ON DATABASE keys FROM PUBLIC;
GRANT CONNECT ON DATABASE ledger TO coalition_api;

-- What the API may do with every table by default: read it and append to it. A migration that
-- makes a table whose rows change, such as a read model, grants the rest on that table alone.
\connect ledger
ALTER DEFAULT PRIVILEGES FOR ROLE coalition_owner GRANT SELECT, INSERT ON TABLES TO coalition_api;
ALTER DEFAULT PRIVILEGES FOR ROLE coalition_owner GRANT USAGE ON SEQUENCES TO coalition_api;
