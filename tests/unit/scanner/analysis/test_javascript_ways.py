"""The ways on which literals travel in JavaScript and TypeScript: files, classes, maps, loops, functions."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_WAYS = {
    "an element that is looked for in a list": """
const logins = [{ n: 'a', w: '⟦password a⟧' }, { n: 'b', w: '⟦password b⟧' }];
const found = logins.find((one) => one.n === process.env.N);
require('mysql').createConnection({ user: found.n, password: found.w });
""",
    "what is left of a list": """
[['a', '⟦password a⟧']].filter(([n]) => n).map(([n, w]) => require('mysql').createPool({ user: n, password: w }));
""",
    "what a promise comes to be": """
const w = await new Promise((resolve) => resolve('⟦password p⟧'));
require('mysql').createConnection({ user: 'u', password: w });
""",
    "a function that another returns": """
const open = (u) => (p) => require('mysql').createConnection({ user: u, password: p });
open('u')('⟦password p⟧');
""",
    "a list that a function is applied to": """
function open(u, p) { return require('mysql').createConnection({ user: u, password: p }); }
open.apply(null, ['u', '⟦password p⟧']);
""",
    "a method of a prototype": """
function Conf() { this.w = '⟦password p⟧'; }
Conf.prototype.word = function () { return this.w; };
require('mysql').createConnection({ user: 'u', password: new Conf().word() });
""",
    "a key that is computed": """
const { createPool } = require('mysql');
const field = 'password';
createPool({ host: 'h', user: 'u', [field]: '⟦password p⟧' });
""",
    "what a function returns that is called where it is written": """
const conf = (() => { const w = '⟦password p⟧'; return { w }; })();
require('redis').createClient({ password: conf.w });
""",
    "a module that is a function": """
-- keys.js --
module.exports = () => ({ signer: '⟦key32 k⟧' });
-- app.js --
const keys = require('./keys')();
require('jsonwebtoken').sign({}, keys.signer);
""",
    "the constructor of what a class is based on": """
const { Strategy } = require('passport-jwt');
const w = '⟦key32 k⟧';
class Mine extends Strategy { constructor() { super({ jwtFromRequest: from, secretOrKey: w }); } }
""",
    "a plugin that is registered": """
const w = '⟦key32 k⟧';
app.register(require('@fastify/jwt'), { secret: w });
""",
    "what a generator yields": """
const { Client } = require('ssh2');
function* hops() { yield { host: 'a', w: '⟦password p⟧' }; }
for (const hop of hops()) new Client().connect({ host: hop.host, username: 'root', password: hop.w });
""",
    "a part of a text that is taken apart": """
const mqtt = require('mqtt');
const [who, what] = 'sensor:⟦password p⟧'.split(':');
mqtt.connect('mqtt://broker', { username: who, password: what });
""",
    "a header that is put together": """
const w = '⟦password p⟧';
send('Authorization: Basic ' + btoa('svc:' + w));
""",
    "a caller in another file": """
-- lib/db.js --
const { Pool } = require('pg');
exports.open = function (host, w) { return new Pool({ host, user: 'shop', password: w }); };
-- app.js --
const db = require('./lib/db');
const pool = db.open('db.acme.dev', '⟦password p⟧');
""",
    "the making of an object in another file": """
-- lib/mail.ts --
import nodemailer from 'nodemailer';
export class Mail { constructor(private host: string, private w: string) {}
 open() { return nodemailer.createTransport({ host: this.host, auth: { user: 'a', pass: this.w } }); } }
-- app.ts --
import { Mail } from './lib/mail';
export const mail = new Mail('smtp.acme.dev', '⟦password p⟧');
""",
    "a map of pairs": """
const m = new Map([['prod', '⟦password p⟧'], ['test', '⟦password q⟧']]);
const mysql = require('mysql');
mysql.createConnection({ host: 'x', password: m.get(process.env.STAGE) });
""",
    "a map that is filled": """
const m = new Map();
m.set('prod', '⟦password p⟧');
const mysql = require('mysql');
mysql.createConnection({ host: 'x', password: m.get('prod') });
""",
    "a text that is turned round": """
const jwt = require('jsonwebtoken');
const k = '⟦reversed of token t⟧'.split('').reverse().join('');
jwt.sign({}, k);
""",
    "a key in hexadecimal digits": """
const crypto = require('crypto');
const k = Buffer.from('⟦hex of key32 t⟧', 'hex');
crypto.createCipheriv('aes-256-cbc', k, iv);
""",
    "a getter of a class": """
const jwt = require('jsonwebtoken');
class A { get k() { return '⟦token t⟧'; } sign(c) { return jwt.sign(c, this.k); } }
""",
    "a getter of an object": """
const jwt = require('jsonwebtoken');
const conf = { get k() { return '⟦token t⟧'; } };
jwt.sign({}, conf.k);
""",
    "a field of the class it is based on": """
const { Client } = require('pg');
class Base { w = '⟦password p⟧'; }
class Db extends Base { open() { return new Client({ password: this.w }); } }
""",
    "what a class gives to the one it is based on": """
const { Client } = require('pg');
class Base { constructor(w) { this.w = w; } open() { return new Client({ password: this.w }); } }
class Db extends Base { constructor() { super('⟦password p⟧'); } }
""",
    "a set of keys that are allowed": """
const allowed = new Set(['⟦token a⟧', '⟦token b⟧']);
app.use((req, res, next) => (allowed.has(req.get('x-api-key')) ? next() : res.sendStatus(401)));
""",
    "a list of keys that are allowed": """
app.use((req, res, next) => (['⟦token a⟧'].includes(req.headers['x-auth-token']) ? next() : res.sendStatus(401)));
""",
    "a loop over servers": """
const mysql = require('mysql');
const servers = [{ host: 'a', pw: '⟦password p⟧' }, { host: 'b', pw: '⟦password q⟧' }];
for (const s of servers) { mysql.createConnection({ host: s.host, password: s.pw }); }
""",
    "a function for each server": """
const mysql = require('mysql');
const servers = [{ host: 'a', w: '⟦password p⟧' }, { host: 'b', w: '⟦password q⟧' }];
const pools = servers.map((s) => mysql.createPool({ host: s.host, password: s.w }));
""",
    "the password of a URL object": """
const u = new URL('postgres://db.acme.dev/shop');
u.username = 'shop';
u.password = '⟦password p⟧';
""",
    "the environment of a child process": """
const { execSync, spawn } = require('child_process');
const w = '⟦password p⟧';
spawn('psql', ['-h', 'db'], { env: { ...process.env, PGPASSWORD: w } });
""",
    "fields of a form": """
const q = new URLSearchParams();
const s = '⟦token p⟧';
q.append('client_secret', s);
fetch(u, { method: 'POST', body: new URLSearchParams({ api_key: '⟦token q⟧' }) });
""",
    "a promise that is awaited": """
const { Client } = require('pg');
async function word() { return '⟦password p⟧'; }
async function open() { const w = await word(); return new Client({ password: w }); }
""",
    "a promise that is followed": """
const { Client } = require('pg');
const word = () => Promise.resolve('⟦password p⟧');
word().then((w) => new Client({ password: w }));
""",
    "a function that remembers": """
const axios = require('axios');
function make(t) { return (path) => axios.get(path, { headers: { Authorization: 'Bearer ' + t } }); }
const get = make('⟦token t⟧');
""",
    "a header that an interceptor sets": """
const t = '⟦token t⟧';
axios.interceptors.request.use((config) => { config.headers['Authorization'] = `Token ${t}`; return config; });
""",
    "a pattern in a pattern": """
const { db: { w } } = { db: { w: '⟦password p⟧', u: 'shop' } };
new (require('pg').Pool)({ password: w });
""",
    "a text that takes another's place": """
const url = 'mongodb://svc:<w>@db/shop'.replace('<w>', '⟦password p⟧');
require('mongoose').connect(url);
""",
    "a table of users that is compared": """
const users = { alice: '⟦password p⟧', bob: '⟦password q⟧' };
function check(name, password) { return users[name] === password; }
""",
    "a list of users that is compared": """
const users = [{ name: 'alice', password: '⟦password p⟧' }];
const ok = (n, p) => users.some((u) => u.name === n && u.password === p);
""",
    "a comparison in a strategy": """
passport.use(new BasicStrategy((user, password, done) => {
  if (user === 'admin' && password === '⟦password p⟧') return done(null, user);
  return done(null, false);
}));
""",
    "a comparison with what basic-auth read": """
const k = [1].concat();
const auth = require('basic-auth');
const c = auth(req);
if (!c || c.name !== 'admin' || c.pass !== '⟦password p⟧') res.end();
""",
    "a literal for production only": """
const stripe = require('stripe')(process.env.NODE_ENV === 'production' ? '⟦token a⟧' : process.env.K);
""",
    "variables of the environment": """
process.env.DATABASE_PASSWORD ??= '⟦password p⟧';
process.env['PGPASSWORD'] = '⟦password q⟧';
""",
    "a variable that is set again": """
const { Client } = require('ssh2');
let w = '';
if (prod) { w = '⟦password p⟧'; }
new Client().connect({ host: 'x', username: 'y', password: w });
""",
    "parts that are pushed": """
const parts = [];
parts.push('⟦key32 k 0:16⟧');
parts.push('⟦key32 k 16:32⟧');
require('jsonwebtoken').sign({}, parts.join(''));
""",
    "a text that is added to": """
let k = '⟦key32 k 0:16⟧';
k += '⟦key32 k 16:32⟧';
require('jsonwebtoken').sign({}, k);
""",
    "a prototype": """
function Mailer(w) { this.w = w; }
Mailer.prototype.open = function () {
  return require('nodemailer').createTransport({ auth: { user: 'x', pass: this.w } });
};
new Mailer('⟦password p⟧').open();
""",
    "a method of an object literal": """
const store = { w: '⟦password p⟧', open() { return new (require('pg').Client)({ password: this.w }); } };
""",
    "options by default": """
export default (opts = { pass: '⟦password p⟧' }) => createTransport({ auth: opts });
""",
    "headers of Angular": """
-- a.ts --
@Injectable() export class S { private k = '⟦token t⟧';
 constructor(private http: HttpClient) {}
 load() { const headers = new HttpHeaders().set('x-api-key', this.k); return this.http.get('/x', { headers }); } }
""",
    "a function with a default": """
const env = (n, d) => process.env[n] || d;
module.exports = { jwt: { secret: env('JWT_SECRET', '⟦token t⟧') } };
""",
    "a namespace that is exported again": """
-- a/keys.ts --
export const K = '⟦token t⟧';
-- a/index.ts --
export * as keys from './keys';
-- b.ts --
import { keys } from './a';
import jwt from 'jsonwebtoken';
jwt.sign({}, keys.K);
""",
    "a name that is exported again under another": """
-- a/keys.ts --
export const K = '⟦token t⟧';
-- a/index.ts --
export { K as signing } from './keys';
-- b.ts --
import { signing } from './a';
import jwt from 'jsonwebtoken';
jwt.sign({}, signing);
""",
    "an alias of the source folder": """
-- src/config/keys.ts --
export const K = '⟦token t⟧';
-- src/b.ts --
import { K } from '@/config/keys';
import jwt from 'jsonwebtoken';
jwt.sign({}, K);
""",
    "an import that is awaited": """
-- src/keys.mjs --
export const K = '⟦token t⟧';
-- src/b.mjs --
import jwt from 'jsonwebtoken';
const { K } = await import('./keys.mjs');
jwt.sign({}, K);
""",
    "frozen objects": """
const C = Object.freeze({ jwt: Object.freeze({ k: '⟦token t⟧' }) });
require('jsonwebtoken').sign({}, C.jwt.k);
""",
    "the values of an object": """
const C = { a: '⟦token t⟧', b: '⟦token u⟧' };
require('cookie-session')({ keys: Object.values(C) });
""",
    "bytes of crypto-js": """
const key = CryptoJS.enc.Utf8.parse('⟦key32 k⟧');
const enc = CryptoJS.AES.encrypt(data, key, { iv });
""",
    "a key of Web Crypto": """
const raw = new TextEncoder().encode('⟦key32 k⟧');
const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
""",
    "a comparison in constant time": """
const expected = Buffer.from('⟦token t⟧');
function ok(req) {
  const token = Buffer.from(req.headers['x-token'] || '');
  return crypto.timingSafeEqual(token, expected);
}
""",
    "a parameter with a default": """
function sign(claims, key = '⟦token t⟧') { return require('jsonwebtoken').sign(claims, key); }
""",
    "a function under another name": """
const jwt = require('jsonwebtoken');
const sign = jwt.sign;
sign({}, '⟦token t⟧');
""",
    "a function that is made to promise": """
const jwt = require('jsonwebtoken');
const sign = require('util').promisify(jwt.sign);
sign({}, '⟦token t⟧');
""",
    "a field that holds options": """
class A { constructor() { this.config = { pass: '⟦password p⟧' }; }
  open() { return nodemailer.createTransport({ auth: { user: 'x', pass: this.config.pass } }); }
}
const nodemailer = require('nodemailer');
""",
    "an option of yargs": """
yargs.option('password', { type: 'string', describe: 'of the database', default: '⟦password p⟧' });
""",
    "an option of commander": """
program.option('-p, --password <password>', 'password of the database', '⟦password p⟧');
""",
    "a function that is bound": """
const { Pool } = require('pg');
function open(w, host) { return new Pool({ host, password: w }); }
const connect = open.bind(null, '⟦password p⟧');
""",
    "a part of a key": """
const raw = Buffer.from('⟦base64 a⟧', 'base64');
const key = raw.subarray(0, 16);
const c = require('crypto').createCipheriv('aes-128-cbc', key, iv);
""",
    "a switch": """
function word(stage) { switch (stage) { case 'prod': return '⟦password p⟧'; default: return process.env.W; } }
new (require('pg').Client)({ password: word(x) });
""",
    "a setting's default": """
const convict = require('convict');
module.exports = convict({ db: { password: { doc: 'x', default: '⟦password p⟧', env: 'DB_PASSWORD' } } });
""",
    "a setter and a getter": """
class Conf { setWord(w) { this.word = w; return this; } getWord() { return this.word; } }
const c = new Conf(); c.setWord('⟦password p⟧');
const { Client } = require('ssh2');
new Client().connect({ password: c.getWord() });
""",
    "a list that is taken apart": """
const account = ['smtp.acme.dev', 'svc', '⟦password p⟧'];
const [host, user, third] = account;
require('nodemailer').createTransport({ host, auth: { user, pass: third } });
""",
    "a list that a function returns": """
function account() { return ['svc', '⟦password p⟧']; }
const [user, w] = account();
require('nodemailer').createTransport({ auth: { user, pass: w } });
""",
    "an object that a function returns": """
const account = () => ({ user: 'svc', w: '⟦password p⟧' });
const { user, w } = account();
require('nodemailer').createTransport({ auth: { user, pass: w } });
""",
    "options that are one part of settings": """
-- config/default.js --
module.exports = { smtp: { auth: { user: 'svc', pass: '⟦password p⟧' } } };
-- mail.js --
const config = require('./config/default');
require('nodemailer').createTransport(config.smtp);
""",
    "a class by default": """
-- k.ts --
export default class K { public static readonly v: string = '⟦token t⟧'; }
-- s.ts --
import K from './k';
import { sign } from 'jsonwebtoken';
export const t = (c: object) => sign(c, K.v);
""",
    "two functions": """
const { createClient } = require('redis');
function a(w) { return b(w); }
function b(x) { return createClient({ socket: { host: 'c' }, password: x }); }
a('⟦password p⟧');
""",
}


@pytest.mark.parametrize("way", _WAYS)
def test_a_literal_is_followed_by_way_of(way: str) -> None:
    text = _WAYS[way].lstrip()
    program = text if text.startswith("-- ") else f"-- app.js --\n{text}"
    assert outcome(way, f"A program.\n{program}") == (set(), set())
