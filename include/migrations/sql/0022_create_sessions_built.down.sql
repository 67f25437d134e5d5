drop table intermediate.sessions_built;
