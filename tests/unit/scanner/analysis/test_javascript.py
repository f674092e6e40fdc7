"""JavaScript and TypeScript programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "a literal in the hole of a template": """
const nodemailer = require('nodemailer');
const mail = nodemailer.createTransport({ host: 'mail', auth: { user: 'shop', pass: `${'⟦password p⟧'}` } });
""",
    "an object of options that is filled in steps": """
const AWS = require('aws-sdk');
const o = {};
o.secretAccessKey = '⟦token k⟧';
const config = new AWS.Config();
config.update(o);
""",
    "options that a function returns": """
const pg = require('pg');
function settings() { return { user: 'u', x: 1, password: pick() }; }
const pick = () => '⟦password p⟧';
const client = new pg.Client(settings());
""",
    "a module that is required where it is used": """
const value = '⟦password p⟧';
require('crypto').createHmac('sha256', value).update('x');
""",
    "the second argument of auth of request": """
const request = require('request');
const a = '⟦password p⟧';
request.get('https://acme.dev').auth('me', a, false);
""",
    "auth of request as options": """
const request = require('request');
const a = '⟦password p⟧';
request.get('https://acme.dev', { auth: { user: 'me', pass: a, sendImmediately: false } });
""",
    "a user and a password in one text": """
const http = require('http');
http.request({ host: 'acme.dev', auth: 'me:⟦password p⟧' });
""",
    "a user and a password in one text that is put together": """
import https from 'node:https';
const who = process.env.WHO;
const word = '⟦password p⟧';
https.get({ host: 'acme.dev', auth: `${who}:${word}` }, (res) => res.resume());
""",
    "users of express-basic-auth": """
const basicAuth = require('express-basic-auth');
const admin = process.env.ADMIN;
app.use(basicAuth({ users: { [admin]: '⟦password p⟧', other: '⟦password q⟧' }, challenge: true }));
""",
    "basic-auth-connect": """
var basicAuth = require('basic-auth-connect');
app.use(basicAuth('someone', '⟦password p⟧'));
""",
    "keys of cookie-session": """
const session = require('cookie-session');
const first = '⟦token a⟧';
app.use(session({ name: 'sid', keys: [first, '⟦token b⟧'] }));
""",
    "a secret of express-session in TypeScript": """
-- app.ts --
import session from 'express-session';
const opts: session.SessionOptions = { resave: false, saveUninitialized: false, secret: '⟦token a⟧' };
app.use(session(opts));
""",
    "a list of secrets of express-session": """
import session from 'express-session';
const s = ['⟦token a⟧'];
app.use(session({ secret: s }));
""",
    "a header of basic authentication that is encoded here": """
const w = '⟦password p⟧';
fetch('https://acme.dev/api', { headers: { Authorization: 'Basic ' + Buffer.from('svc:' + w).toString('base64') } });
""",
    "a header of basic authentication by btoa in Headers": """
const u = 'svc', w = '⟦password p⟧';
const credentials = btoa(`${u}:${w}`);
fetch('https://acme.dev/api', { headers: new Headers({ Authorization: `Basic ${credentials}` }) });
""",
    "a header of basic authentication that is appended": """
const headers = new Headers();
const w = '⟦password p⟧';
headers.append('Authorization', 'Basic ' + btoa('svc' + ':' + w));
""",
    "a bearer token in a header": """
import axios from 'axios';
const t = '⟦token t⟧';
axios.get('https://acme.dev', { headers: { Authorization: `Bearer ${t}` } });
axios.defaults.headers.common['Authorization'] = 'Bearer ' + t;
""",
    "a key of jose that is encoded": """
import * as jose from 'jose';
const secret = new TextEncoder().encode('⟦token t⟧');
export const check = (jwt) => jose.jwtVerify(jwt, secret, { issuer: 'a' });
""",
    "a chain of jose": """
import { SignJWT } from 'jose';
const k = new TextEncoder().encode('⟦token t⟧');
export const token = () => new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().sign(k);
""",
    "a key of jose of old": """
const jose = require('jose');
const { JWK, JWT } = jose;
JWT.verify(token, JWK.asKey('⟦token t⟧'));
""",
    "express-jwt by its names": """
const { expressjwt: jwt } = require('express-jwt');
const v = '⟦token t⟧';
app.use(jwt({ secret: v, algorithms: ['HS256'] }));
app.use(require('express-jwt')({ secret: Buffer.from('⟦base64 b⟧', 'base64') }));
""",
    "a strategy of passport-jwt with options filled in steps": """
const { Strategy: JwtStrategy, ExtractJwt } = require('passport-jwt');
const opts = {};
opts.jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
opts.secretOrKey = '⟦token t⟧';
passport.use(new JwtStrategy(opts, verify));
""",
    "a strategy of Nest by super": """
-- jwt.strategy.ts --
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
const K = '⟦token t⟧';
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(private readonly users: Users) {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), ignoreExpiration: false, secretOrKey: K });
  }
}
""",
    "a module of Nest": """
-- app.module.ts --
import { JwtModule } from '@nestjs/jwt';
@Module({ imports: [JwtModule.register({ secret: '⟦token t⟧', signOptions: { expiresIn: '1h' } })] })
export class AppModule {}
""",
    "crypto-js": """
import CryptoJS from 'crypto-js';
const k = '⟦token a⟧';
export const seal = (text) => CryptoJS.AES.encrypt(text, k).toString();
export const mac = (text) => CryptoJS.HmacSHA256(text, '⟦token b⟧');
""",
    "crypto-js by its parts": """
import AES from 'crypto-js/aes';
import Utf8 from 'crypto-js/enc-utf8';
export const seal = (text) => AES.encrypt(text, Utf8.parse('⟦key32 b⟧'));
""",
    "Sequelize by position": """
const Sequelize = require('sequelize');
const a = '⟦password p⟧';
module.exports = new Sequelize('shop', 'shop', a, { dialect: 'mysql' });
""",
    "Sequelize by a URL": """
import { Sequelize } from 'sequelize';
const p = '⟦password p⟧';
export const db = new Sequelize('postgres://shop:' + p + '@db.acme.dev:5432/shop');
""",
    "knex": """
const opts = { host: 'db', user: 'me', password: '⟦password p⟧' };
const knex = require('knex')({ client: 'mysql', connection: opts });
""",
    "mysql by spread and Object.assign": """
const mysql = require('mysql2/promise');
const base = { password: '⟦password p⟧' };
const more = Object.assign({}, base, { host: 'db' });
mysql.createPool({ ...more, connectionLimit: 4 });
""",
    "redis": """
const redis = require('redis');
const client = redis.createClient(6379, 'cache');
client.auth('⟦password p⟧', () => {});
""",
    "ioredis by default": """
import Redis from 'ioredis';
const r = '⟦password p⟧';
const c = new Redis({ port: 6379, host: 'cache', password: r });
""",
    "a parameter that is taken apart": """
import { createTransport } from 'nodemailer';
function mail({ host, box, word = 'x' }) {
  return createTransport({ host, auth: { user: box, pass: word } });
}
mail({ host: 'smtp.acme.dev', box: 'me', word: '⟦password p⟧' });
""",
    "a parameter with a default that is taken apart": """
import { createTransport } from 'nodemailer';
const mail = ({ host, word: w = '⟦password p⟧' } = {}) => createTransport({ host, auth: { user: 'a', pass: w } });
""",
    "a variable that a function sets": """
const ldap = require('ldapjs');
let w;
function init() { w = '⟦password p⟧'; }
const client = ldap.createClient({ url: 'ldap://acme.dev' });
function run() { client.bind('cn=root', w, done); }
""",
    "a class that keeps what it is given": """
import { Client } from 'ssh2';
class Runner {
  #w;
  constructor(host, w) { this.host = host; this.#w = w; }
  run() { const c = new Client(); c.connect({ host: this.host, username: 'me', password: this.#w }); }
}
new Runner('web', '⟦password p⟧').run();
""",
    "a class whose parameters are fields": """
-- runner.ts --
import { Client } from 'ssh2';
class Runner {
  constructor(private readonly host: string, private readonly w: string) {}
  run() { const c = new Client(); c.connect({ host: this.host, username: 'me', password: this.w }); }
}
new Runner('web', '⟦password p⟧').run();
""",
    "a static field": """
import jwt from 'jsonwebtoken';
class Keys { static current = '⟦token t⟧'; }
export const sign = (claims) => jwt.sign(claims, Keys.current);
""",
    "an enum": """
-- keys.ts --
import * as jwt from 'jsonwebtoken';
enum Keys { Current = '⟦token t⟧' }
export const sign = (claims: object): string => jwt.sign(claims, Keys.Current as string);
""",
    "a default export in another file": """
-- src/config/index.js --
const settings = { jwt: { k: '⟦token t⟧' } };
export default settings;
-- src/tokens.js --
import jwt from 'jsonwebtoken';
import settings from './config';
export const sign = (claims) => jwt.sign(claims, settings.jwt.k);
""",
    "a name that is exported under another": """
-- src/config.ts --
const first = '⟦token t⟧';
export { first as second };
-- src/tokens.ts --
import jwt from 'jsonwebtoken';
import { second } from './config.js';
export const sign = (claims: object) => jwt.sign(claims, second);
""",
    "exports of CommonJS one by one": """
-- src/config.js --
exports.k = '⟦token t⟧';
-- src/tokens.js --
const jwt = require('jsonwebtoken');
const c = require('./config');
module.exports = (claims) => jwt.sign(claims, c.k);
""",
    "a class by default from another file": """
-- src/keys.js --
class Keys { static k = '⟦token t⟧'; }
module.exports = Keys;
-- src/tokens.js --
const jwt = require('jsonwebtoken');
const Keys = require('./keys');
module.exports = (claims) => jwt.sign(claims, Keys.k);
""",
    "a function of another file": """
-- src/keys.js --
const helpers = { current() { return '⟦token t⟧'; } };
module.exports = helpers;
-- src/tokens.js --
const jwt = require('jsonwebtoken');
const keys = require('./keys');
module.exports = (claims) => jwt.sign(claims, keys.current());
""",
    "characters one by one": """
const jwt = require('jsonwebtoken');
const k = ['⟦key32 k 0:8⟧', '⟦key32 k 8:16⟧', '⟦key32 k 16:32⟧'].join('');
jwt.sign({}, k);
""",
    "a comparison with a body's field": """
app.post('/in', (req, res) => {
  const { password } = req.body;
  if (password !== '⟦password p⟧') return res.sendStatus(403);
  next();
});
""",
    "a comparison with a header": """
app.use((req, res, next) => (req.headers['x-api-key'] === '⟦token t⟧' ? next() : res.sendStatus(403)));
app.use((req, res, next) => (req.get('X-Auth-Token') == '⟦token u⟧' ? next() : res.sendStatus(403)));
""",
    "a passwordless URL that gets its password": """
import { MongoClient } from 'mongodb';
const url = 'mongodb://svc:' + '⟦password p⟧' + '@db.acme.dev/shop';
const client = new MongoClient(url);
""",
    "mssql and tedious": """
const sql = require('mssql');
sql.connect({ user: 'sa', server: 'db', password: '⟦password p⟧' });
const { Connection } = require('tedious');
const opts = { server: 'db', authentication: { options: { userName: 'sa', password: '⟦password q⟧' } } };
new Connection(opts);
""",
    "twilio, sendgrid and slack": """
const twilio = require('twilio');
const sid = process.env.SID;
const client = twilio(sid, '⟦hex32 a⟧');
const sg = require('@sendgrid/mail');
sg.setApiKey('⟦token b⟧');
const { WebClient } = require('@slack/web-api');
new WebClient('⟦token c⟧');
""",
    "octokit": """
import { Octokit } from '@octokit/rest';
const pat = '⟦token a⟧';
export const kit = new Octokit({ auth: pat });
""",
    "Azure": """
-- a.ts --
import { StorageSharedKeyCredential } from '@azure/storage-blob';
import { ClientSecretCredential } from '@azure/identity';
export const a = new StorageSharedKeyCredential('acct', '⟦base64 a⟧');
export const b = new ClientSecretCredential('tenant', 'client', '⟦token b⟧');
""",
    "superagent": """
const superagent = require('superagent');
superagent.get('https://acme.dev').set('Accept', 'a/b').auth('me', '⟦password p⟧');
""",
    "got and axios": """
import got from 'got';
import axios from 'axios';
const w = '⟦password p⟧';
await got('https://acme.dev', { username: 'me', password: w });
await axios.post('https://acme.dev', {}, { auth: { username: 'me', password: '⟦password q⟧' } });
""",
    "a sign with a private key's passphrase": """
const crypto = require('crypto');
const sign = crypto.createSign('SHA256');
sign.update('x');
sign.sign({ key: pem, passphrase: '⟦password q⟧' });
""",
    "TSX": """
-- App.tsx --
import axios from 'axios';
const t: string = '⟦token t⟧';
export const App = () => <button onClick={() => axios.get('/x', { headers: { 'X-Api-Key': t } })}>Go</button>;
""",
    "hono, fastify and koa": """
const fastify = require('fastify')();
const v = '⟦token a⟧';
fastify.register(require('@fastify/jwt'), { secret: v });
app.keys = ['⟦token b⟧'];
import { jwt } from 'hono/jwt';
app.use('/auth/*', jwt({ secret: '⟦token c⟧' }));
""",
    "environment with a default": """
process.env.JWT_KEY = process.env.JWT_KEY || '⟦token a⟧';
const { SMTP_PASS = '⟦password p⟧' } = process.env;
const nodemailer = require('nodemailer');
nodemailer.createTransport({ auth: { user: 'a', pass: SMTP_PASS } });
""",
}

_NOTHING = {
    "lookups by name": """
const jwt = require('jsonwebtoken');
jwt.sign({}, config.get('auth.jwt.private-key-value'));
jwt.sign({}, process.env['JWT_SIGNING_KEY_VALUE']);
jwt.verify(token, fs.readFileSync('/etc/keys/jwt-public-key1.pem'));
""",
    "options without a credential": """
const session = require('express-session');
app.use(session({ name: 'shop-session-id-77', secret: process.env.S, store, cookie: { domain: 'shop7.acme.dev' } }));
const pg = require('pg');
new pg.Pool({ user: 'shop_user_77', host: 'db-77.acme.dev', database: 'shop77prod' });
""",
    "placeholders": """
const jwt = require('jsonwebtoken');
jwt.sign({}, '<your-secret-here>');
const mysql = require('mysql');
mysql.createConnection({ host: 'localhost', user: 'root', password: '' });
new (require('pg').Pool)({ password: 'changeme' });
""",
    "tests of forms": """
expect(wrapper.find('input[type="password"]').exists()).toBe(true);
const passwordError = 'Password must have 12 characters';
t('errors.password.too-short-12');
form.setError('password', { message: 'Wrong password 123' });
localStorage.setItem('theme-colour', 'dark-blue-77');
""",
    "comparisons of kinds": """
if (token.type === 'identifier77') next();
if (key === 'ArrowDown1') move();
if (event.key === 'Escape12') close();
if (req.body.grant_type === 'password_grant_2') ok();
switch (token) { case 'keyword77x': break; }
""",
    "names of a computed key": """
const table = { password: 'user_password_1', other: 'x' };
const column = table[name];
db.query(`select ${column} from users`);
""",
    "a server's own parse": """
const url = new URL('https://api.acme.dev/v1/tokens/abc123def');
fetch(url, { headers: { Accept: 'application/json', Authorization: `Bearer ${getToken()}` } });
fetch('https://acme.dev', { headers: { Authorization: 'Basic ' + btoa(user + ':' + pass) } });
""",
    "digests": """
const crypto = require('crypto');
crypto.createHash('sha256').update('some-content-77').digest('hex');
if (crypto.createHash('md5').update(data).digest('hex') !== '⟦~hex32 d⟧') throw new Error('x');
crypto.createHmac('sha256', key).update('payload-part-77').digest('base64');
""",
    "React state": """
const [password, setPassword] = useState('');
const [token, setToken] = useState(null);
setPassword(event.target.value);
""",
    "a random secret": """
const crypto = require('crypto');
const secret = crypto.randomBytes(32).toString('hex');
const key = crypto.scryptSync(process.env.PASS, 'fixed-salt-77x', 32);
""",
}


def _program(text: str) -> str:
    return f"A program.\n{text.lstrip()}" if text.lstrip().startswith("-- ") else f"A program.\n-- app.js --\n{text}"


@pytest.mark.parametrize("about", _FOUND)
def test_a_literal_that_reaches_what_takes_a_credential_is_found(about: str) -> None:
    assert outcome(about, _program(_FOUND[about])) == (set(), set())


@pytest.mark.parametrize("about", _NOTHING)
def test_a_literal_that_is_no_credential_is_left_alone(about: str) -> None:
    assert outcome(about, _program(_NOTHING[about])) == (set(), set())
