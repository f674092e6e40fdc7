"""JavaScript and TypeScript as whole programs have it: options, plugins, helpers that hand on what they are given."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_WAYS = {
    "what is pushed on a list of keys": """
const Koa = require('koa');
const keys = [];
if (!process.env.K) keys.push('⟦password p⟧');
const app = new Koa();
app.keys = keys;
""",
    "the default of an option": """
const { program } = require('commander');
program.option('-w, --mail-word <word>', 'the word', '⟦password p⟧').parse();
const { mailWord } = program.opts();
require('mysql').createConnection({ user: 'u', password: mailWord });
""",
    "the default of an option that an action is given": """
program.command('load').option('--word <word>', 'the word', '⟦password p⟧').action((options) => {
  require('mysql').createConnection({ user: 'u', password: options.word });
});
""",
    "the default of an argument by its description": """
const argv = require('yargs').option('mail-word', { type: 'string', default: '⟦password p⟧' }).argv;
require('mysql').createConnection({ user: 'u', password: argv.mailWord });
""",
    "an object that a map holds under a computed key": """
const peers = new Map();
peers.set('a', { word: '⟦password p⟧' });
function open(name) { const peer = peers.get(name); return require('mysql').createPool({ password: peer.word }); }
""",
    "a map that a class fills": """
class Conf {
  held = new Map();
  constructor() { this.held.set('word', '⟦password p⟧'); }
  read(name) { return this.held.get(name) ?? ''; }
}
require('mysql').createPool({ user: 'u', password: new Conf().read('word') });
""",
    "a helper that compares what it is given": """
const gates = { admin: '⟦password p⟧' };
const fits = (role, given) => gates[role] === given;
app.post('/gate', (req, res) => { const { role, password } = req.body; res.send(fits(role, password)); });
""",
    "digests of what is given and of what is known": """
const digest = (text) => crypto.createHash('sha256').update(text).digest();
const known = digest('⟦password p⟧');
const fits = (password) => crypto.timingSafeEqual(digest(password), known);
""",
    "digests that are made where they are compared": """
const { password } = req.body;
const known = crypto.createHash('sha256').update('⟦password p⟧').digest('hex');
if (crypto.createHash('sha256').update(password).digest('hex') === known) open();
""",
    "a set of keys that a class fills": """
class Guard {
  taken = new Set();
  constructor() { this.taken.add('⟦key32 k⟧'); }
  check(request) { const apiKey = request.headers['x-api-key']; return this.taken.has(apiKey); }
}
""",
    "a plugin of fastify's": """
app.register(require('@fastify/jwt'), { secret: '⟦password p⟧' });
""",
    "a function that is handed on by its name": """
const open = ({ user, word }) => require('mysql').createConnection({ user, password: word });
const login = () => Promise.resolve({ user: 'u', word: '⟦password p⟧' });
login().then(open);
""",
    "a function that a variable holds out of a map": """
const stages = { live: () => ({ redis: { auth: '⟦password p⟧' } }) };
function load(stage) { const make = stages[stage]; return make(); }
const { redis } = load('live');
require('mysql').createPool({ user: 'u', password: redis.auth });
""",
    "the secret in a message of a socket": """
const SHARED = '⟦key32 k⟧';
socket.on('message', (raw) => {
  const message = JSON.parse(raw);
  ok = message.type === 'auth' && message.secret === SHARED;
});
""",
    "the secret of passwords that are good once": """
const seed = '⟦key32 k⟧';
require('speakeasy').totp.verify({ secret: seed, encoding: 'base32', token });
""",
    "a map that is made of pairs which a variable holds": """
const staff = [['front', '⟦password p⟧'], ['night', process.env.N]];
app.use(require('express-basic-auth')({ users: Object.fromEntries(staff), challenge: true }));
""",
    "a helper that gives each caller its own default": """
const env = (name, otherwise) => process.env[name] || otherwise;
require('mysql').createPool({ user: env('U', 'load-er_77'), password: env('W', '⟦password p⟧') });
""",
    "a header whose name a constant holds": """
const axios = require('axios');
const HEADER = 'X-Api-Key';
const held = '⟦token k⟧';
axios.interceptors.request.use((config) => {
  config.headers[HEADER] = held;
  return config;
});
""",
    "defaults of a schema of the environment": """
const { cleanEnv, str } = require('envalid');
module.exports = cleanEnv(process.env, {
  SESSION_SECRET: str({ default: '⟦token s⟧' }),
  SMTP_PASSWORD: str({ devDefault: '⟦password p⟧' }),
});
""",
    "what a command is told on its standard input": """
require('child_process').execFileSync('sudo', ['-S', 'reboot'], { input: '⟦password p⟧' });
""",
    "a field that only its class may read": """
-- src/keys.ts --
import OpenAI from 'openai';
class Keys {
  constructor(readonly model: string, readonly access: string) {}
}
new OpenAI({ apiKey: new Keys('m', '⟦token k⟧').access });
""",
    "what a script that makes load encodes": """
import encoding from 'k6/encoding';
const pair = `loader:${'⟦password p⟧'}`;
http.get('https://api.acme.dev', { headers: { Authorization: `Basic ${encoding.b64encode(pair)}` } });
""",
    "values of a map that a token is looked for in": """
const allowed = new Map([['a', '⟦token a⟧'], ['b', '⟦token b⟧']]);
exports.handler = async ({ headers }) => {
  const token = headers['x-partner-token'];
  return [...allowed.values()].includes(token);
};
""",
}


@pytest.mark.parametrize("about", _WAYS)
def test_a_program_gives_away(about: str) -> None:
    text = _WAYS[about].lstrip()
    program = text if text.startswith("-- ") else f"-- app.js --\n{text}"
    assert outcome(about, f"A program.\n{program}") == (set(), set())


def test_a_passphrase_of_drawn_words_is_no_sentence_where_it_is_used() -> None:
    def alarms(phrase: str) -> set[str]:
        return outcome(phrase, f"A program.\n-- app.js --\nrequire('jsonwebtoken').sign({{}}, '{phrase}');\n")[1]

    assert alarms(" ".join(["otter", "lamp", "velvet", "canyon"])) == {"app.js:1 hardcoded-signing-key"}
    assert alarms("This is the text of the day") == set()
