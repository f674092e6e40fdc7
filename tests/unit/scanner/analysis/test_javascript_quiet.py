"""JavaScript programs whose literals speak of credentials and are none."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_QUIET = {
    "a bundle whose names are of a letter": f"""
/*{"-" * 5000}*/ const r = '⟦~password a⟧'; require('got')(u, {{ auth: {{ password: r }} }});
""",
    "lists of what nobody may choose": """
const common = ['⟦~password a⟧', '⟦~password b⟧'];
const known = (password) => common.includes(password);
""",
    "rules by which a field is checked": """
const rules = { password: 'required|min:12|confirmed', token: 'required|size:40' };
const selectors = { password: '#login_password-2', token: '[data-testid="otp-1"]' };
const hints = { password: 'Use 12+ characters' };
""",
    "a public key": """
const jwt = require('jsonwebtoken');
const PUB = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA⟦~token a⟧
⟦~token b⟧QIDAQAB
-----END PUBLIC KEY-----`;
jwt.verify(token, PUB, { algorithms: ['RS256'] });
""",
    "the digest of a token": """
const { createHash } = require('crypto');
const ok = (token) => createHash('sha256').update(token).digest('hex') === '⟦~hex64 d⟧';
""",
    "a hash of a password": """
const bcrypt = require('bcrypt');
const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const ok = (password) => bcrypt.compare(password, HASH);
""",
    "digests in constant time": """
const known = '⟦~hex64 d⟧';
const same = (secret) =>
  crypto.timingSafeEqual(Buffer.from(known, 'hex'), crypto.createHash('sha256').update(secret).digest());
""",
    "keys of caches and sorts": """
const cacheKey = 'orders:v7:list';
redis.get(cacheKey); redis.set('orders:v7:list', x); const sortKey = 'created_at_desc';
const tokens = tokenize('let x = 12'); cache.set('session-key-7', value); localStorage.getItem('auth_token_v2');
""",
    "the alias of a key": """
const client = new KMSClient({ region: 'eu-central-1' });
const key = await client.send(new GenerateDataKeyCommand({ KeyId: 'alias/orders-master-7', KeySpec: 'AES_256' }));
""",
    "the path of a secret": """
const vault = require('node-vault')({ endpoint: 'https://vault.acme.dev:8200', token: process.env.VAULT_TOKEN });
const { data } = await vault.read('secret/data/orders/db-7');
new (require('pg').Pool)({ password: data.data.password });
""",
    "prompts and options": """
const { password } = await inquirer.prompt([{ type: 'password', name: 'password', message: 'Password for mail 7:' }]);
program.option('-p, --password <password>', 'password of the database 7');
yargs.option('password', { type: 'string', describe: 'the password of user 7', default: '' });
""",
    "names of cookies": """
app.use(csurf({ cookie: { key: '_csrf_token_7', httpOnly: true } }));
app.use(session({ name: 'acme.sid.7', key: 'acme.sid.7', secret: process.env.S }));
const session = require('express-session');
""",
    "addresses of keys": """
const { createRemoteJWKSet, jwtVerify } = require('jose');
const keys = createRemoteJWKSet(new URL('https://login.acme.dev/keys-7'));
const { payload } = await jwtVerify(token, keys, { issuer: 'https://login.acme.dev/7', audience: 'orders-api-7' });
passport.use(new JwtStrategy({ secretOrKeyProvider: keysOf({ jwksUri: 'https://x.acme.dev/jwks7' }) }, cb));
""",
    "salts and purposes": """
const crypto = require('crypto');
const key = crypto.hkdfSync('sha256', master, 'salt-of-orders-7', 'purpose-of-key-7', 32);
const sig = crypto.createHmac('sha256', process.env.K).update('orders-7:payload').digest('base64url');
""",
    "kinds of tokens": """
const TokenKind = { ACCESS: 'access_token_7', REFRESH: 'refresh_token_7' };
if (payload.token_use !== 'access_7') throw new Error('x');
if (claims.tokenType === TokenKind.ACCESS) ok();
if (key === 'password_7' || key === 'apiKey_7') out[key] = '***';
""",
    "identifiers of keys": """
const jwt = require('jsonwebtoken');
jwt.sign({ sub: 'svc-7' }, fs.readFileSync(path), { algorithm: 'RS256', keyid: '2024-03-key-7', issuer: 'acme-7' });
const cipher = crypto.createCipheriv('aes-256-gcm', Buffer.from(process.env.AES_KEY, 'base64'), iv);
""",
    "errors and keys of storage by their own names": """
const CODES = { EXPIRED_TOKEN: 'AUTH_002_EXPIRED_TOKEN', MISSING_SECRET: 'AUTH_003_MISSING_SECRET' };
const STORAGE = { accessToken: '@acme/access_token_1', refreshToken: '@acme/refresh_token_1' };
const site = { recaptchaSiteKey: '⟦~key32 d⟧' };
""",
    "a token that is cut short where it is shown": """
console.log('token: ' + token.slice(0, 4) + '********'); console.log('password: ' + user.password + ' (hidden)');
""",
    "realms": """
app.use(basicAuth({ authorizer: check, challenge: true, realm: 'Acme Area 7' }));
res.set('WWW-Authenticate', 'Basic realm="Acme Area 7"');
const basicAuth = require('express-basic-auth');
""",
    "the digest of a key": """
const { PutObjectCommand } = require('@aws-sdk/client-s3');
new PutObjectCommand({ Bucket: 'b', Key: 'k', SSECustomerKeyMD5: '⟦~base64 md5⟧' });
""",
    "the public key of a server that pushes": """
const key = '⟦~base64 k⟧';
registration.pushManager.subscribe({ applicationServerKey: key });
""",
    "a name of what happens with a number": """
export const types = { LOGIN_PASSWORD: 'auth/loginPassword2' };
""",
    "labels with a number": """
export const tabs = { password: 'Tab-Password2', token: 'tab-token-label3', secret: 'X-User-Secret1' };
""",
}


@pytest.mark.parametrize("about", _QUIET)
def test_nothing_is_found_in(about: str) -> None:
    assert outcome(about, f"A program.\n-- app.js --\n{_QUIET[about]}") == (set(), set())
