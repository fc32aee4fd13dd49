-- What is fetched from the web.
ALTER TABLE transfers ADD COLUMN address TEXT;
ALTER TABLE transfers ADD COLUMN address_written INTEGER; -- by the user's own hand
ALTER TABLE transfers ADD COLUMN validator TEXT; -- by which the server recognises the file
