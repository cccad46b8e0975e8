-- The sandbox's tables. Columns that carry a wire name are spelled as on the wire.

CREATE TABLE campaigns (
    name TEXT PRIMARY KEY,
    subcampaigns TEXT NOT NULL,   -- a JSON list of names
    custom_fields TEXT NOT NULL   -- a JSON list of names, with spaces, without the prefix
);

CREATE TABLE leads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ClientId TEXT NOT NULL,
    FirstName TEXT NOT NULL,
    LastName TEXT NOT NULL,
    Address TEXT NOT NULL,
    City TEXT NOT NULL,
    State TEXT NOT NULL,
    ZipCode TEXT NOT NULL,
    PrimaryPhone TEXT NOT NULL,
    Rep TEXT NOT NULL,
    CallStatus TEXT NOT NULL,
    Campaign TEXT NOT NULL,
    Notes TEXT NOT NULL,
    Subcampaign TEXT NOT NULL,
    Email TEXT NOT NULL,
    Company TEXT NOT NULL,
    SecondaryPhone TEXT NOT NULL,
    custom TEXT NOT NULL,         -- a JSON object: custom field to text
    phone_digits TEXT NOT NULL,   -- the digits of PrimaryPhone
    dnc INTEGER NOT NULL,         -- marked as not to be called; never unmarked
    disposition TEXT NOT NULL DEFAULT '',
    inserted_at TEXT NOT NULL
);
CREATE INDEX leads_by_client_id ON leads (ClientId);
CREATE INDEX leads_by_phone ON leads (PrimaryPhone);
CREATE INDEX leads_by_digits ON leads (phone_digits);

CREATE TABLE hot_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_id INTEGER NOT NULL REFERENCES leads (id),
    priority INTEGER NOT NULL,
    suppressed TEXT NOT NULL,     -- why it is not dialed: duplicate, dnc, timezone, or nothing
    queued_at TEXT NOT NULL
);

CREATE TABLE dnc (number TEXT PRIMARY KEY, added_at TEXT NOT NULL);

CREATE TABLE callbacks (
    lead_id INTEGER PRIMARY KEY REFERENCES leads (id),
    agent TEXT NOT NULL,
    at TEXT NOT NULL,             -- MM/dd/yyyy HH:mm:ss in the time zone of the lead's phone
    notes TEXT NOT NULL
);

CREATE TABLE dispositions (name TEXT PRIMARY KEY);

CREATE TABLE agents (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,          -- waiting, paused, wrap up, talking
    skills TEXT NOT NULL,         -- a JSON list of names
    open_lead INTEGER REFERENCES leads (id)
);

CREATE TABLE ring_groups (
    did TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    campaign TEXT NOT NULL REFERENCES campaigns (name),
    skills TEXT NOT NULL          -- a JSON list of names
);

CREATE TABLE skills (name TEXT PRIMARY KEY);

CREATE TABLE skill_sources (
    stage TEXT NOT NULL,          -- staged or live
    skill TEXT NOT NULL REFERENCES skills (name),
    did TEXT NOT NULL REFERENCES ring_groups (did),
    priority INTEGER NOT NULL,
    delay INTEGER NOT NULL,       -- seconds
    active INTEGER NOT NULL,
    PRIMARY KEY (stage, skill, did)
);

CREATE TABLE playlists (
    name TEXT PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaigns (name)
);

CREATE TABLE filters (name TEXT PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL);

CREATE TABLE playlist_filters (
    stage TEXT NOT NULL,          -- staged or live
    playlist TEXT NOT NULL REFERENCES playlists (name),
    filter TEXT NOT NULL REFERENCES filters (name),
    enabled INTEGER NOT NULL,
    PRIMARY KEY (stage, playlist, filter)
);

CREATE TABLE dial_lists (
    agent TEXT NOT NULL REFERENCES agents (name),
    name TEXT NOT NULL,
    PRIMARY KEY (agent, name)
);

CREATE TABLE dial_list_phones (
    agent TEXT NOT NULL,
    list TEXT NOT NULL,
    phone TEXT NOT NULL,
    dialed INTEGER NOT NULL,
    PRIMARY KEY (agent, list, phone),
    FOREIGN KEY (agent, list) REFERENCES dial_lists (agent, name) ON DELETE CASCADE
);

CREATE TABLE own_numbers (number TEXT PRIMARY KEY);

CREATE TABLE texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    from_number TEXT NOT NULL,
    to_number TEXT NOT NULL,
    message TEXT NOT NULL,
    agent TEXT NOT NULL,
    lead_id INTEGER REFERENCES leads (id),
    sent_at TEXT NOT NULL
);

CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL REFERENCES agents (name),
    phone TEXT NOT NULL,
    lead_id INTEGER REFERENCES leads (id),
    began_at TEXT NOT NULL
);

CREATE TABLE conferences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id INTEGER NOT NULL REFERENCES calls (id),
    phone TEXT NOT NULL,
    private INTEGER NOT NULL,     -- whether the customer is muted
    began_at TEXT NOT NULL
);
