-- A store as version 0 of the program made it on 2026-11-28, before its modules got their present names.
BEGIN TRANSACTION;
CREATE TABLE ledger_accounts (
	account TEXT NOT NULL, 
	remembered INTEGER DEFAULT '0' NOT NULL, 
	frozen_at TEXT, 
	frozen_why TEXT, 
	frozen_by TEXT, 
	rearmed TEXT DEFAULT '' NOT NULL, 
	let_go INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (account)
);
INSERT INTO "ledger_accounts" VALUES('test',2,NULL,NULL,NULL,'',1);
INSERT INTO "ledger_accounts" VALUES('stopped',0,'2025-11-22T12:00:00.000000Z','the wrong list','maria','',0);
INSERT INTO "ledger_accounts" VALUES('another',0,NULL,NULL,NULL,'2026-03-02T12:00:00.000000Z',0);
CREATE TABLE ledger_consents (
	id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	question TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	ends TEXT NOT NULL, 
	state TEXT NOT NULL, 
	how TEXT, 
	"by" TEXT, 
	account TEXT DEFAULT '' NOT NULL, 
	code TEXT DEFAULT '' NOT NULL, 
	calls TEXT DEFAULT 'null' NOT NULL, 
	known TEXT DEFAULT '' NOT NULL, 
	needs TEXT DEFAULT 'client' NOT NULL, 
	sureness TEXT, 
	offers TEXT DEFAULT 'null' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "ledger_consents" VALUES('c1','d1','maria','{"text":"Delete it?","typed":null}','2026-03-02T12:00:00.000000Z','2026-03-02T12:05:00.000000Z','asked',NULL,NULL,'test','7f3k','[{"tool":"send_sms"}]','It is noon.','machine',NULL,'[]');
INSERT INTO "ledger_consents" VALUES('c2','d2','maria','{"text":"Delete it?","typed":null}','2026-03-02T12:00:00.000000Z','2026-03-02T12:09:00.000000Z','granted','page','jose','test','','null','','client','machine','null');
INSERT INTO "ledger_consents" VALUES('c3','d3','maria','{"text":"","typed":null}','2026-03-02T12:00:00.000000Z','2026-03-02T12:05:00.000000Z','spent','page','jose','test','','null','','client',NULL,'null');
CREATE TABLE ledger_entries (
	seq INTEGER NOT NULL, 
	entry TEXT NOT NULL, 
	at TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	account TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (entry)
);
INSERT INTO "ledger_entries" VALUES(3,'oldopen','2025-11-22T12:00:00.000000Z','write','insert_dnc','maria','test','d1','unknown');
INSERT INTO "ledger_entries" VALUES(15,'4z57an6nb0','2026-03-02T12:00:00.000000Z','write','freeze','jose','another','','done');
INSERT INTO "ledger_entries" VALUES(18,'09frzasr2k','2026-03-02T12:00:00.000000Z','write','rearm','jose','another','','done');
INSERT INTO "ledger_entries" VALUES(21,'qkd6tpacbb','2026-03-02T12:00:00.000000Z','write','grant','jose','test','','done');
INSERT INTO "ledger_entries" VALUES(24,'j1weep5bhr','2026-03-02T12:00:00.000000Z','write','revoke','jose','test','','done');
INSERT INTO "ledger_entries" VALUES(26,'sent','2026-03-02T12:00:00.000000Z','write','send_sms','maria','test','d1','done');
INSERT INTO "ledger_entries" VALUES(29,'listed','2026-03-02T12:00:00.000000Z','write','insert_dnc','maria','test','d1','done');
INSERT INTO "ledger_entries" VALUES(31,'unlisted','2026-03-02T12:00:00.000000Z','write','delete_dnc','maria','test','d1','done');
INSERT INTO "ledger_entries" VALUES(33,'looked','2026-03-02T12:00:00.000000Z','read','search_lead','maria','test','d1','done');
INSERT INTO "ledger_entries" VALUES(34,'refused','2026-03-02T12:00:00.000000Z','refusal','delete_dnc','maria','test','d1','refused');
CREATE TABLE ledger_events (
	seq INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	what TEXT NOT NULL, 
	entry TEXT NOT NULL, 
	body TEXT NOT NULL, 
	prev TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "ledger_events" VALUES(10,'2025-11-22T12:00:00.000000Z','carried','','{"at":"2025-11-22T12:00:00.000000Z","body":{"account":"stopped","by":"maria","why":"the wrong list"},"hash":"510ed52e83bcbb3409073aac0632a37f0869b8301609e2002763a243f517b434","kind":"frozen","seq":4}','173e10b028a5a230b1c42c0f70976fd8d43abcfba2f9644ca285eb0003f97040','a489c79d57bf692efe0d601cdf140ae257319f9c0db128069b2f7a5434c92888');
INSERT INTO "ledger_events" VALUES(11,'2025-11-22T12:00:00.000000Z','carried','','{"at":"2025-11-22T12:00:00.000000Z","body":{"account":"test","at_most":5,"by":"jose","caller":"maria","campaign":null,"given":"2025-11-22T12:00:00.000000Z","how":"terminal","id":"g1","numbers":["9545550123"],"row":"e5cfdab536ea3b112fdd91b9dfbfff2d0ebd0a13ebb7c0a02b037e33b07b4cd4","sureness":"machine","tools":["send_sms"],"until":"2026-04-01T12:00:00.000000Z"},"hash":"0af98d6befd9fc3a94b1cb5878d41bbee5ae32b739dbbe88afc7a4201a5686e6","kind":"granted","seq":7}','a489c79d57bf692efe0d601cdf140ae257319f9c0db128069b2f7a5434c92888','7b06b558a4c227f02aa6b181b992873511b9aacede295bcce1ac8b51269a7b3b');
INSERT INTO "ledger_events" VALUES(12,'2025-11-22T12:00:00.000000Z','carried','oldopen','{"at":"2025-11-22T12:00:00.000000Z","body":{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":null,"caller":"maria","consent":null,"consequences":null,"digest":"d1","environment":"sandbox","form":null,"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"insert_dnc","undoes":null,"verdict":[]},"hash":"6133d5aaecde4f7194f8a621496b1decf9a042bff593634276df773c097f42bd","kind":"intent","seq":3}','7b06b558a4c227f02aa6b181b992873511b9aacede295bcce1ac8b51269a7b3b','f3a5fb359beebc48ec461d2358205bddbe47aad36da1a66999357c83bb437dbd');
INSERT INTO "ledger_events" VALUES(13,'2026-03-02T12:00:00.000000Z','pruned','','{"hash":"173e10b028a5a230b1c42c0f70976fd8d43abcfba2f9644ca285eb0003f97040","removed":3,"standing":2,"upto":9}','f3a5fb359beebc48ec461d2358205bddbe47aad36da1a66999357c83bb437dbd','f7992bc9b54dc1e831da9a3135dc9db46cd16897cb94893b03ed8a6b57f7f7bc');
INSERT INTO "ledger_events" VALUES(14,'2026-03-02T12:00:00.000000Z','frozen','','{"account":"another","by":"jose","why":"a cap"}','f7992bc9b54dc1e831da9a3135dc9db46cd16897cb94893b03ed8a6b57f7f7bc','4eca8483f5c8083889293849f40e2413827dffa79d7f43e360ba9d0c10457bfa');
INSERT INTO "ledger_events" VALUES(15,'2026-03-02T12:00:00.000000Z','intent','4z57an6nb0','{"account":"another","arguments":{"reason":"a cap"},"before":null,"caller":"jose","consent":null,"consequences":null,"digest":"","environment":"sandbox","form":null,"host":"","numbers":[],"subjects":[],"tool":"freeze","undoes":null,"verdict":[]}','4eca8483f5c8083889293849f40e2413827dffa79d7f43e360ba9d0c10457bfa','12319b76a3810dc5db5455321dd6721b281c676033c76153be0bab9c0a7b9cb1');
INSERT INTO "ledger_events" VALUES(16,'2026-03-02T12:00:00.000000Z','outcome','4z57an6nb0','{"after":null,"answer":null,"at":"2026-03-02T12:00:00.000000Z","code":null,"how":"answered","message":"Every write was stopped.","milliseconds":0,"outcome":"done"}','12319b76a3810dc5db5455321dd6721b281c676033c76153be0bab9c0a7b9cb1','5c0c27bacb5802ea1182eb5ca879f63383f2f8b3289c1ea94633765a33e549c1');
INSERT INTO "ledger_events" VALUES(17,'2026-03-02T12:00:00.000000Z','rearmed','','{"account":"another","by":"jose"}','5c0c27bacb5802ea1182eb5ca879f63383f2f8b3289c1ea94633765a33e549c1','063d82686a0e45f36fe217fb2cc39780c23d51722de0e7bdb5a358cc14765c5f');
INSERT INTO "ledger_events" VALUES(18,'2026-03-02T12:00:00.000000Z','intent','09frzasr2k','{"account":"another","arguments":{},"before":null,"caller":"jose","consent":null,"consequences":null,"digest":"","environment":"sandbox","form":null,"host":"","numbers":[],"subjects":[],"tool":"rearm","undoes":null,"verdict":[]}','063d82686a0e45f36fe217fb2cc39780c23d51722de0e7bdb5a358cc14765c5f','2ea97640c32e5a68dcb45eaae8183d74b9558c14ad515b9c738913e0a74f83f1');
INSERT INTO "ledger_events" VALUES(19,'2026-03-02T12:00:00.000000Z','outcome','09frzasr2k','{"after":null,"answer":null,"at":"2026-03-02T12:00:00.000000Z","code":null,"how":"answered","message":"Writes were let through again.","milliseconds":0,"outcome":"done"}','2ea97640c32e5a68dcb45eaae8183d74b9558c14ad515b9c738913e0a74f83f1','b7c296218a41168f384ee7ed6bee11cf9c7a3a21826f5c9c84a1385efe485118');
INSERT INTO "ledger_events" VALUES(20,'2026-03-02T12:00:00.000000Z','granted','','{"account":"test","at_most":2,"by":"jose","caller":"maria","campaign":null,"given":"2026-03-02T12:00:00.000000Z","how":"terminal","id":"g2","numbers":null,"row":"d31ecb387cf553695d7eb375a9f444083e905f58b3266115c5df2c4da0d47167","sureness":"client","tools":["send_sms"],"until":"2026-03-02T13:00:00.000000Z"}','b7c296218a41168f384ee7ed6bee11cf9c7a3a21826f5c9c84a1385efe485118','682182364a7bc1e3197081dd419ab1401442f4e9dabe47139bfd6d9101dcc2e3');
INSERT INTO "ledger_events" VALUES(21,'2026-03-02T12:00:00.000000Z','intent','qkd6tpacbb','{"account":"test","arguments":{"at_most":2,"caller":"maria","campaign":null,"grant":"g2","numbers":null,"tools":["send_sms"],"until":"2026-03-02T13:00:00.000000Z"},"before":null,"caller":"jose","consent":null,"consequences":null,"digest":"","environment":"sandbox","form":null,"host":"","numbers":[],"subjects":[],"tool":"grant","undoes":null,"verdict":[]}','682182364a7bc1e3197081dd419ab1401442f4e9dabe47139bfd6d9101dcc2e3','15e193be0bbbe5043a9db5981e61a2e148985144c8d2efc0e3267ffd08515f70');
INSERT INTO "ledger_events" VALUES(22,'2026-03-02T12:00:00.000000Z','outcome','qkd6tpacbb','{"after":null,"answer":null,"at":"2026-03-02T12:00:00.000000Z","code":null,"how":"answered","message":"A yes to several calls was given.","milliseconds":0,"outcome":"done"}','15e193be0bbbe5043a9db5981e61a2e148985144c8d2efc0e3267ffd08515f70','a1392a9de5fd6a71c7f6ac1c544a228c4cf48159c784e5b8fc9fc50da38e70fe');
INSERT INTO "ledger_events" VALUES(23,'2026-03-02T12:00:00.000000Z','revoked','','{"account":"test","by":"jose","id":"g2"}','a1392a9de5fd6a71c7f6ac1c544a228c4cf48159c784e5b8fc9fc50da38e70fe','8af5b676142829ad0142a08c1a72b24284b1981461348e2fe0ded42193003f60');
INSERT INTO "ledger_events" VALUES(24,'2026-03-02T12:00:00.000000Z','intent','j1weep5bhr','{"account":"test","arguments":{"grant":"g2"},"before":null,"caller":"jose","consent":null,"consequences":null,"digest":"","environment":"sandbox","form":null,"host":"","numbers":[],"subjects":[],"tool":"revoke","undoes":null,"verdict":[]}','8af5b676142829ad0142a08c1a72b24284b1981461348e2fe0ded42193003f60','350f71e585b4e7123525eba904c7a44cff90ceb358e4b64d3660418e2a6dc3bb');
INSERT INTO "ledger_events" VALUES(25,'2026-03-02T12:00:00.000000Z','outcome','j1weep5bhr','{"after":null,"answer":null,"at":"2026-03-02T12:00:00.000000Z","code":null,"how":"answered","message":"The grant was ended.","milliseconds":0,"outcome":"done"}','350f71e585b4e7123525eba904c7a44cff90ceb358e4b64d3660418e2a6dc3bb','7a1320473880d32629592a4d2bda4eb4cd6cb32bdb09ae9f90a72b3196b3aad0');
INSERT INTO "ledger_events" VALUES(26,'2026-03-02T12:00:00.000000Z','intent','sent','{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":{"id":"1001"},"caller":"maria","consent":{"by":"maria","how":"elicitation","id":"c1","question":"Send it?","sureness":"machine"},"consequences":[{"kind":"reached","number":"9545550123"}],"digest":"d1","environment":"sandbox","form":{"Action":"SendSms"},"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"send_sms","undoes":null,"verdict":[{"decision":"ask","reason":"It sends a text.","rule":"levels"}]}','7a1320473880d32629592a4d2bda4eb4cd6cb32bdb09ae9f90a72b3196b3aad0','62f52f4f24be02f09b3b1ef2a44418dcc35505cfcd72a8689cbaa06ea551372b');
INSERT INTO "ledger_events" VALUES(27,'2026-03-02T12:00:01.000000Z','outcome','sent','{"after":null,"answer":null,"at":"2026-03-02T12:00:01.000000Z","code":null,"how":"answered","message":"It was done.","milliseconds":120,"outcome":"unknown"}','62f52f4f24be02f09b3b1ef2a44418dcc35505cfcd72a8689cbaa06ea551372b','bcbc7421b57520ee0f9550d679a95d56d611d02533422bbc0a1835eca89a7a24');
INSERT INTO "ledger_events" VALUES(28,'2026-03-02T12:00:01.000000Z','found','sent','{"after":{"id":"1001"},"answer":null,"at":"2026-03-02T12:00:01.000000Z","code":null,"how":"somebody looked","message":"It was done.","milliseconds":120,"outcome":"done"}','bcbc7421b57520ee0f9550d679a95d56d611d02533422bbc0a1835eca89a7a24','e67ef861f2b73d8e2cceac0e718357696106981bad7d4a96abbc5f89749f35b4');
INSERT INTO "ledger_events" VALUES(29,'2026-03-02T12:00:00.000000Z','intent','listed','{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":null,"caller":"maria","consent":null,"consequences":null,"digest":"d1","environment":"sandbox","form":null,"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"insert_dnc","undoes":null,"verdict":[]}','e67ef861f2b73d8e2cceac0e718357696106981bad7d4a96abbc5f89749f35b4','f0d2ad0d96a59ff6f4dd1726491097f4f02c8046e839ef94f96db29b1ca0b8fa');
INSERT INTO "ledger_events" VALUES(30,'2026-03-02T12:00:01.000000Z','outcome','listed','{"after":null,"answer":null,"at":"2026-03-02T12:00:01.000000Z","code":null,"how":"answered","message":"It was done.","milliseconds":120,"outcome":"done"}','f0d2ad0d96a59ff6f4dd1726491097f4f02c8046e839ef94f96db29b1ca0b8fa','52359b8c2c0bd58aefa11941f5f921aad7d6bca091f8e824804e3ed83d17c4fb');
INSERT INTO "ledger_events" VALUES(31,'2026-03-02T12:00:00.000000Z','intent','unlisted','{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":null,"caller":"maria","consent":null,"consequences":null,"digest":"d1","environment":"sandbox","form":null,"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"delete_dnc","undoes":"listed","verdict":[]}','52359b8c2c0bd58aefa11941f5f921aad7d6bca091f8e824804e3ed83d17c4fb','ac80196803ce028a008a4f8b48cad80be98b8126b3bef5579619582f68b71e32');
INSERT INTO "ledger_events" VALUES(32,'2026-03-02T12:00:01.000000Z','outcome','unlisted','{"after":null,"answer":null,"at":"2026-03-02T12:00:01.000000Z","code":null,"how":"answered","message":"It was done.","milliseconds":120,"outcome":"done"}','ac80196803ce028a008a4f8b48cad80be98b8126b3bef5579619582f68b71e32','9450a8ca619f8dcc5e2b069ea96d43264c72c448d6b90dd688b748826a7371cd');
INSERT INTO "ledger_events" VALUES(33,'2026-03-02T12:00:00.000000Z','read','looked','{"ending":{"after":null,"answer":{"prose":true},"at":"2026-03-02T12:00:01.000000Z","code":null,"how":"answered","message":"It was done.","milliseconds":120,"outcome":"done"},"intent":{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":null,"caller":"maria","consent":null,"consequences":null,"digest":"d1","environment":"sandbox","form":null,"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"search_lead","undoes":null,"verdict":[]}}','9450a8ca619f8dcc5e2b069ea96d43264c72c448d6b90dd688b748826a7371cd','65a309e807f3be4ba78f007f6aa60bca488da163ace5a00f33cf034cb9d852f1');
INSERT INTO "ledger_events" VALUES(34,'2026-03-02T12:00:00.000000Z','refusal','refused','{"ending":{"after":null,"answer":null,"at":"2026-03-02T12:00:01.000000Z","code":"not_allowed","how":"policy","message":"It was done.","milliseconds":120,"outcome":"refused"},"intent":{"account":"test","arguments":{"message":"Hello","to_number":"9545550123"},"before":null,"caller":"maria","consent":null,"consequences":null,"digest":"d1","environment":"sandbox","form":null,"host":"127.0.0.1","numbers":["9545550123"],"subjects":["sms:9545550123"],"tool":"delete_dnc","undoes":null,"verdict":[]}}','65a309e807f3be4ba78f007f6aa60bca488da163ace5a00f33cf034cb9d852f1','7905aafbc6fc53a110f897fe41aeb5a11a33a02dac7132e79274dc74cab1ba6d');
CREATE TABLE ledger_grants (
	id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	caller TEXT NOT NULL, 
	until TEXT NOT NULL, 
	at_most INTEGER NOT NULL, 
	used INTEGER NOT NULL, 
	revoked TEXT, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "ledger_grants" VALUES('g1','test','maria','2026-04-01T12:00:00.000000Z',5,1,NULL,'{"account":"test","at_most":5,"by":"jose","caller":"maria","campaign":null,"given":"2025-11-22T12:00:00.000000Z","how":"terminal","id":"g1","numbers":["9545550123"],"salt":"784752d522e830d16b4a1f7f93da576d","sureness":"machine","tools":["send_sms"],"until":"2026-04-01T12:00:00.000000Z"}');
INSERT INTO "ledger_grants" VALUES('g2','test','maria','2026-03-02T13:00:00.000000Z',2,0,'2026-03-02T12:00:00.000000Z','{"account":"test","at_most":2,"by":"jose","caller":"maria","campaign":null,"given":"2026-03-02T12:00:00.000000Z","how":"terminal","id":"g2","numbers":null,"salt":"156f676efbb1d9c375157e1ee04f04c0","sureness":"client","tools":["send_sms"],"until":"2026-03-02T13:00:00.000000Z"}');
CREATE TABLE ledger_keys (
	"key" TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	PRIMARY KEY ("key", seq)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_keys" VALUES('number:9545550123',3);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',3);
INSERT INTO "ledger_keys" VALUES('number:9545550123',26);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',26);
INSERT INTO "ledger_keys" VALUES('number:9545550123',29);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',29);
INSERT INTO "ledger_keys" VALUES('number:9545550123',31);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',31);
INSERT INTO "ledger_keys" VALUES('undoes:listed',31);
INSERT INTO "ledger_keys" VALUES('number:9545550123',33);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',33);
INSERT INTO "ledger_keys" VALUES('number:9545550123',34);
INSERT INTO "ledger_keys" VALUES('subject:sms:9545550123',34);
CREATE TABLE ledger_memory (
	account TEXT NOT NULL, 
	way TEXT NOT NULL, 
	number TEXT NOT NULL, 
	entry TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	since TEXT NOT NULL, 
	PRIMARY KEY (account, way, number, entry)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_memory" VALUES('test','on','9545550101','oldopen',3,'2025-11-22T12:00:00.000000Z');
INSERT INTO "ledger_memory" VALUES('test','on','9545550102','listed',29,'2026-03-02T12:00:00.000000Z');
CREATE TABLE ledger_reservations (
	id INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	cap TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	entry TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "ledger_reservations" VALUES(1,'test','reached','9545550123','2026-03-02T12:00:00.000000Z','sent');
CREATE TABLE ledger_store (
	one INTEGER NOT NULL CHECK (one = 1), 
	version INTEGER NOT NULL, 
	environment TEXT NOT NULL, 
	made TEXT NOT NULL, 
	pruned INTEGER NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "ledger_store" VALUES(1,3,'sandbox','2026-11-28T22:16:54.259621Z',9);
CREATE INDEX ledger_events_at ON ledger_events (at, seq);
CREATE INDEX ledger_events_entry ON ledger_events (entry, seq);
CREATE INDEX ledger_entries_digest ON ledger_entries (digest, seq);
CREATE INDEX ledger_entries_outcome ON ledger_entries (outcome, kind, seq);
CREATE INDEX ledger_entries_tool ON ledger_entries (tool, seq);
CREATE INDEX ledger_entries_tool_outcome ON ledger_entries (tool, outcome, seq);
CREATE INDEX ledger_entries_caller ON ledger_entries (caller, seq);
CREATE INDEX ledger_entries_caller_tool ON ledger_entries (caller, tool, outcome, seq);
CREATE INDEX ledger_entries_at ON ledger_entries (at, seq);
CREATE INDEX ledger_keys_seq ON ledger_keys (seq);
CREATE INDEX ledger_consents_account ON ledger_consents (account, state, ends);
CREATE INDEX ledger_consents_code ON ledger_consents (code, asked);
CREATE INDEX ledger_consents_digest ON ledger_consents (digest, asked);
CREATE INDEX ledger_reservations_cap ON ledger_reservations (account, cap, at, "key");
CREATE INDEX ledger_reservations_key ON ledger_reservations (account, cap, "key", at);
CREATE INDEX ledger_reservations_entry ON ledger_reservations (entry);
CREATE INDEX ledger_memory_entry ON ledger_memory (entry);
CREATE INDEX ledger_grants_account ON ledger_grants (account, until);
CREATE TRIGGER ledger_events_stay BEFORE UPDATE ON ledger_events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER ledger_events_last BEFORE DELETE ON ledger_events
    WHEN OLD.seq > (SELECT pruned FROM ledger_store)
    BEGIN SELECT RAISE(ABORT, 'events are removed by pruning only'); END;
COMMIT;
