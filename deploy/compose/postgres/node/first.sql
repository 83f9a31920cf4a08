-- Once, when the first server's data is made: three roles, and a database for the clients.
\set manager `cat /run/secrets/manager-password`
\set replicator `cat /run/secrets/replicator-password`
\set app `cat /run/secrets/app-password`

-- The manager: closing databases, ending anybody's sessions and promoting are reserved to superusers.
CREATE ROLE dbswitch LOGIN SUPERUSER PASSWORD :'manager';

-- The other server: it streams, and pg_rewind reads files.
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
GRANT pg_checkpoint TO replicator;
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;

CREATE ROLE app LOGIN PASSWORD :'app';
CREATE DATABASE orders OWNER app;
\connect orders
CREATE TABLE written (number bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
ALTER TABLE written OWNER TO app;
