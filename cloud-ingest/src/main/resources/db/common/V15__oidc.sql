-- Who logs in by an OpenID provider: its address, a space, and the subject it knows them by. NULL: by a password.
ALTER TABLE access_user ADD COLUMN oidc_subject VARCHAR(600);
CREATE UNIQUE INDEX access_user_by_oidc_subject ON access_user (oidc_subject);
